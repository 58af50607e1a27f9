"""The database behind a node, read and changed past the server: only for what no client can see
or bring about, such as what is stored of a secret, or that an hour has passed."""

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
    """Rows of a statement with ``$1``, ``$2``, … and, on PostgreSQL, ids as text."""
    if url := node.settings.get("DATABASE_URL"):
        connection = await asyncpg.connect(url, timeout=PATIENCE)
        try:
            await connection.set_type_codec(
                "uuid", schema="pg_catalog", encoder=str, decoder=str, format="text"
            )
            return [dict(row) for row in await connection.fetch(sql, *args)]
        finally:
            await connection.close()
    # The server's own connection writes ahead into a log, so that a second one may write too.
    with closing(sqlite3.connect(node.folder / "chat.db", timeout=PATIENCE)) as file, file:
        file.row_factory = sqlite3.Row
        return [dict(row) for row in file.execute(sql.replace("$", "?"), args)]


async def strangers(node: Node, count: int) -> list[str]:
    """Ids of that many users who never signed up, which costs a password hash each: they only
    fill rooms."""
    ids = [new_id() for _ in range(count)]
    rows = ", ".join(f"('{i}', '{i[:32]}', '{i}', 'Extra', 'extra', '', 0)" for i in ids)
    columns = "id, username, username_key, display_name, display_key, bio, created_at"
    await query(node, f"INSERT INTO users ({columns}) VALUES {rows}")
    return ids


@asynccontextmanager
async def opened_database(url: str) -> AsyncIterator[Database]:
    """As a node opens it."""
    database = await open_database(url)
    try:
        yield database
    finally:
        await close_database()
