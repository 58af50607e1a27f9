"""The index of messages from before it was folded: it is made anew while the server runs."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from server.backends.database import SqliteDatabase, close_database, open_database
from server.backends.migrations import MIGRATIONS_FOLDER
from server.kernel.folding import fold_name
from server.search.due import SqliteQueue
from server.search.indexing import Indexing
from server.search.postgres_queue import PostgresQueue
from server.search.refolding import Refolding
from tests.support.client import new_id
from tests.support.database import query
from tests.support.node import Node
from tests.support.services import Postgres


def _number(path: Path) -> int:
    return int(path.name.partition("_")[0])


NUMBERS = [_number(path) for path in (MIGRATIONS_FOLDER / "models").glob("[0-9]*.py")]
# How many migrations there were before, and how many there are from the one that folds on.
BEFORE = str(sum(1 for number in NUMBERS if number < 9))
SINCE = str(sum(1 for number in NUMBERS if number >= 9))
OLD = ["Łódź", "Straße 東京", "plain words", "ΣΊΣΥΦΟΣ", "co\u00adop", "한글 ﬁn"]
MANY = 250
SETTINGS = {"AUTO_MIGRATE": "on", "LOG_LEVEL": "info"}


def _node(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Node:
    if kind == "sqlite":
        return Node(tmp_path, **SETTINGS)
    postgres: Postgres = request.getfixturevalue("postgres")
    return Node(tmp_path, DATABASE_URL=postgres.create_database(new_id()), **SETTINGS)


async def _insert(node: Node, room: str, texts: list[str], first: int = 0) -> None:
    rows = ", ".join(
        f"('{new_id()}', '{room}', {n}, {n}, 1, 'text', '{text}', {7 + n % 3})"
        for n, text in enumerate(texts, start=first)
    )
    columns = "id, room_id, seq, version, ordinal, kind, text, created_at"
    await query(node, f"INSERT INTO messages ({columns}) VALUES {rows}")


async def _found(node: Node, kind: str, words: str) -> set[int]:
    if kind == "sqlite":
        sql = "SELECT s.seq FROM search_messages s JOIN search_words w ON w.rowid = s.id"
        sql += f" WHERE w.search_words MATCH '\"{words}\"'"
    else:
        sql = f"SELECT seq FROM search_messages WHERE words @@ search_terms('{{{words}}}', '{{f}}')"
    return {row["seq"] for row in await query(node, sql)}


async def test_what_was_there_is_found_by_its_folded_words(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    node, room = _node(kind, tmp_path, request), new_id()
    assert node.run("migrate", "up", BEFORE).returncode == 0
    await _insert(node, room, OLD + ["many Łódź"] * MANY)
    assert node.run("migrate", "up").returncode == 0
    # What changes in the meantime.
    database = await open_database(node.database_url)
    try:
        await database.execute("UPDATE messages SET text = 'Gdańsk' WHERE seq = 1")
        await database.execute("DELETE FROM messages WHERE seq = 3")
        await _insert(node, room, ["plain"], first=900)
        async with asyncio.timeout(30):
            await Refolding(database).run()
            queue = (
                SqliteQueue(database.run)
                if isinstance(database, SqliteDatabase)
                else PostgresQueue(database)
            )
            await Indexing(queue, 100).index_waiting()
        assert await database.fetch("SELECT * FROM facts WHERE name = 'search_refold'") == []
        await database.execute("UPDATE messages SET text = 'plainer' WHERE seq = 2")
    finally:
        await close_database()
    assert await _found(node, kind, "lodz") == {0, *range(len(OLD), len(OLD) + MANY)}
    assert await _found(node, kind, "gdansk") == {1}
    assert await _found(node, kind, "strasse") == await _found(node, kind, "plain words") == set()
    assert await _found(node, kind, "plain") == {900}
    assert await _found(node, kind, "plainer") == {2}
    assert await _found(node, kind, "σισυφοσ") == set()
    assert await _found(node, kind, "coop") == {4}
    assert await _found(node, kind, "fin") == {5}
    if kind == "sqlite":
        with closing(sqlite3.connect(tmp_path / "chat.db")) as raw:
            raw.execute("INSERT INTO search_words (search_words) VALUES ('integrity-check')")


async def test_a_server_does_it_while_it_runs(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    node = _node(kind, tmp_path, request)
    assert node.run("migrate", "up", BEFORE).returncode == 0
    await _insert(node, new_id(), OLD)
    node.start()
    try:
        async with asyncio.timeout(20):
            while await query(node, "SELECT 1 AS there FROM facts WHERE name = 'search_refold'"):
                await asyncio.sleep(0.05)
        assert await _found(node, kind, "lodz") == {0}
        assert any("search index" in line.get("event", "") for line in node.log_lines())
    finally:
        node.stop()


async def test_the_migration_can_be_taken_back(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    node, room = _node(kind, tmp_path, request), new_id()
    assert node.run("migrate", "up").returncode == 0
    await _insert(node, room, OLD)
    assert node.run("migrate", "down", SINCE).returncode == 0
    await _insert(node, room, ["Łódź"], first=900)
    words = {
        "sqlite": "JOIN search_words w ON w.rowid = s.id WHERE w.search_words MATCH '\"東 京\"'",
        "postgres": "WHERE words @@ search_query('{東京}', '{f}')",
    }
    found = f"SELECT s.seq FROM search_messages s {words[kind]}"
    assert await query(node, found) == [{"seq": 1}]
    assert node.run("migrate", "up").returncode == 0
    assert await query(node, "SELECT name FROM facts WHERE name = 'search_refold'")


KEYS = [
    ("users", "display_name", "display_key", fold_name("Łukasz Ðuro"), "Łukasz Ðuro"),
    ("rooms", "name", "name_key", "cafe", "CAFÉ"),
    ("user_credentials", "email", "email_key", "ann@xn--bcher-kva.example", "Ann@Bücher.example"),
]


async def test_names_and_addresses_are_folded_too(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    node, user = _node(kind, tmp_path, request), new_id()
    assert node.run("migrate", "up", BEFORE).returncode == 0
    more: dict[str, dict[str, Any]] = {
        "users": {"id": user, "username": "ann", "username_key": "ann", "bio": "", "created_at": 7},
        "rooms": {
            **{"id": new_id(), "kind": "group", "visibility": "public", "version": 1},
            "created_by": user,
            **{"last_seq": 0, "ordinal": 0, "member_count": 0, "created_at": 7, "active_at": 7},
        },
        "user_credentials": {"user_id": user, "password_hash": ""},
    }
    for table, text, key, _, given in KEYS:
        row = more[table] | {text: given, key: given.lower()}
        values = ", ".join(f"'{value}'" for value in row.values())
        await query(node, f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})")
    assert node.run("migrate", "up").returncode == 0
    for table, _, key, folded, _ in KEYS:
        assert await query(node, f"SELECT {key} AS key FROM {table}") == [{"key": folded}], table
    assert node.run("migrate", "down", SINCE).returncode == 0
    for table, _, key, _, given in KEYS:
        assert await query(node, f"SELECT {key} AS key FROM {table}") == [{"key": given.lower()}]
