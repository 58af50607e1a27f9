"""The cost of reads in a large database: pages of rooms, history, members, ``sync``, unread.

    python -m bench lists [--messages 10000 1000000]

One client makes the calls one after the other. For each call ``wall`` is how long the client waits;
``node`` and ``postgres`` are the CPU time of the server process and of its PostgreSQL connections.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import aiohttp

from bench.client import Sender
from bench.usage import cpu_seconds, machine, median
from bench.world import CROWD, READER_ROOMS, Seeded, seeded
from tests.support.client import User

RESULTS = Path(__file__).parent / "results" / "lists.md"
PAGE = 100
# The number of calls before the measurement, so that connections, plans and caches are warm.
WARM = 20

Call = Callable[[], Awaitable[Any]]


class Cost(NamedTuple):
    """Milliseconds for each call."""

    median: float
    worst: float
    node: float
    postgres: float


async def measure(world: Seeded, call: Call, times: int) -> Cost:
    for _ in range(WARM):
        await call()
    backends = await world.backends()
    node, postgres = cpu_seconds(world.node.pid), sum(map(cpu_seconds, backends))
    waits = []
    for _ in range(times):
        began = perf_counter()
        await call()
        waits.append((perf_counter() - began) * 1000)
    node = cpu_seconds(world.node.pid) - node
    postgres = sum(map(cpu_seconds, backends)) - postgres
    each = 1000 / times
    return Cost(median(waits), sorted(waits)[int(times * 0.99)], node * each, postgres * each)


async def run(world: Seeded, times: int) -> dict[str, Cost]:
    user = await world.sign_in()
    async with aiohttp.ClientSession() as http:
        sender = await Sender.connect(http, world.node.url, user.token)
        calls = await calls_of(world, user, sender)
        costs = {}
        for name, call in calls.items():
            costs[name] = await measure(world, call, times)
            print(f"  {name:<44}{costs[name].median:>8.2f} ms", flush=True)
        await sender.close()
    await user.close()
    return costs


async def calls_of(world: Seeded, user: User, sender: Sender) -> dict[str, Call]:
    rooms = await all_rooms(user)
    if len(rooms) != READER_ROOMS:
        raise RuntimeError(f"the reader is in {len(rooms)} rooms")
    longest = next(room for room in rooms if room["id"] == world.crowded)
    shortest = min(rooms, key=lambda room: room["last_seq"])
    middle, half = f"/rooms/{longest['id']}/messages", longest["last_seq"] // 2
    members = f"/rooms/{world.crowded}/members?limit={PAGE}"
    first = await user.http("GET", f"/rooms?limit={PAGE}")
    versions = {room["id"]: room["version"] for room in rooms}
    behind = {room["id"]: max(room["version"] - 1, 0) for room in rooms}

    def get(path: str) -> Call:
        return lambda: user.http("GET", path)

    def sync(held: dict[str, int], **more: Any) -> Call:
        return lambda: answered(sender, {"rooms": held, **more})

    return {
        "oneself, as the least that a call costs": get("/users/me"),
        "history, newest 50, longest room": get(middle),
        "history, newest 50, shortest room": get(f"/rooms/{shortest['id']}/messages"),
        "history, 50 before the middle": get(f"{middle}?before_seq={half}"),
        "history, 50 after the middle": get(f"{middle}?after_seq={half}"),
        "history, 50 around the middle": get(f"{middle}?around_seq={half}"),
        f"rooms, first {PAGE}": get(f"/rooms?limit={PAGE}"),
        f"rooms, next {PAGE}": get(f"/rooms?limit={PAGE}&cursor={first['next']}"),
        "sync, 200 rooms, nothing new": sync(versions),
        "sync, 200 rooms, one change in each": sync(behind),
        "sync, nothing held: 200 heads": sync({}),
        "unread": get("/unread"),
        f"members of {CROWD:,}, first {PAGE}": get(members),
        f"members of {CROWD:,}, last {PAGE}": get(await last_page(user, members)),
    }


async def answered(sender: Sender, payload: dict[str, Any]) -> dict[str, Any]:
    ack: dict[str, Any] = await sender.call("sync", payload)
    if not ack["ok"]:
        raise RuntimeError(f"refused: {ack}")
    return ack


async def all_rooms(user: User) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await user.http("GET", f"/rooms?limit={PAGE}{cursor}")
        found += page["items"]
        if not page["has_more"]:
            return found
        cursor = f"&cursor={page['next']}"


async def last_page(user: User, path: str) -> str:
    """The path of the last page, found by reading all pages before it."""
    where = path
    while (page := await user.http("GET", where))["has_more"]:
        where = f"{path}&cursor={page['next']}"
    return where


def table(found: dict[int, dict[str, Cost]]) -> str:
    sizes = list(found)
    head = ["call", *(f"{size:,}: {field}" for size in sizes for field in Cost._fields)]
    lines = [f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
    for name in found[sizes[0]]:
        values = [f"{value:.2f}" for size in sizes for value in found[size][name]]
        lines.append(f"| {name} | {' | '.join(values)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench lists", description=__doc__)
    parser.add_argument("--messages", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--times", type=int, default=200, help="how often each call is made")
    args = parser.parse_args()
    found = {}
    for size in args.messages:
        with seeded(size) as world:
            print(f"{size:,} messages", flush=True)
            found[size] = asyncio.run(run(world, args.times))
    text = f"{INTRODUCTION}\n{machine()}\n\n{table(found)}\n"
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text)
    print("\n" + text)


INTRODUCTION = f"""# Reading in a large database

`python -m bench lists`: PostgreSQL with seeded messages; the reader is in {READER_ROOMS} rooms, and
the longest of them has {CROWD:,} members. One client, one call after the other. Milliseconds a
call: `median` and `worst` (of a hundred) as the client waits, `node` and `postgres` CPU time of the
server process and of its connections. On a machine that is busy otherwise the waits say little, and
CPU times come out half as large again.

Wanted: a page of history in 3 ms of CPU whatever the room's length, a page of 100 rooms in 30 ms
and in a constant number of statements (`tests/contract/test_queries.py` counts), a `sync` of 200
rooms with nothing new in 50 ms.
"""
