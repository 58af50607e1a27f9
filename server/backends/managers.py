"""Socket.IO client managers: they deliver events to the sockets of this node and of other nodes.

Both managers show each event to the application (``observer``) and send *signals*, which are events
for nodes instead of clients. A signal is an emit into a namespace that no client can join, so
signals and events that one node emits arrive in the order in which it emitted them.
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
"""Called with (namespace, event, data) for every emit and signal that is meant for all nodes, after
the event was handed to the sockets of this node. It must not raise, because it may run inside the
sender's ``emit``."""

# The methods that nodes call on each other. A newer node may send others, which are ignored.
METHODS = frozenset({"callback", "close_room", "disconnect", "emit", "enter_room", "leave_room"})

# Seconds.
PUBLISH_TIMEOUT = 0.5
SUBSCRIBE_RETRY = 0.5
CANARY_EVERY = 3.0
DEAF_AFTER = 10.0
# The most messages that wait for Redis to come back. Above it the oldest is dropped, and once Redis
# is back all nodes tell their clients to sync.
MOST_WAITING_FOR_REDIS = 10_000


class _Json:
    """The JSON module that python-socketio's manager uses, made of msgspec."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> bytes:
        return msgspec.json.encode(value)

    @staticmethod
    def loads(text: bytes | str, **_: Any) -> Any:
        return msgspec.json.decode(text)


def _read(raw: bytes) -> dict[str, Any] | None:
    """Parse a message from Redis. None if it is malformed."""
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
    """The manager for a single process.

    ``emit`` and ``signal`` return after the observer has run. Events go to each socket at most
    once, in the order emitted (see ``Membership``); signals are handled exactly once, in order.
    """

    observer: Observer

    async def emit(self, event: str, data: Any, namespace: str, **options: Any) -> None:
        await super().emit(event, data, namespace, **options)
        await self.observer(namespace, event, data)

    async def emit_here(self, event: str, data: Any, namespace: str, **options: Any) -> None:
        await super().emit(event, data, namespace, **options)

    async def signal(self, name: str, data: dict[str, Any]) -> None:
        await self.observer(SIGNALS, name, data)

    async def close(self) -> None:
        """Do nothing: this manager holds no connection."""


class RedisManager(Membership, socketio.AsyncRedisManager):
    """The manager for many nodes, over Redis pub/sub.

    ``emit`` delivers to the sockets of this node and queues the event for the other nodes. It never
    waits for Redis and never fails because of Redis. The order of one node's events and signals is
    kept on every node; there is no order between the events of different nodes.

    Other nodes usually get each message once. A message may arrive twice if Redis did not confirm
    it in time. It may be lost if a node's subscription broke, or if more than
    ``MOST_WAITING_FOR_REDIS`` messages waited for Redis. Both losses are noticed: a node that may
    have missed messages calls ``on_gap``, and a node that dropped messages sends the signal
    ``resync``.

    Unlike with python-socketio's manager, a subscription that has silently stopped working is
    noticed within ``DEAF_AFTER`` seconds, because each node regularly publishes a canary message.
    """

    observer: Observer
    on_gap: Callable[[], Awaitable[None]]

    def __init__(self, url: str) -> None:
        # The channels of Redis are shared by all its databases, so the name holds the database.
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
        """Begin to listen and publish. Call it once, on the running event loop."""
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
        """Handle messages from Redis, forever. This overrides python-socketio's method of the same
        name, which logs its errors to the library's logger, and that is silent here."""
        while True:
            try:
                async for raw in self._listen():
                    await self._take(raw)
            except Exception:
                log.exception("listening to Redis failed")
                await asyncio.sleep(SUBSCRIBE_RETRY)

    async def _take(self, raw: bytes) -> None:
        """Handle one message from any node. An error is logged; it does not stop the next one."""
        message = _read(raw)
        if message is None:
            if self._malformed.is_due():
                log.warning("malformed message from a node", size=len(raw))
            return
        method = message["method"]
        # This node handled its own messages when it sent them. The host id of a callback is
        # different: it names the node that the callback is for.
        is_own = message.get("host_id") == self.host_id
        if method not in METHODS or (is_own and method != "callback"):
            return
        try:
            await getattr(self, f"_handle_{method}")(message)
        except Exception:
            log.exception("handling a node's message failed", method=method)

    async def _handle_emit(self, message: dict[str, Any]) -> None:
        # ``emit`` is inherited from python-socketio's manager: it calls this method, then
        # ``_publish``. For the emits of other nodes, ``_take`` calls this method.
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
        if len(self._waiting) >= MOST_WAITING_FOR_REDIS:
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
        """Publish up to 100 messages in one round trip. They are kept until Redis confirms them, so
        after an error they are sent again. A message that arrives twice does no harm, because
        clients drop changes whose version they already have."""
        group = list(self._waiting)[:100]
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT), client.pipeline(transaction=False) as pipe:
                for message in group:
                    pipe.publish(self.channel, self.json.dumps(message))
                await pipe.execute()
        except (redis.RedisError, OSError, TimeoutError):
            await client.connection_pool.disconnect()
            await asyncio.sleep(SUBSCRIBE_RETRY)
            return
        for message in group:
            # ``_publish`` may have dropped some of them in the meantime.
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
        """Yield every message on the channel, and reconnect after errors. Messages may have been
        missed before each subscription, so ``on_gap`` runs after it. This includes the first one,
        because clients may have connected before it."""
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
                await asyncio.sleep(SUBSCRIBE_RETRY)
            finally:
                await client.aclose()

    async def _subscribe(self, pubsub: Any) -> None:
        """Subscribe, and wait for Redis to confirm it. A Redis that hangs accepts the connection
        but never answers; then this raises ``TimeoutError``."""
        await pubsub.subscribe(self.channel)
        if await pubsub.get_message(timeout=2 * PUBLISH_TIMEOUT) is None:
            raise TimeoutError("Redis did not confirm the subscription")
        self.listening.set()
        log.info("listening to Redis")

    async def _hear(self, pubsub: Any) -> AsyncIterator[bytes]:
        heard = monotonic()
        while True:
            message = await pubsub.get_message(timeout=CANARY_EVERY)
            if message is None:
                if monotonic() - heard > DEAF_AFTER:
                    raise TimeoutError("the subscription got no canary message back")
                continue
            heard = monotonic()
            if message["type"] == "message":
                yield message["data"]
            elif message["type"] == "subscribe":
                # The client library has reconnected on its own, so messages may have been missed.
                await self.on_gap()
