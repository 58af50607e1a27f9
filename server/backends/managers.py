"""Socket.IO client managers: they deliver events to the sockets of this node and of other nodes.

Both managers show each event to the application (``observer``) and send *signals*, which are events
for nodes instead of clients. Signals and events that one node emits arrive in the order in which it
emitted them.

What an event or a signal is about, its ``about``, decides which other nodes hear it: those whose
users, or whose users' rooms, are among these ids. Without ``about`` all nodes hear it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import socketio
import structlog

from server.backends.bus.bundles import (
    EventHead,
    Kind,
    from_msgpack,
    pack_event,
    read_event,
    to_msgpack,
)
from server.backends.bus.bus import Bus
from server.backends.bus.interest import all_bytes, id_bytes
from server.backends.bus.older import CANARY, is_of_this_version, read_call
from server.kernel.logs import Seldom
from server.realtime.membership import ChatManager, Membership
from server.realtime.outgoing import Encoded

log = structlog.get_logger("bus")

SIGNALS = "/~nodes"

Observer = Callable[[str, str, Any], Awaitable[None]]
"""Called with (namespace, event, data) for every emit and signal that is meant for all nodes, after
the event was handed to the sockets of this node. For an emit of another node, ``data`` is what
``digest`` made of it there. It must not raise, because it may run inside the sender's ``emit``."""

# The methods that python-socketio's managers call on each other. Others are ignored.
METHODS = frozenset({"callback", "close_room", "disconnect", "emit", "enter_room", "leave_room"})


def whole(event: str, data: Any) -> Any:
    return data


class LocalManager(ChatManager):
    """The manager for a single process.

    ``emit`` and ``signal`` return after the observer has run. Events go to each socket at most
    once, in the order emitted (see ``Membership``); signals are handled exactly once, in order.
    There are no other nodes that need to know of interest.
    """

    observer: Observer

    async def emit(self, event: str, data: Any, namespace: str, **options: Any) -> None:
        await super().emit(event, data, namespace, **options)
        await self.observer(namespace, event, data)

    async def emit_here(self, event: str, data: Any, namespace: str, **options: Any) -> None:
        await super().emit(event, data, namespace, **options)

    async def signal(
        self, name: str, data: dict[str, Any], about: Iterable[str] | None = None
    ) -> None:
        await self.observer(SIGNALS, name, data)

    def add_interest(self, id: str) -> None: ...
    def end_interest(self, id: str) -> None: ...
    def expect(self, id: str) -> None: ...

    async def confirmed(self, seconds: float | None = None) -> bool:
        return True

    async def close(self) -> None:
        """Do nothing: this manager holds no connection."""


