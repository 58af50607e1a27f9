"""A server on PostgreSQL with any number of messages, for benchmarks of reading.

    with seeded(1_000_000) as world:
        reader = asyncio.run(world.sign_in())

With ``DATABASE_URL`` the databases are created on that server and kept, so that the next run starts
at once. Without it a new PostgreSQL is started, and removed at the end.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from server.seed import SEEDED_PASSWORD, Plan
from server.seed.people import person
from tests.support.client import Http, User
from tests.support.node import SECRET, Node
from tests.support.services import Postgres

USERS = 10_000
ROOMS = 500
# The number of rooms that the reader is in, and of members in the first room.
READER_ROOMS = 200
CROWD = 10_000

# Makes the reader a member of the rooms that were active last, with a part of each read.
READER_SEATS = """
    INSERT INTO room_members (room_id, user_id, active, role, joined_at, version,
        last_read_seq, last_read_ordinal, notify)
    SELECT r.id, $1, true, 'member', r.created_at, 1, m.seq, m.ordinal, 'all'
    FROM rooms r JOIN messages m ON m.room_id = r.id AND m.seq = 1 + r.last_seq * 9 / 10
    WHERE r.kind = 'group' AND NOT EXISTS (
        SELECT FROM room_members x WHERE x.room_id = r.id AND x.user_id = $1)
    ORDER BY r.active_at DESC LIMIT $2 - (
        SELECT count(*) FROM room_members x WHERE x.user_id = $1 AND x.active)
"""
CROWD_SEATS = """
    INSERT INTO room_members (room_id, user_id, active, role, joined_at, version,
        last_read_seq, last_read_ordinal, notify)
    SELECT $1, u.id, true, 'member', u.created_at, 1, 0, 0, 'all'
    FROM users u ORDER BY u.id LIMIT $2
    ON CONFLICT DO NOTHING
"""
COUNT = """
    UPDATE rooms r SET member_count = (
        SELECT count(*) FROM room_members m WHERE m.room_id = r.id AND m.active)
"""


@dataclass(frozen=True)
class Seeded:
    """The seeded server. All users are in the room ``crowded``, which has the most messages."""

    node: Node
    url: str
    messages: int
    crowded: str

    async def sign_in(self) -> User:
        """Sign in the reader, who is in READER_ROOMS rooms."""
        http = Http(self.node)
        try:
            login = {"login": person(0).username, "password": SEEDED_PASSWORD}
            return User(self.node, await http("POST", "/auth/signin", login))
        finally:
            await http.close()

    async def backends(self) -> list[int]:
        """The ids of the PostgreSQL processes of the node's connections; none if PostgreSQL runs on
        another machine."""
        connection = await asyncpg.connect(self.url)
        try:
            rows = await connection.fetch(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        finally:
            await connection.close()
        return [row["pid"] for row in rows if _is_postgres(row["pid"])]


@contextmanager
def seeded(messages: int) -> Iterator[Seeded]:
    with tempfile.TemporaryDirectory() as folder, _server() as server:
        url = asyncio.run(_database(server, f"chat_bench_{messages}"))
        node = Node(Path(folder), DATABASE_URL=url, SECRET_KEY=SECRET, AUTO_MIGRATE="off")
        # The node does not migrate by itself, because on a full database that may take a while.
        _run(node, "migrate", "up")
        plan = Plan(USERS, ROOMS, messages)
        crowded = next(plan.room_plans([person(n) for n in range(USERS)])).id
        asyncio.run(_fill(url, node, plan, crowded))
        node.start()
        try:
            yield Seeded(node, url, messages, crowded)
        finally:
            node.stop()


@contextmanager
def _server() -> Iterator[str]:
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    with Postgres() as postgres:
        yield postgres.url


def _is_postgres(pid: int) -> bool:
    name = Path(f"/proc/{pid}/comm")
    return name.exists() and name.read_text().startswith("postgres")


async def _database(server: str, name: str) -> str:
    connection = await asyncpg.connect(server)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return f"{server.rpartition('/')[0]}/{name}"


async def _fill(url: str, node: Node, plan: Plan, crowded: str) -> None:
    """Fill the database, unless it is filled already."""
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT count(*) FROM rooms") < plan.rooms:
            print(f"seeding {plan.messages:,} messages", flush=True)
            _seed(node, plan)
        async with connection.transaction():
            await connection.execute(READER_SEATS, person(0).id, READER_ROOMS)
            await connection.execute(CROWD_SEATS, crowded, CROWD)
            await connection.execute(COUNT)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _seed(node: Node, plan: Plan) -> None:
    sizes: dict[str, Any] = {"users": plan.users, "rooms": plan.rooms, "messages": plan.messages}
    _run(node, "seed", *(f"--{name}={value}" for name, value in sizes.items()))


def _run(node: Node, *command: str) -> None:
    """Run ``python -m server`` with a command, however long it takes."""
    with node.begin(*command) as process:
        _, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{errors}")
