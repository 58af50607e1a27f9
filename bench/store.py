"""``make bench ARGS=store``: what a message costs the thread that writes to SQLite, and the loop
that waits for it, by the size of the groups: without sockets or clients, with the index. There are
40 rooms of five members."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from bench.usage import machine
from server.backends.database import SqliteDatabase, close_database, open_database
from server.backends.migrations import up
from server.kernel.clock import now_ms
from server.kernel.ids import new_id
from server.messages.entity import Send
from server.messages.send.sqlite import sqlite_commit
from server.search.due import SqliteQueue
from server.search.indexing import INDEX_EVERY, INDEX_PART, Indexing
from server.seed.speech import Words
from tests.support.send_world import PEOPLE, SendWorld

ROOMS, SIZES = 40, (1, 5, 10, 20, 100)


class Spent(NamedTuple):
    """CPU seconds of the writer's thread and of the loop's, and bytes written."""

    writer: float
    loop: float
    written: int

    @classmethod
    def now(cls) -> Spent:
        own = threading.get_native_id()
        threads = {
            int(each.name): int((each / "schedstat").read_text().split()[0]) / 1e9
            for each in Path("/proc/self/task").iterdir()
        }
        io = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
        loop = threads.pop(own)
        return cls(sum(threads.values()), loop, int(io["wchar"]))


@asynccontextmanager
async def _world(folder: Path) -> AsyncIterator[SendWorld]:
    url = f"sqlite:///{folder / 'chat.db'}"
    await up(url, report=lambda _: None)
    world = SendWorld(await open_database(url), "store")
    try:
        await world.make("member")
        for n in range(ROOMS):
            await world.room(f"room {n}", dict.fromkeys(PEOPLE, "member"))
        yield world
    finally:
        await close_database()


def _group(world: SendWorld, size: int, rng: random.Random, words: Words) -> list[Send]:
    return [
        Send(
            id=new_id(),
            room_id=world.id(f"room {rng.randrange(ROOMS)}"),
            author_id=world.id(rng.choice(PEOPLE)),
            client_id=new_id(),
            text=words.say(rng, "work"),
            reply_to_seq=None,
            names=[],
            sent_at=now_ms(),
        )
        for _ in range(size)
    ]


async def measure(size: int, messages: int) -> str:
    rng, words = random.Random(size), Words()
    with tempfile.TemporaryDirectory(dir=os.environ.get("DATA_DIR")) as folder:
        async with _world(Path(folder)) as world:
            assert isinstance(world.database, SqliteDatabase)
            commit = sqlite_commit(world.database.run)
            groups = [_group(world, size, rng, words) for _ in range(messages // size)]
            queue = SqliteQueue(world.database.run)
            indexing = asyncio.create_task(Indexing(queue, INDEX_PART["sqlite"]).run())
            began, before = perf_counter(), Spent.now()
            for group in groups:
                outcomes = await commit(group)
                assert all(each.outcome == "sent" for each in outcomes)
            took = perf_counter() - began
            await asyncio.sleep(2 * INDEX_EVERY)
            spent = [now - then for now, then in zip(Spent.now(), before, strict=True)]
            indexing.cancel()
    done = len(groups) * size
    writer, loop, written = (each / done for each in spent)
    figures = f"{writer * 1e6:>12.0f}{loop * 1e6:>12.0f}{written / 1024:>12.1f}"
    return f"{size:>8}{figures}{done / took:>12.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ARGS=store", description=__doc__)
    parser.add_argument("--messages", type=int, default=5_000, help="for each size")
    args = parser.parse_args()
    print(machine())
    print(f"{'group':>8}{'writer, µs':>12}{'loop, µs':>12}{'KiB written':>12}{'a second':>12}")
    for size in SIZES:
        print(asyncio.run(measure(size, args.messages)), flush=True)
