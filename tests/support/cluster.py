"""A deployment that tests may break: two nodes with their own PostgreSQL and Redis."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis as redis_client

from tests.support.client import PATIENCE
from tests.support.node import SECRET, Node
from tests.support.service import Service
from tests.support.services import Postgres, Redis

OUTAGES = ("killed", "paused")


@dataclass
class Cluster:
    postgres: Postgres
    redis: Redis
    nodes: list[Node]

    @asynccontextmanager
    async def without(self, tool: Service, how: str) -> AsyncIterator[None]:
        """Kill or pause the service (``how``), and bring it back at the end. A paused service still
        accepts connections but answers nothing."""
        await asyncio.to_thread(tool.kill if how == "killed" else tool.pause)
        try:
            yield
        finally:
            await asyncio.to_thread(tool.resume)
            await asyncio.to_thread(tool.start)

    async def mended(self) -> None:
        """Wait until every node is ready and listens to Redis."""
        async with asyncio.timeout(2 * PATIENCE):
            while not await asyncio.to_thread(self._well):
                await asyncio.sleep(0.05)

    def _well(self) -> bool:
        answers = [ready(node) for node in self.nodes]
        tools = [state for _, body in answers for state in body["tools"].values()]
        return set(tools) == {"ok"} and self._listeners() == len(self.nodes)

    def _listeners(self) -> int:
        with closing(redis_client.Redis.from_url(self.redis.url)) as client:
            return len(client.client_list(_type="pubsub"))


def ready(node: Node) -> tuple[int, dict[str, Any]]:
    """The answer of /readyz, as (status, body)."""
    try:
        with urllib.request.urlopen(f"{node.url}/readyz", timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    with Postgres() as postgres, Redis() as redis:
        settings = {
            "DATABASE_URL": postgres.create_database("cluster"),
            "REDIS_URL": redis.url,
            "SECRET_KEY": SECRET,
            "AUTO_MIGRATE": "on",
        }
        nodes = [Node(folder / name, **settings) for name in ("one", "two")]
        try:
            # Both start at the same time on an empty database: one creates the schema, the other
            # waits for it.
            with ThreadPoolExecutor() as threads:
                list(threads.map(Node.start, nodes))
            yield Cluster(postgres, redis, nodes)
            # The nodes must not log errors just because a service was killed.
            assert [node.errors() for node in nodes] == [[], []]
        finally:
            for node in nodes:
                node.stop()
