"""Whom a text mentions, by the table that the web client is compared with too."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from server.messages.grammar import MOST_MENTIONS, mentioned_names

TABLE = json.loads((Path("server") / "messages" / "mentions.json").read_text(encoding="utf-8"))
LENGTH = 8_000


@pytest.mark.parametrize("group", TABLE["groups"], ids=lambda group: group["about"])
def test_each_case_of_the_table(group: dict[str, list[tuple[str, list[str]]]]) -> None:
    found = {text: mentioned_names(text) for text, _ in group["cases"]}
    assert found == dict(group["cases"])


def test_the_ends_of_lines_make_no_difference() -> None:
    for end in ("\r\n", "\r"):
        assert mentioned_names(end.join(("```", "@bob", "```", "@ann"))) == ["ann"]


def test_a_text_mentions_so_many_at_most() -> None:
    names = [f"user{n}" for n in range(MOST_MENTIONS + 1)]
    assert mentioned_names(" ".join(f"@{name}" for name in names)) == names[:-1]
    assert mentioned_names("@" + "a" * 33) == []


# Each of these, repeated, has made some parser look through the same letters again and again.
HOSTILE = (
    *("@", "@a", "@a ", "@a.", "@a-", "@a--", "@a/", "@a@b.", "\n- @a", "_", "_@", "__@a_"),
    *("a.", "a://", "https://", "https://a)", "www.a(", "\\", "\\@", "\\[", "[a\\", "[a](b\\"),
    *("`", "`a", "``a`", "[`", "[a]`", "```\n", "> ```\n", "~~~\n@a\n", ">", "- ", "- - ", "1. "),
    *("[", "]", "[a](", "[a](b", "[a](b(", "[a](()", "[[a]", "[a](b 'c", '[a](b "', " "),
    *("\u0301@", "\u4e00@", "\uff20"),
)


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_texts_take_no_longer_than_others(unit: str) -> None:
    """A text that were looked through for each letter of it would take seconds."""
    for around in ("{}", "@{}", "[{}", "[a]({}", "`{}", "{}@a)]`_"):
        text = around.format(unit * (LENGTH // len(unit)))
        best = min(_seconds(text) for _ in range(3))
        assert best < 0.1, (around, unit)


def _seconds(text: str) -> float:
    start = time.perf_counter()
    mentioned_names(text)
    return time.perf_counter() - start
