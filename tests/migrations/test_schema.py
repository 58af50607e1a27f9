"""The schema that the migrations make is what the models say, and keeps apart what is secret or
cold."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from aerich import Command
from tortoise import Tortoise

from server.backends.database import tortoise_config
from server.backends.migrations import MIGRATIONS_FOLDER
from tests.support.client import new_id
from tests.support.database import query
from tests.support.database_schema import Schema, schema
from tests.support.node import Node

# What only the migrations can say (see there); the tables of search among it.
BEYOND_TABLES = "search_"

BEYOND_MODELS = {
    "sqlite": {
        "attachment_kind",
        "idx_messages_deleted",
        "idx_messages_pinned",
        "idx_rooms_made",
        "idx_rooms_unpurged",
        "idx_search_messages_place",
        "search_message_added",
        "search_message_filled",
        "search_message_edited",
        "search_message_deleted",
        "search_message_removed",
    },
    "postgres": {
        "idx_search_messages_words",
        "search_messages_pkey",
        "idx_messages_deleted",
        "idx_messages_pinned",
        "idx_rooms_made",
        "idx_rooms_unpurged",
        "idx_users_username_prefix",
        "idx_users_display_prefix",
    },
}

# Where the extension can be had; tests/search/test_search.py looks at that.
IF_TRIGRAMS = {"idx_search_messages_letters"}


async def by_models(node: Node) -> Schema:
    """The schema that Tortoise makes of the models."""
    await Tortoise.init(config=tortoise_config(node.database_url))
    try:
        await Tortoise.generate_schemas(safe=False)
    finally:
        await Tortoise.close_connections()
    return await schema(node)


async def test_the_schema_is_what_the_models_say(
    node: Node, kind: str, migrated: Callable[[str], Node]
) -> None:
    wanted, found = await by_models(node), await schema(migrated(kind))
    if kind == "postgres":
        # By design: a partitioned table's key begins with what it is partitioned by.
        assert wanted.indexes.pop("messages_pkey").endswith("(id)")
        assert wanted.indexes.pop("uid_messages_room_id_8df77b").endswith("(room_id, seq)")
        key = found.indexes.pop("messages_pkey")
        assert key.startswith("primary key CREATE UNIQUE") and key.endswith("(room_id, seq)")
    modelled = {name: found.columns[name] for name in found.columns if not _is_beyond(name)}
    assert modelled == wanted.columns
    assert found.indexes.keys() - wanted.indexes.keys() - IF_TRIGRAMS == BEYOND_MODELS[kind]
    assert {name: found.indexes.get(name) for name in wanted.indexes} == wanted.indexes


def _is_beyond(name: str) -> bool:
    return name.startswith(BEYOND_TABLES)


async def test_aerich_finds_no_change_that_waits(
    kind: str, migrated: Callable[[str], Node], tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS_FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = sorted(folder.rglob("*.py"))
    config = tortoise_config(migrated(kind).database_url)
    await Tortoise.init(config=config)
    try:
        command = Command(config, app="models", location=str(folder))
        await command.init()
        assert await command.migrate("change") == ""
    finally:
        await Tortoise.close_connections()
    assert sorted(folder.rglob("*.py")) == before


async def test_messages_are_spread_over_partitions(migrated: Callable[[str], Node]) -> None:
    node = migrated("postgres")
    key = await query(node, "SELECT pg_get_partkeydef('messages'::regclass) AS key")
    assert key == [{"key": "HASH (room_id)"}]
    rooms = [new_id() for _ in range(100)]
    rows = ", ".join(
        f"('{new_id()}', '{room}', {seq}, 1, 1, 'text', '', 0)" for room in rooms for seq in (1, 2)
    )
    columns = "id, room_id, seq, version, ordinal, kind, text, created_at"
    await query(node, f"INSERT INTO messages ({columns}) VALUES {rows}")
    counted = await query(
        node,
        "SELECT count(DISTINCT tableoid) AS used, max(parts) AS parts, (SELECT count(*)"
        " FROM pg_inherits WHERE inhparent = 'messages'::regclass) AS partitions"
        " FROM (SELECT tableoid, count(*) OVER (PARTITION BY room_id) AS parts FROM messages) m",
    )
    assert counted[0]["partitions"] == 16
    assert counted[0]["used"] > 10
    apart = await query(
        node, "SELECT room_id FROM messages GROUP BY room_id HAVING count(DISTINCT tableoid) > 1"
    )
    assert not apart


async def test_what_is_secret_or_cold_stands_apart(
    kind: str, migrated: Callable[[str], Node]
) -> None:
    columns = {}
    for table in ("users", "user_credentials", "user_preferences"):
        rows = await query(
            migrated(kind), f"SELECT * FROM (SELECT 1 AS one) o LEFT JOIN {table} t ON false"
        )
        columns[table] = set(rows[0])
    apart = {"email", "email_key", "password_hash", "preferences"}
    assert not columns["users"] & apart
    assert {"email", "email_key", "password_hash"} < columns["user_credentials"]
    assert "preferences" in columns["user_preferences"]
