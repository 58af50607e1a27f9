"""Socket.IO client managers: how an event reaches the sockets here and on the other nodes.

Both let the application watch what passes (``observer``), and send *signals*: events to nodes
instead of clients. A signal is an emit into a namespace that no client can join, so it travels
with the events, in their order.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import msgspec
import redis.asyncio as redis
import socketio
import structlog

from server.kernel.logs import Seldom
from server.kernel.tasks import Tasks
from server.kernel.timeouts import came_in_time
from server.realtime.membership import ChatManager, Membership

log = structlog.get_logger("bus")

SIGNALS = "/~nodes"

Observer = Callable[[str, str, Any], Awaitable[None]]
"""(namespace, event, data) of every emit that is meant for more than one node. It must not raise:
it runs within the sender's emit."""

# What nodes may send each other; a newer one may send more.
METHODS = frozenset({"callback", "close_room", "disconnect", "emit", "enter_room", "leave_room"})

# Seconds.
PUBLISH_TIMEOUT = 0.5
RETRY = 0.5
CANARY_EVERY = 3.0
DEAF_AFTER = 10.0
# What waits for Redis to come back. Past it the oldest is lost, and clients are told to sync.
MOST_WAITING = 10_000


class _Json:
    """The manager's JSON module, over msgspec."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> bytes:
        return msgspec.json.encode(value)

    @staticmethod
    def loads(text: bytes | str, **_: Any) -> Any:
        return msgspec.json.decode(text)


def _read(raw: bytes) -> dict[str, Any] | None:
    """None for what no node sends."""
    try:
        message = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        return None
    if message["method"] != "emit":
        return message
    data = message.get("data")
    is_emit = (
        isinstance(data, list)
        and len(data) > 0
        and isinstance(message.get("event"), str)
        and isinstance(message.get("namespace"), str)
        and message.keys() >= {"room", "skip_sid"}
    )
    return message if is_emit else None


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
        self._malformed = Seldom()
        self._tasks = Tasks()
        self.listening = asyncio.Event()

    def set_server(self, server: Any) -> None:
        super().set_server(server)
        self.json = _Json

    def start(self) -> None:
        """Begins to listen and publish; called once, on the running loop."""
        self.server.manager_initialized = True
        for work in (self._thread(), self._publish_all(), self._canaries()):
            self._tasks.start(work)

    async def close(self) -> None:
        if self._waiting:
            await came_in_time(self._published.wait(), PUBLISH_TIMEOUT)
        await self._tasks.close()

    async def emit_here(self, event: str, data: Any, namespace: str, **options: Any) -> None:
        await self.deliver(event, data, namespace, **options)

    async def signal(self, name: str, data: dict[str, Any]) -> None:
        await self.emit(name, data, namespace=SIGNALS)

    async def _thread(self) -> None:
        """As the stock one, whose errors go to a logger that is silent here."""
        while True:
            try:
                async for raw in self._listen():
                    await self._take(raw)
            except Exception:
                log.exception("listening to Redis failed")
                await asyncio.sleep(RETRY)

    async def _take(self, raw: bytes) -> None:
        """A message of any node; whatever is wrong with it, the next one is taken."""
        message = _read(raw)
        if message is None:
            if self._malformed.is_due():
                log.warning("malformed message from a node", size=len(raw))
            return
        method = message["method"]
        # This node has handled its own messages. Only a callback is addressed to a node by its id.
        is_own = message.get("host_id") == self.host_id
        if method not in METHODS or (is_own and method != "callback"):
            return
        try:
            await getattr(self, f"_handle_{method}")(message)
        except Exception:
            log.exception("a node's message failed", method=method)

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
