"""How a text is shown where there is no formatting, by the table of the web client too."""

from __future__ import annotations

import json
import time
from pathlib import Path

from server.push.plain import without_markdown

TABLE = json.loads((Path("server") / "push" / "plain.json").read_text(encoding="utf-8"))


def test_each_case_of_the_table() -> None:
    found = {text: without_markdown(text) for text, _ in TABLE["cases"]}
    assert found == dict(TABLE["cases"])


def test_hostile_texts_take_no_longer_than_others() -> None:
    units = "* ** *a *a_ _ _a ~ ~a ` `a ``a` [ [a]( [](a( [a](b" + " > - ```\n \\ \\* \\_( www. 1."
    for unit in units.split(" "):
        start = time.perf_counter()
        without_markdown(unit * 8_000)
        assert time.perf_counter() - start < 0.25, unit
