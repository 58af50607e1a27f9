"""``make bench``: the cost of a committed and delivered message, on SQLite and on PostgreSQL.

The groups have five members. Everybody sends, each message once the one before it is acknowledged.
Every run checks that each member got each message. CPU is that of the server process only.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import aiohttp

from bench.client import Sender
from bench.usage import cpu_seconds, memory_mb
from tests.support.client import User
from tests.support.node import Node, clustered
from tests.support.services import Postgres, Redis
from tests.support.world import signup

GROUP = 5
TEXT = "x" * 200


class Result(NamedTuple):
    per_second: float
    cpu_us: float
    p50_ms: float
    p99_ms: float
    memory_mb: float


async def measure(node: Node, groups: int, messages: int) -> Result:
    users = [await signup(node, "bench") for _ in range(GROUP)]
    rooms = [(await users[0].group(*users[1:]))["id"] for _ in range(groups)]
    async with aiohttp.ClientSession() as http:
        senders = await _connect(http, node, users, groups)
        began, cpu = perf_counter(), cpu_seconds(node.pid)
        await asyncio.gather(
            *(_send(sender, rooms[n % groups], messages) for n, sender in enumerate(senders))
        )
        seconds, cpu = perf_counter() - began, cpu_seconds(node.pid) - cpu
        memory = memory_mb(node.pid)
        await _check_heard(senders, messages)
        for sender in senders:
            await sender.close()
    for user in users:
        await user.close()
    total = messages * len(senders)
    latencies = sorted(x * 1000 for sender in senders for x in sender.latencies)
    return Result(
        total / seconds,
        cpu / total * 1e6,
        latencies[len(latencies) // 2],
        latencies[int(len(latencies) * 0.99)],
        memory,
    )


async def _connect(
    http: aiohttp.ClientSession, node: Node, users: list[User], groups: int
) -> list[Sender]:
    return [
        await Sender.connect(http, node.url, user.token) for user in users for _ in range(groups)
    ]


async def _send(sender: Sender, room_id: str, messages: int) -> None:
    for _ in range(messages):
        await sender.send(room_id, TEXT)


async def _check_heard(senders: list[Sender], messages: int) -> None:
    """Check that all messages were delivered. Every user is in every group, and has as many sockets
    as there are groups."""
    wanted = messages * len(senders)
    async with asyncio.timeout(30):
        while any(sender.heard != wanted for sender in senders):
            if any(sender.heard > wanted for sender in senders):
                raise RuntimeError("a message was heard twice")
            await asyncio.sleep(0.05)


@contextmanager
def nodes(folder: Path) -> Iterator[dict[str, Node]]:
    with Postgres() as postgres, Redis() as redis:
        settings = clustered(postgres.create_database("bench"), redis.url)
        found = {
            "SQLite": Node(folder / "sqlite").start(),
            "PostgreSQL + Redis": Node(folder / "postgres", **settings).start(),
        }
        try:
            yield found
        finally:
            for node in found.values():
                node.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--groups", type=int, default=4)
    parser.add_argument("--messages", type=int, default=100, help="of each socket")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    print(f"{platform.python_version()}, {os.cpu_count()} cores, {args.runs} runs each in turn")
    with tempfile.TemporaryDirectory() as folder, nodes(Path(folder)) as found:
        results: dict[str, list[Result]] = {name: [] for name in found}
        for run in range(args.runs):
            for name, node in found.items():
                print(f"run {run + 1} of {args.runs}: {name}", flush=True)
                results[name].append(asyncio.run(measure(node, args.groups, args.messages)))
    print(f"\n{'median':<20}" + "".join(f"{field:>14}" for field in Result._fields))
    for name, runs in results.items():
        medians = (statistics.median(column) for column in zip(*runs, strict=True))
        print(f"{name:<20}" + "".join(f"{value:>14.1f}" for value in medians))
