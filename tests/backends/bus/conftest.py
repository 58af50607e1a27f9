"""Nodes that get to know each other quickly, and what they say to each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
import redis.asyncio as redis_client

from server.backends.bus.bundles import Kind, read_bundle
from tests.support import brisk
from tests.support.client import PATIENCE
from tests.support.held_redis import HeldRedis
from tests.support.node import Node, clustered
from tests.support.services import Postgres, Redis

# A database of Redis, and so channels, of their own.
DATABASE = 6


@dataclass
class Trio:
    """Two nodes that run, the first of which hears Redis through ``held``, and a third to start."""

    redis: Redis
    held: HeldRedis
    one: Node
    two: Node
    three: Node

    @property
    def url(self) -> str:
        return f"{self.redis.url.removesuffix('/0')}/{DATABASE}"


@pytest.fixture(scope="module")
def trio(
    postgres: Postgres, redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trio]:
    folder = tmp_path_factory.mktemp("trio")
    database = postgres.create_database(folder.name)
    with ExitStack() as stack:
        held = stack.enter_context(HeldRedis(redis, DATABASE))
        direct = f"{redis.url.removesuffix('/0')}/{DATABASE}"
        nodes = [
            Node(folder / name, **clustered(database, url))
            for name, url in (("one", held.url), ("two", direct), ("three", direct))
        ]
        for node in nodes:
            node.entry = brisk.main
        for node in nodes[:2]:
            stack.callback(node.start().stop)
        stack.callback(nodes[2].stop)
        yield Trio(redis, held, *nodes)
        assert [node.errors() for node in nodes[:2]] == [[], []]


class Overheard:
    """What nodes published since: the channels of the messages of each kind."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, Kind]] = []
        self.older: list[bytes] = []
        self._news = asyncio.Condition()

    async def add(self, channel: str, raw: bytes) -> None:
        async with self._news:
            if channel.count(":") == 1:
                self.older.append(raw)
            elif bundle := read_bundle(raw):
                self.messages += [(channel, Kind(kind)) for kind, _ in bundle.messages]
            self._news.notify_all()

    def of(self, *kinds: Kind) -> list[str]:
        return [channel for channel, kind in self.messages if kind in kinds]

    async def until(self, found: Callable[[], object]) -> None:
        async with self._news, asyncio.timeout(PATIENCE):
            await self._news.wait_for(found)

    async def beats(self, count: int) -> None:
        """Wait for so many more beats of nodes."""
        goal = len(self.of(Kind.BEAT)) + count
        await self.until(lambda: len(self.of(Kind.BEAT)) >= goal)


@asynccontextmanager
async def overhearing(url: str) -> AsyncIterator[Overheard]:
    overheard = Overheard()
    async with redis_client.Redis.from_url(url) as client, client.pubsub() as pubsub:
        await pubsub.psubscribe(f"chat:{DATABASE}*")
        await pubsub.get_message(timeout=PATIENCE)

        async def listen() -> None:
            async for message in pubsub.listen():
                if message["type"] == "pmessage":
                    await overheard.add(message["channel"].decode(), message["data"])

        listening = asyncio.create_task(listen())
        try:
            yield overheard
        finally:
            listening.cancel()


@pytest.fixture
async def overheard(trio: Trio) -> AsyncIterator[Overheard]:
    """Once the nodes know each other, and no longer expect older ones."""
    async with overhearing(trio.url) as found:
        await asyncio.sleep(brisk.SETTLING)
        await found.beats(2)
        found.messages.clear()
        found.older.clear()
        yield found
