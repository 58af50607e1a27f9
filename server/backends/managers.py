"""Socket.IO client managers: how an event reaches the sockets here and on the other nodes.

Both let the application watch what passes (``observer``), and send *signals*: events to nodes
instead of clients. A signal is an emit into a namespace that no client can join, so it travels
with the events, in their order.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import msgspec
import redis.asyncio as redis
import socketio
import structlog

from server.realtime.membership import ChatManager, Membership

log = structlog.get_logger("bus")

SIGNALS = "/~nodes"

Observer = Callable[[str, str, Any], Awaitable[None]]
"""(namespace, event, data) of every emit that is meant for more than one node."""

# Seconds.
PUBLISH_TIMEOUT = 0.5
RETRY = 0.5
CANARY_EVERY = 3.0
DEAF_AFTER = 10.0
# What waits for Redis to come back. Past it the oldest is lost, and clients are told to sync.
MOST_WAITING = 10_000


async def end(task: asyncio.Task[None]) -> None:
    """Cancels a task until it is done: redis-py loses a cancellation that comes as it sends."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.1)


class _Json:
    """The manager's JSON module, over msgspec."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> bytes:
        return msgspec.json.encode(value)

    @staticmethod
    def loads(text: bytes | str, **_: Any) -> Any:
        return msgspec.json.decode(text)


class LocalManager(ChatManager):
    """One process, everything in it."""

    observer: Observer

    async def emit(self, event: str, data: Any, namespace: str, **options: Any) -> None:
        await super().emit(event, data, namespace, **options)
        await self.observer(namespace, event, data)

    async def emit_here(self, event: str, data: Any, namespace: str, **options: Any) -> None:
        await super().emit(event, data, namespace, **options)

    async def signal(self, name: str, data: dict[str, Any]) -> None:
        await self.observer(SIGNALS, name, data)

    async def close(self) -> None:
        """Nothing is open."""


class RedisManager(Membership, socketio.AsyncRedisManager):
    """Many nodes over Redis pub/sub, in three ways stricter than the stock one: publishing never
    holds up the caller, a listener that went deaf is noticed, and after a gap ``on_gap`` runs."""

    observer: Observer
    on_gap: Callable[[], Awaitable[None]]

    def __init__(self, url: str) -> None:
        # Redis has one set of channels, whatever the database.
        super().__init__(url, channel=f"chat:{urlsplit(url).path.strip('/') or '0'}")
        self._waiting: deque[dict[str, Any]] = deque()
        self._wake = asyncio.Event()
        self._published = asyncio.Event()
        self._lost = False
        self._tasks: list[asyncio.Task[None]] = []
        self.listening = asyncio.Event()

    def set_server(self, server: Any) -> None:
        super().set_server(server)
        self.json = _Json

    def start(self) -> None:
        """Begins to listen and publish; called once, on the running loop."""
        self.server.manager_initialized = True
        self.initialize()
        self._tasks = [
            asyncio.create_task(self._publish_all()),
            asyncio.create_task(self._canaries()),
        ]

    async def close(self) -> None:
        if self._waiting:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._published.wait(), PUBLISH_TIMEOUT)
        for task in [*self._tasks, self.thread]:
            await end(task)

    async def emit_here(self, event: str, data: Any, namespace: str, **options: Any) -> None:
        await self.deliver(event, data, namespace, **options)

    async def signal(self, name: str, data: dict[str, Any]) -> None:
        await self.emit(name, data, namespace=SIGNALS)

    async def _handle_emit(self, message: dict[str, Any]) -> None:
        # From here and from other nodes alike.
        if message.get("callback"):
            await super()._handle_emit(message)
        else:
            data = message["data"]
            await self.deliver(
                message["event"],
                data[0] if len(data) == 1 else tuple(data),
                message["namespace"],
                message["room"],
                message["skip_sid"],
            )
        await self.observer(message["namespace"], message["event"], message["data"][0])

    async def _publish(self, data: dict[str, Any]) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._lost = True
        self._waiting.append(data)
        self._wake.set()

    async def _publish_all(self) -> None:
        client = redis.Redis.from_url(self.redis_url, socket_connect_timeout=PUBLISH_TIMEOUT)
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                self._published.clear()
                while self._waiting:
                    await self._publish_some(client)
                self._published.set()
        finally:
            await client.aclose()

    async def _publish_some(self, client: redis.Redis) -> None:
        """One group in one round trip, kept until Redis has taken it: twice is better than never,
        since clients drop what they have by its version."""
        group = list(self._waiting)[:100]
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT), client.pipeline(transaction=False) as pipe:
                for message in group:
                    pipe.publish(self.channel, self.json.dumps(message))
                await pipe.execute()
        except (redis.RedisError, OSError, TimeoutError):
            await client.connection_pool.disconnect()
            await asyncio.sleep(RETRY)
            return
        for message in group:
            # Some may have been pushed out meanwhile.
            if self._waiting and self._waiting[0] is message:
                self._waiting.popleft()
        if self._lost:
            self._lost = False
            await self.signal("resync", {})

    async def _canaries(self) -> None:
        while True:
            await asyncio.sleep(CANARY_EVERY)
            if not self._waiting:
                await self._publish({"method": "canary", "host_id": self.host_id})

    async def _listen(self) -> AsyncIterator[bytes]:
        """Every message on the channel; reconnects by itself. Before each subscription, the first
        one too, there may be a gap: sockets may be here already."""
        while True:
            client = redis.Redis.from_url(self.redis_url, socket_connect_timeout=PUBLISH_TIMEOUT)
            try:
                async with client.pubsub() as pubsub:
                    await self._subscribe(pubsub)
                    await self.on_gap()
                    async for data in self._hear(pubsub):
                        yield data
            except (redis.RedisError, OSError, TimeoutError) as error:
                if self.listening.is_set():
                    log.warning("Redis is away", error=type(error).__name__)
                self.listening.clear()
                await asyncio.sleep(RETRY)
            finally:
                await client.aclose()

    async def _subscribe(self, pubsub: Any) -> None:
        """Returns once Redis has said so: one that hangs takes a connection, and says nothing."""
        await pubsub.subscribe(self.channel)
        if await pubsub.get_message(timeout=2 * PUBLISH_TIMEOUT) is None:
            raise TimeoutError("no answer to the subscription")
        self.listening.set()
        log.info("listening to Redis")

    async def _hear(self, pubsub: Any) -> AsyncIterator[bytes]:
        heard = monotonic()
        while True:
            message = await pubsub.get_message(timeout=CANARY_EVERY)
            if message is None:
                if monotonic() - heard > DEAF_AFTER:
                    raise TimeoutError("no canary came back")
                continue
            heard = monotonic()
            if message["type"] == "message":
                yield message["data"]
            elif message["type"] == "subscribe":
                # The client library connected anew without a word.
                await self.on_gap()
