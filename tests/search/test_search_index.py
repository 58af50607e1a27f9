"""The index of search: built for messages from before it, and helped by trigrams where there are
some."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.support.client import new_id
from tests.support.database import query
from tests.support.node import Node
from tests.support.search_calls import (
    room_with_texts,
    texts_found,
)
from tests.support.services import Postgres
from tests.support.world import World, world_of


async def test_messages_from_before_the_index_are_found(
    kind: str, tmp_path: Any, request: pytest.FixtureRequest
) -> None:
    node = Node(tmp_path)
    if kind == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        node = Node(tmp_path, DATABASE_URL=postgres.create_database(new_id()))
    assert node.run("migrate", "up", "2").returncode == 0
    room = new_id()
    rows = ", ".join(
        f"('{new_id()}', '{room}', {n}, {n}, 1, '{of}', '{text}', 7, {gone})"
        for n, (of, text, gone) in enumerate(
            [
                ("text", "old 東京", "NULL"),
                ("system", "", "NULL"),
                ("text", "", 1),
                ("text", "x", "NULL"),
            ]
        )
    )
    columns = "id, room_id, seq, version, ordinal, kind, text, created_at, deleted_at"
    await query(node, f"INSERT INTO messages ({columns}) VALUES {rows}")
    # Until the migration that folds: see test_refolding.py.
    assert node.run("migrate", "up", "6").returncode == 0
    words = {
        "sqlite": "search_words MATCH '\"東 京\"'",
        "postgres": "words @@ search_query('{東京}', '{f}')",
    }
    joined = " JOIN search_words w ON w.rowid = s.id" if kind == "sqlite" else ""
    found = f"SELECT s.seq FROM search_messages s{joined} WHERE {words[kind]}"
    assert await query(node, found) == [{"seq": 0}]
    assert await query(node, "SELECT count(*) AS n FROM search_messages") == [{"n": 2}]
    if kind == "postgres":
        letters = "SELECT letters FROM search_messages ORDER BY seq"
        assert await query(node, letters) == [{"letters": "東京"}, {"letters": None}]
    # Text that comes later, to what was sent without one.
    await query(node, "UPDATE messages SET text = '東京', deleted_at = NULL WHERE seq = 2")
    assert sorted(row["seq"] for row in await query(node, found)) == [0, 2]
    await query(node, "DELETE FROM messages")
    assert await query(node, found) == []


async def role_without_rights(postgres: Postgres, folder: Path) -> Node:
    """A node whose account may make tables in its database, and no extension."""
    owned = Node(folder / "owner", DATABASE_URL=postgres.create_database(f"plain-{new_id()}"))
    await query(owned, "CREATE ROLE plain LOGIN")
    await query(owned, "GRANT ALL ON SCHEMA public TO plain")
    url = owned.database_url.replace("//postgres@", "//plain@")
    return Node(folder / "plain", DATABASE_URL=url, AUTO_MIGRATE="on")


RUNS = [
    "東京都庁で会う",
    "東京、都庁",
    "東・京\n都",
    "京都庁は東",
    "東 python 京都",
    "ﾄｳｷｮｳﾄ",
    "㍿東京",
    "안녕하세요 여러분",
]

FOUND_BY = {
    "東京都": {0, 1, 2},
    "東京都*": {0, 1, 2},
    "東京都庁": {0, 1},
    "京都庁": {0, 1, 3},
    "京都庁 東京都": {0, 1},
    '"東 python 京都"': {4},
    "トウキョウト": {5},
    "ｔｏｕ東京": set(),
    "株式会社東": {6},
    "안녕하": {7},
    "하세요여러": {7},
}


@pytest.mark.parametrize("kind", ["postgres"])
async def test_search_messages_with_trigrams_and_without(
    node: Node, postgres: Postgres, tmp_path: Path
) -> None:
    """The extension makes it quicker, and changes no answer."""
    available = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"
    indexes = "SELECT count(*) AS n FROM pg_indexes WHERE indexname = 'idx_search_messages_letters'"
    without = await role_without_rights(postgres, tmp_path)
    try:
        for each in (node, without.start()):
            async with world_of([each]) as world:
                room_id, _, bob = await room_with_texts(world, *RUNS)
                for q, found in FOUND_BY.items():
                    shown = await texts_found(bob, q, room_id=room_id)
                    assert {RUNS.index(text) for text in shown} == found, q
        made = [(await query(each, indexes))[0]["n"] for each in (node, without)]
        assert made == [len(await query(node, available)), 0]
        said = [line.get("reason") for line in without.log_lines()]
        assert 'permission denied to create extension "pg_trgm"' in said
    finally:
        without.stop()


@pytest.mark.parametrize("kind", ["postgres"])
async def test_trigrams_answer_for_runs_of_three(node: Node) -> None:
    if not await query(node, "SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'"):
        pytest.skip("this PostgreSQL has no pg_trgm")
    small = {"enable_seqscan": "off"}
    connection = await asyncpg.connect(node.database_url, server_settings=small)
    explain = "EXPLAIN SELECT FROM search_messages WHERE letters LIKE search_longest_run('{%s}')"
    try:
        for phrase in ("東京都", "x 東・京 都", "한국어", "ｶﾀｶ", "東京,京都市"):
            plan = await connection.fetch(explain.replace("%s", phrase))
            assert "idx_search_messages_letters" in str(plan), phrase
        for phrase in ("東京", "東京,都庁", "three", "東 three 京"):
            assert (
                await connection.fetchval(f"SELECT search_longest_run('{{{phrase}}}')") is None
            ), phrase
    finally:
        await connection.close()


async def test_long_texts_are_found_edited_and_deleted(
    shared_world: World, node: Node, kind: str
) -> None:
    text, other = (chr(first) * 3 + "中" * 7_000 + "終わり" for first in (0x6771, 0x897F))
    room_id, ann, bob = await room_with_texts(shared_world, text)
    assert await texts_found(bob, "東中", room_id=room_id) == [text]
    page = await bob.http("GET", f"/rooms/{room_id}/messages")
    seq = next(item["seq"] for item in page["items"] if item["text"] == text)
    await ann.http("PATCH", f"/rooms/{room_id}/messages/{seq}", {"text": other})
    assert await texts_found(bob, "東中", room_id=room_id) == []
    assert await texts_found(bob, "終わり", room_id=room_id) == [other]
    await ann.http("DELETE", f"/rooms/{room_id}/messages/{seq}")
    assert await texts_found(bob, "終わり", room_id=room_id) == []
    if kind == "sqlite":
        assert await query(node, "SELECT * FROM search_folded") == []
