"""``python -m bench nodes``: what several nodes cost, beside one.

The load is the same in each case: members of one room send, each message once the one before it is
acknowledged. CPU is that of the server processes, in milliseconds a message. The cases take turns.

- ``alone``: one node on PostgreSQL and Redis; everybody is there.
- ``idle``: two more nodes, with users of other rooms; what these nodes take beyond their rest.
- ``spread``: the members are at two nodes, half of them at each; both nodes together.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import aiohttp

from bench.client import Sender
from bench.usage import cpu_seconds, machine, median
from tests.support.client import User
from tests.support.node import Node, clustered
from tests.support.services import Postgres, Redis
from tests.support.world import signup

TEXT = "x" * 120
# Seconds: after its start a node publishes everything for ten of them.
SETTLED = 12.0
REST = 5.0


class Cost(NamedTuple):
    busy_ms: float
    idle_percent: float
    rest_percent: float
    per_second: float


class Group:
    """A room and sockets of its members, spread evenly over some nodes."""

    def __init__(self, room_id: str, senders: list[Sender]) -> None:
        self.room_id = room_id
        self.senders = senders

    @classmethod
    async def gather(cls, http: aiohttp.ClientSession, nodes: list[Node], members: int) -> Group:
        users: list[User] = []
        for n in range(members):
            users.append(await signup(nodes[n % len(nodes)], "bench"))
        room = await users[0].group(*users[1:])
        senders = [await Sender.connect(http, user.node.url, user.token) for user in users]
        for user in users:
            await user.close()
        return cls(room["id"], senders)

    async def send(self, messages: int, in_flight: int) -> None:
        """Each of the first ``in_flight`` members sends ``messages`` messages."""
        at_once = self.senders[:in_flight]
        goal = messages * len(at_once)
        before = [sender.heard for sender in self.senders]
        await asyncio.gather(*(self._send(sender, messages) for sender in at_once))
        async with asyncio.timeout(60):
            while any(heard != goal for heard in self._heard(before)):
                if max(self._heard(before)) > goal:
                    raise RuntimeError("a message was heard twice")
                await asyncio.sleep(0.02)

    def _heard(self, before: list[int]) -> list[int]:
        return [sender.heard - was for sender, was in zip(self.senders, before, strict=True)]

    async def _send(self, sender: Sender, messages: int) -> None:
        for _ in range(messages):
            await sender.send(self.room_id, TEXT)

    async def close(self) -> None:
        for sender in self.senders:
            await sender.close()


async def measure(
    busy: list[Node], idle: list[Node], members: int, messages: int, in_flight: int
) -> Cost:
    """What the load costs the nodes ``busy``, and what it costs the nodes ``idle``, where nobody
    is in the room."""
    async with aiohttp.ClientSession() as http:
        groups = [await Group.gather(http, busy, members)]
        groups += [await Group.gather(http, [node], 5) for node in idle]
        await asyncio.sleep(SETTLED)
        rest = _cpu(idle)
        await asyncio.sleep(REST)
        rest = (_cpu(idle) - rest) / REST
        began, cpu, cpu_idle = perf_counter(), _cpu(busy), _cpu(idle)
        await groups[0].send(messages, in_flight)
        seconds = perf_counter() - began
        cpu, cpu_idle = _cpu(busy) - cpu, _cpu(idle) - cpu_idle
        for group in groups:
            await group.close()
    count = messages * min(in_flight, members)
    return Cost(cpu / count * 1000, cpu_idle / seconds * 100, rest * 100, count / seconds)


def _cpu(nodes: list[Node]) -> float:
    return sum(cpu_seconds(node.pid) for node in nodes)


@contextmanager
def started(postgres: Postgres, redis: Redis, name: str, count: int) -> Iterator[list[Node]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = clustered(postgres.create_database(name), redis.url)
        nodes = [Node(folder / str(n), **settings) for n in range(count)]
        for node in nodes:
            stack.callback(node.start().stop)
        yield nodes


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ARGS=nodes", description=__doc__)
    parser.add_argument("--members", type=int, default=20)
    parser.add_argument("--in-flight", type=int, default=20)
    parser.add_argument("--messages", type=int, default=100, help="of each sender")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    print(machine())
    results: dict[str, list[Cost]] = {"alone": [], "idle": [], "spread": []}
    with Postgres() as postgres:
        for run in range(args.runs):
            for name, costs in results.items():
                with Redis() as redis:
                    count = {"alone": 1, "idle": 3, "spread": 2}[name]
                    with started(postgres, redis, f"{name}_{run}", count) as nodes:
                        busy, idle = (nodes[:1], nodes[1:]) if name == "idle" else (nodes, [])
                        cost = asyncio.run(
                            measure(busy, idle, args.members, args.messages, args.in_flight)
                        )
                costs.append(cost)
                print(f"run {run + 1}, {name}: {cost}", flush=True)
    print(f"\n{'median':<10}" + "".join(f"{field:>16}" for field in Cost._fields))
    for name, costs in results.items():
        medians = (median(column) for column in zip(*costs, strict=True))
        print(f"{name:<10}" + "".join(f"{value:>16.2f}" for value in medians))
    ratios = [
        spread.busy_ms / alone.busy_ms
        for spread, alone in zip(results["spread"], results["alone"], strict=True)
    ]
    span = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"spread over two nodes: {median(ratios):.2f} times one ({span})")


if __name__ == "__main__":
    main()
