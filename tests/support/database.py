"""Reads and changes a node's database directly, without the server. Only for what no client can see
or cause, such as the stored form of a secret or that an hour has passed."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import asyncpg

from server.backends.database import close_database, open_database
from server.kernel.database import Database
from tests.support.client import new_id
from tests.support.node import Node

PATIENCE = 10.0


async def query(node: Node, sql: str, *args: Any) -> list[dict[str, Any]]:
    """The rows of a statement with ``$1``, ``$2``, …; on PostgreSQL ids are text."""
    if url := node.settings.get("DATABASE_URL"):
        connection = await asyncpg.connect(url, timeout=PATIENCE)
        try:
            await connection.set_type_codec(
                "uuid", schema="pg_catalog", encoder=str, decoder=str, format="text"
            )
            return [dict(row) for row in await connection.fetch(sql, *args)]
        finally:
            await connection.close()
    # The server uses a write-ahead log, so a second connection may write too.
    with closing(sqlite3.connect(node.folder / "chat.db", timeout=PATIENCE)) as file, file:
        file.row_factory = sqlite3.Row
        return [dict(row) for row in file.execute(sql.replace("$", "?"), args)]


async def strangers(node: Node, count: int) -> list[str]:
    """Insert ``count`` users who only fill rooms, and return their ids. Signing them up would cost
    a password hash each."""
    ids = [new_id() for _ in range(count)]
    rows = ", ".join(f"('{i}', '{i[:32]}', '{i}', 'Extra', 'extra', '', 0)" for i in ids)
    columns = "id, username, username_key, display_name, display_key, bio, created_at"
    await query(node, f"INSERT INTO users ({columns}) VALUES {rows}")
    return ids


@asynccontextmanager
async def opened_database(url: str) -> AsyncIterator[Database]:
    """The database, opened in the same way as by a node."""
    database = await open_database(url)
    try:
        yield database
    finally:
        await close_database()
