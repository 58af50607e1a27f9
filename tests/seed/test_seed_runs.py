"""Seeding in other sizes, interrupted, twice at once, and beside what others have made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from server.commands import main
from server.seed import Plan
from server.seed.people import person
from server.seed.speech import VOCABULARY, Words
from tests.support.client import new_id
from tests.support.database import query
from tests.support.node import Node
from tests.support.seeded import (
    MakeNode,
    SeededNode,
    count_rows,
    dump_tables,
    run_seed,
)

# Other sizes, and what goes wrong


@pytest.mark.parametrize(
    "plan", [Plan(2, 7, 101), Plan(5, 30, 50), Plan(40, 3, 0)], ids=lambda plan: plan.name
)
async def test_seed_of_any_size(empty: Node, plan: Plan) -> None:
    await run_seed(empty, plan)
    found = [await count_rows(empty, table) for table in ("users", "rooms")]
    texts = await count_rows(empty, "messages", "kind = 'text'")
    assert (*found, texts) == (plan.users, plan.rooms, plan.messages)
    pairs = await query(empty, "SELECT direct_key FROM rooms WHERE kind = 'direct'")
    possible = plan.users * (plan.users - 1) // 2
    assert len(pairs) == min(sum(n % 5 in (2, 4) for n in range(plan.rooms)), possible)


async def test_seed_goes_on_where_it_was_interrupted(
    empty: Node, make_node: MakeNode, tmp_path: Path
) -> None:
    plan, whole = Plan(30, 40, 8_000), make_node("sqlite", tmp_path / "whole")
    await run_seed(whole, plan)

    process = empty.begin("seed", "--users", "30", "--rooms", "40", "--messages", "8000")
    assert process.stdout is not None
    # After the first of ten steps or more.
    while not (line := process.stdout.readline()).startswith("messages"):
        assert line, "it ended too early"
    process.kill()
    process.communicate()
    left = await count_rows(empty, "messages", "kind = 'text'")
    assert 0 < left < 8_000
    await run_seed(empty, plan)
    assert await dump_tables(empty) == await dump_tables(whole)


async def test_two_seeds_at_once(
    make_node: MakeNode, worlds: Callable[[str], SeededNode], tmp_path: Path
) -> None:
    node = make_node("postgres", tmp_path)
    process = node.begin("seed")
    assert process.stdout is not None
    # Its first line: it is at work now, and holds the lock.
    assert process.stdout.readline().startswith("people")
    assert (await run_seed(node, Plan()))[-1].startswith("nothing")
    assert process.communicate()[0].splitlines()[-1].startswith("sign in")
    assert await dump_tables(node) == await dump_tables(worlds("sqlite").node)


async def test_seed_leaves_the_names_of_others_alone(empty: Node) -> None:
    await query(
        empty,
        "INSERT INTO users (id, username, username_key, display_name, display_key, bio, created_at)"
        f" VALUES ('{new_id()}', 'Maya', 'maya', 'Another', 'another', '', 0)",
    )
    await query(
        empty,
        "INSERT INTO user_credentials (user_id, email, email_key, password_hash)"
        f" VALUES ('{new_id()}', 'Omar@example.com', 'omar@example.com', '-')",
    )
    await run_seed(empty, Plan())
    assert await count_rows(empty, "users") == 21
    names = {row["username"] for row in await query(empty, "SELECT username FROM users")}
    assert {"Maya", "yuki"} < names and "omar" not in names
    renamed = [name for name in names if name.startswith(("maya_", "omar_"))]
    assert len(renamed) == 2
    # Who is mentioned is mentioned by the name that they have.
    texts = await query(empty, "SELECT text FROM messages WHERE text LIKE '@maya%'")
    assert texts
    assert {row["text"].split()[0][1:] for row in texts} <= set(renamed)
    before = await dump_tables(empty)
    assert (await run_seed(empty, Plan()))[-1].startswith("nothing")
    assert await dump_tables(empty) == before


async def test_seed_leaves_the_direct_rooms_of_others_alone(empty: Node) -> None:
    maya, omar = person(0), person(1)
    key = ":".join(sorted((maya.id, omar.id)))
    await query(
        empty,
        "INSERT INTO rooms (id, kind, visibility, created_by, direct_key, version, last_seq,"
        " ordinal, member_count, active_at, created_at)"
        f" VALUES ('{new_id()}', 'direct', 'private', '{maya.id}', '{key}', 1, 0, 0, 2, 0, 0)",
    )
    await run_seed(empty, Plan())
    assert await count_rows(empty, "rooms") == 12
    rooms = await query(empty, f"SELECT last_seq FROM rooms WHERE direct_key = '{key}'")
    assert rooms == [{"last_seq": 0}]


@pytest.mark.parametrize("given", ["--users=1", "--rooms=0", "--messages=-1", "--users=many"])
def test_seed_refuses_a_wrong_number(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["seed", given])
    assert end.value.code == 2
    assert f"argument {given.split('=')[0]}" in capsys.readouterr().err


def test_migrate_up_refuses_a_seed_that_is_neither_on_nor_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SEED", "perhaps")
    assert main(["migrate", "up"]) == 2
    assert capsys.readouterr().err == "SEED must be on or off\n"
    assert not list(tmp_path.iterdir())


def test_words_are_as_frequent_as_in_real_text() -> None:
    rng, words = Random(1), Words()
    said = [words.say(rng, "work") for _ in range(20_000)]
    counted = Counter(word for text in said for word in text.lower().strip(".?!").split())
    ranked = [n for _, n in counted.most_common()]
    # Zipf: the word of rank r comes about 1 / r times as often as the first.
    for rank in (10, 100, 1_000):
        expected = (1 + 2.7) / (rank + 2.7)
        assert ranked[rank - 1] / ranked[0] == pytest.approx(expected, rel=0.25)
    assert VOCABULARY / 2 < len(ranked) <= VOCABULARY
    assert len(set(said)) > 0.9 * len(said)