class RedisManager(Membership, socketio.AsyncRedisManager):
    """The manager for many nodes, over Redis pub/sub.

    ``emit`` delivers to the sockets of this node and queues the event for those other nodes that
    are interested in what it is about. The event is encoded once; the other nodes send their
    clients the same bytes. ``emit`` never waits for Redis and never fails because of Redis. The
    order of one node's events and signals is kept on every node; there is no order between the
    events of different nodes.

    Other nodes get each message at most once. It may be lost if a node's subscription broke, or if
    more messages than ``MOST_WAITING_FOR_REDIS`` waited for Redis. Both losses are noticed: a node
    that may have missed messages calls ``on_gap``, and a node that dropped messages sends the
    signal ``resync``.
    """

    observer: Observer
    on_gap: Callable[[], Awaitable[None]]
    # What the observer of another node needs of an event. None if it needs nothing.
    digest: Callable[[str, Any], Any] = staticmethod(whole)

    def __init__(self, url: str) -> None:
        # The channels of Redis are shared by all its databases, so the name holds the database.
        super().__init__(url, channel=f"chat:{urlsplit(url).path.strip('/') or '0'}")
        self._bus = Bus(
            url,
            self.channel,
            self.host_id,
            take=self._take,
            take_older=self._take_older,
            on_gap=lambda: self.on_gap(),
            on_lost=lambda: self.signal("resync", {}),
        )
        self._malformed = Seldom()
        self.listening = self._bus.listening

    def start(self) -> None:
        """Begin to listen and publish. Call it once, on the running event loop."""
        self.server.manager_initialized = True
        self._bus.start()

    async def close(self) -> None:
        await self._bus.close()

    @property
    def other_nodes(self) -> int:
        """How many other nodes this one knows."""
        return len(self._bus.directory.others)

    def add_interest(self, id: str) -> None:
        """From now on, messages about this id are wanted here."""
        self._bus.directory.add_interest(id_bytes(id))

    def end_interest(self, id: str) -> None:
        self._bus.directory.end_interest(id_bytes(id))

    def expect(self, id: str) -> None:
        """Other nodes will soon be interested in this id: have them all hear of it for a while."""
        self._bus.directory.expect(id_bytes(id))

    async def confirmed(self, seconds: float | None = None) -> bool:
        """Wait until the other nodes know of all ids that were added.

        Returns True then, and also if Redis is away: ``on_gap`` is called when it is back. Returns
        False if it takes longer than ``seconds``, or if a node is away and ``seconds`` is not None.
        """
        return await self._bus.directory.confirmed(seconds)

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str | None = None,
        room: Any = None,
        skip_sid: Any = None,
        callback: Callable[..., Any] | None = None,
        to: Any = None,
        about: Iterable[str] | None = None,
        **options: Any,
    ) -> None:
        namespace, room = namespace or "/", to or room
        if callback is not None or options.get("ignore_queue"):
            await super().emit(event, data, namespace, room, skip_sid, callback, **options)
            return
        ids = None if about is None else all_bytes(about)
        packet: Encoded | None = None
        if self._bus.wanted(ids):
            packet = self.encode(event, data, namespace)
            facts = self.digest(event, data)
            head = EventHead(event, namespace, room, skip_sid, packet.volatile, facts)
            self._bus.put(
                ids,
                Kind.EVENT,
                pack_event(head, packet.frame),
                lambda: self._bus.older.emit(event, data, namespace, room, skip_sid),
            )
        await self.deliver_packet(
            lambda: packet or self.encode(event, data, namespace), namespace, room, skip_sid
        )
        await self.observer(namespace, event, data)

    async def emit_here(self, event: str, data: Any, namespace: str, **options: Any) -> None:
        await self.deliver(event, data, namespace, **options)

    async def signal(
        self, name: str, data: dict[str, Any], about: Iterable[str] | None = None
    ) -> None:
        ids = None if about is None else all_bytes(about)
        if self._bus.wanted(ids):
            body = to_msgpack((name, data))
            self._bus.put(ids, Kind.SIGNAL, body, lambda: self._bus.older.emit(name, data, SIGNALS))
        await self.observer(SIGNALS, name, data)

    async def _publish(self, data: dict[str, Any]) -> None:
        """Have all other nodes do what python-socketio's manager asks of them."""
        self._bus.put(None, Kind.CALL, to_msgpack(data), lambda: self._bus.older.call(data))

    async def _take(self, kind: int, body: bytes) -> None:
        """Handle a message of another node."""
        if kind == Kind.EVENT:
            await self._take_event(body)
        elif kind == Kind.SIGNAL:
            name, data = from_msgpack(body)
            await self.observer(SIGNALS, name, data)
        elif kind == Kind.CALL:
            await self._take_call(from_msgpack(body))

    async def _take_event(self, body: bytes) -> None:
        head, frame = read_event(body)
        packet = Encoded(frame, head.volatile)
        await self.deliver_packet(lambda: packet, head.namespace, head.room, head.skip_sid)
        if head.facts is not None:
            await self.observer(head.namespace, head.event, head.facts)

    async def _take_older(self, raw: bytes) -> None:
        """Handle a message on the channel of the version before."""
        if is_of_this_version(raw):
            return
        message = read_call(raw)
        if message is None:
            if self._malformed.is_due():
                log.warning("malformed message from a node", size=len(raw))
            return
        if message["method"] == CANARY:
            if self._bus.older.heard(monotonic()):
                # That node heard nothing of this one so far.
                self._bus.tell_older(self._bus.older.emit("resync", {}, SIGNALS))
            return
        try:
            await self._take_call(message)
        except Exception:
            log.exception("handling a node's message failed", method=message["method"])

    async def _take_call(self, message: dict[str, Any]) -> None:
        method = message["method"]
        # The host id of a callback names the node that the callback is for.
        if method in METHODS:
            await getattr(self, f"_handle_{method}")(message)

    async def _handle_emit(self, message: dict[str, Any]) -> None:
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
