"""Handlers of aiohttp that run the statements of ours and answer their rows, and nothing else: no
access token, no checks, no documents: ``python -m bench.product.bare PORT DATABASE_URL``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, cast

import asyncpg
import msgspec
import uvloop
from aiohttp import web

from server.backends.postgres import PooledConnection, prepare_connection
from server.kernel.database import Database
from server.media.links import FileLinks
from server.messages.repository import MessageRepository
from server.rooms.repository import RoomReader

PAGE = 50
Statement = tuple[str, tuple[Any, ...]]

# What a refresh of a session reads and writes.
SESSION = "SELECT * FROM sessions WHERE id = $1 FOR UPDATE"
TURN = (
    "UPDATE sessions SET last_seen_at = last_seen_at + 1, generation = generation + 1 WHERE id = $1"
)
PERSON = """
    SELECT u.*, c.email FROM users u JOIN user_credentials c ON c.user_id = u.id
    WHERE u.id = $1
"""


class Recorder:
    """Runs statements and remembers them."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.statements: list[Statement] = []

    async def fetch(self, sql: str, *args: Any) -> Any:
        texts = tuple(
            msgspec.json.encode(arg).decode() if isinstance(arg, dict) else arg for arg in args
        )
        self.statements.append((sql, texts))
        return await self._pool.fetch(sql, *texts)


class Bare:
    """What ours asks the database for a page is learned from its own code, once for each page."""

    def __init__(self, pool: asyncpg.Pool, links: FileLinks) -> None:
        self._pool = pool
        self._links = links
        self._known: dict[str, list[Statement]] = {}

    async def history(self, request: web.Request) -> web.Response:
        room = request.match_info["id"]

        async def read(db: Database) -> None:
            # Only sending needs the others.
            absent = cast(Any, None)
            messages = MessageRepository(db, absent, self._links, absent)
            await messages.list_messages(room, room, "before", None, PAGE)

        return await self._answer(f"history {room}", read)

    async def rooms(self, request: web.Request) -> web.Response:
        user = request.match_info["id"]

        async def read(db: Database) -> None:
            await RoomReader(db, self._links).mine(user, PAGE + 1, None)

        return await self._answer(f"rooms {user}", read)

    async def refresh(self, request: web.Request) -> web.Response:
        async with self._pool.acquire() as connection, connection.transaction():
            session = await connection.fetchrow(SESSION, request.match_info["id"])
            await connection.execute(TURN, session["id"])
            person = await connection.fetchrow(PERSON, session["user_id"])
        return _json([session, person])

    async def _answer(self, page: str, read: Callable[[Database], Awaitable[None]]) -> web.Response:
        if page not in self._known:
            recorder = Recorder(self._pool)
            await read(cast(Database, recorder))
            self._known[page] = recorder.statements
        rows = [await self._pool.fetch(sql, *args) for sql, args in self._known[page]]
        return _json([row for some in rows for row in some])


def _json(rows: list[Any]) -> web.Response:
    body = msgspec.json.encode([dict(row) for row in rows])
    return web.Response(body=body, content_type="application/json")


async def main(port: int, url: str) -> None:
    async with asyncpg.create_pool(
        url, init=prepare_connection, connection_class=PooledConnection
    ) as pool:
        bare = Bare(pool, FileLinks(b"0" * 32, "http://localhost"))
        app = web.Application()
        app.router.add_get("/history/{id}", bare.history)
        app.router.add_get("/rooms/{id}", bare.rooms)
        app.router.add_post("/refresh/{id}", bare.refresh)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2]))
