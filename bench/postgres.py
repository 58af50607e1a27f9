"""``make bench ARGS=postgres``: PostgreSQL's CPU for a message by the size of the groups, without a
server or clients. There are 40 rooms of five members; the database commits to disk.

Beside it stands what a plain application asks for each message: BEGIN, an UPDATE of the room's
counter, an INSERT and COMMIT, in a table with one index.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

from bench.product.tools import DurablePostgres, server_pid
from bench.usage import family_cpu, machine
from server.backends.database import close_database, open_database
from server.kernel.clock import now_ms
from server.kernel.database import Database
from server.kernel.ids import new_id
from server.messages.entity import Send
from server.messages.send.postgres import postgres_commit
from server.search.indexing import INDEX_PART, Indexing
from server.search.postgres_queue import PostgresQueue
from server.seed.speech import Words
from tests.support.node import Node
from tests.support.send_world import PEOPLE, SendWorld

ROOMS, SIZES = 40, (1, 5, 20, 100)
PLAIN = """
    CREATE TABLE plain_rooms (id uuid PRIMARY KEY, last_seq bigint NOT NULL);
    CREATE TABLE plain_messages (id uuid NOT NULL, room_id uuid NOT NULL, seq bigint NOT NULL,
        author_id uuid NOT NULL, text text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (room_id, seq));
    INSERT INTO plain_rooms SELECT gen_random_uuid(), 0 FROM generate_series(1, {rooms})
"""
NEXT = "UPDATE plain_rooms SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq"
STORE = "INSERT INTO plain_messages (id, room_id, seq, author_id, text) VALUES ($1, $2, $3, $4, $5)"

Work = Callable[[], Awaitable[object]]


class Load:
    """Messages of random members to random rooms."""

    def __init__(self, world: SendWorld) -> None:
        self._world = world
        self._random, self._words = random.Random(1), Words()

    def text(self) -> str:
        return self._words.say(self._random, "work")

    def group(self, size: int) -> list[Send]:
        return [
            Send(
                id=new_id(),
                room_id=self._world.id(f"room {self._random.randrange(ROOMS)}"),
                author_id=self._world.id(self._random.choice(PEOPLE)),
                client_id=new_id(),
                text=self.text(),
                reply_to_seq=None,
                names=[],
                sent_at=now_ms(),
            )
            for _ in range(size)
        ]


async def plain(url: str, load: Load) -> tuple[asyncpg.Connection, Work]:
    connection = await asyncpg.connect(url)
    await connection.execute(PLAIN.format(rooms=ROOMS))
    rooms = [row["id"] for row in await connection.fetch("SELECT id FROM plain_rooms")]

    async def send() -> None:
        room_id = random.choice(rooms)
        await connection.execute("BEGIN")
        seq = await connection.fetchval(NEXT, room_id)
        await connection.fetch(STORE, new_id(), room_id, seq, rooms[0], load.text())
        await connection.execute("COMMIT")

    return connection, send


async def prepared(database: Database) -> SendWorld:
    world = SendWorld(database, "postgres")
    await world.make("member")
    for n in range(ROOMS):
        await world.room(f"room {n}", dict.fromkeys(PEOPLE, "member"))
    return world


async def spent(pid: int, work: Work, times: int) -> float:
    """The milliseconds of CPU for each time."""
    before = family_cpu(pid)
    for _ in range(times):
        await work()
    return (family_cpu(pid) - before) / times * 1000


async def measure(postgres: DurablePostgres, url: str, messages: int, runs: int) -> None:
    database = await open_database(url)
    world = await prepared(database)
    pid = server_pid(postgres)
    load, commit = Load(world), postgres_commit(database)
    indexing = Indexing(PostgresQueue(database), INDEX_PART["postgres"])
    connection, send = await plain(url, load)
    for run in range(runs + 1):
        took = {"plain, one": await spent(pid, send, messages // 4)}
        for size in SIZES:
            times = messages // (size if size > 1 else 4)
            work = lambda size=size: commit(load.group(size))  # noqa: E731
            took[f"groups of {size}"] = await spent(pid, work, times) / size
            waiting = times * size
            found = await spent(pid, indexing.index_waiting, 1) / waiting
            took[f"the index, after {size}"] = found
        # The first run makes the plans and fills the caches.
        if run:
            print("".join(f"{name}: {value:.3f}; " for name, value in took.items()), flush=True)
    await connection.close()
    await close_database()


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ARGS=postgres", description=__doc__)
    parser.add_argument("--messages", type=int, default=4_000, help="for each size")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    print(machine(), "Milliseconds of PostgreSQL's CPU for a message:")
    with DurablePostgres() as postgres, tempfile.TemporaryDirectory() as folder:
        url = postgres.create_database("bench")
        done = Node(Path(folder), DATABASE_URL=url).run("migrate", "up")
        assert done.returncode == 0, done.stderr
        asyncio.run(measure(postgres, url, args.messages, args.runs))
