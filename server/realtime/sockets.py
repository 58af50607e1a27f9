"""One Engine.IO session: over a websocket, or over polling requests that may become a websocket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from math import inf
from typing import Any, Protocol

import structlog

from server.realtime import frames
from server.realtime.allowance import Allowance, AllowanceEngine
from server.realtime.limits import ConnectionPlace
from server.realtime.meters import Meter
from server.realtime.packets import BadPacket, from_base64
from server.realtime.polling import PolledEngine, Polling
from server.realtime.queues import Inbox
from server.realtime.stats import Stats
from server.realtime.websocket import WebSocket

log = structlog.get_logger(__name__)


class Heart(Protocol):
    """The part of ``Heartbeat`` that a session uses."""

    def heard(self, socket: ChatSocket) -> None: ...
    def ponged(self, socket: ChatSocket) -> None: ...


class SocketEngine(AllowanceEngine, PolledEngine, Protocol):
    """The part of ``ChatEngine`` that a session uses."""

    stats: Stats
    binary: bool
    max_frame_bytes: int
    sockets: dict[str, ChatSocket]
    take_message: Callable[[ChatSocket, Any], bool]

    @property
    def heartbeat(self) -> Heart: ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]: ...
    def forget_socket(self, socket: ChatSocket) -> None: ...
    async def tell_gone(self, socket: ChatSocket, reason: str) -> None: ...
    def end_flood(self, socket: ChatSocket) -> None: ...
    def refuse_packet(self, socket: ChatSocket, error: ValueError) -> None: ...


class ChatSocket(Allowance):
    """One session. An idle session holds no task and no queue.

    ``closing`` becomes True the moment the session ends, ``closed`` once the application's
    disconnect handlers have run. In between nothing is received and nothing new is sent, but
    handlers can still read the session's data.
    """

    __slots__ = (
        "_ending",
        "_polling",
        "_session",
        "closed",
        "connected",
        "inbox",
        "meters",
        "place",
        "probing",
        "sid",
        "upgraded",
        "upgrading",
    )

    server: SocketEngine

    def __init__(self, server: SocketEngine, sid: str, place: ConnectionPlace) -> None:
        super().__init__(server)
        self.sid = sid
        self.place = place
        self.connected = self.upgrading = self.upgraded = False
        self.closed = False
        self.inbox: Inbox[Any] | None = None
        # By namespace: the meter of the events that the client sends there.
        self.meters: dict[str, Meter] | None = None
        # The websocket that the session is about to move to.
        self.probing: WebSocket | None = None
        self._polling: Polling | None = None
        self._session: dict[str, Any] | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def session(self) -> dict[str, Any]:
        """The data that the application stores with the session."""
        if self._session is None:
            self._session = {}
        return self._session

    @session.setter
    def session(self, value: dict[str, Any]) -> None:
        self._session = value

    @property
    def polling(self) -> Polling:
        if self._polling is None:
            self._polling = Polling(self)
        return self._polling

    # Out

    def cut_slow(self) -> None:
        self.server.stats.closed_slow += 1
        self.end(self.server.reason.TRANSPORT_ERROR, abort=True)

    # In

    def cut_flood(self) -> None:
        self.server.end_flood(self)

    def deafen(self) -> None:
        """Read nothing more from the client, and drop its packets that wait to be handled."""
        self._full_at = inf
        for websocket in (self.probing, self.websocket):
            if websocket is not None:
                websocket.deafen()
        if self.inbox is not None:
            self.inbox.close()

    def received(self, data: str | bytes) -> None:
        """Take one packet from the websocket. Raises ``BadPacket`` if it is not a valid packet."""
        enough = self._take_bytes(data) if isinstance(data, bytes) else self._take(data)
        if enough and self.websocket is not None:
            self.websocket.hold()

    async def receive(self, text: str) -> None:
        """Take one packet of a POST. Returns once there is room for another."""
        if len(text) > self.server.max_frame_bytes:
            raise BadPacket("the packet is too large")
        enough = self._take_bytes(from_base64(text)) if text[:1] == "b" else self._take(text)
        if enough and self.inbox is not None:
            await self.inbox.room()

    def go_on(self) -> None:
        """Read from the client again: there is room in its inbox."""
        if self.websocket is not None:
            self.websocket.release()

    def _take(self, text: str) -> bool:
        """Take one packet of text. Returns True if the client should send no more for now."""
        if self.closing:
            return False
        server, kind = self.server, text[:1]
        if kind == "3":
            server.heartbeat.ponged(self)
            return False
        server.heartbeat.heard(self)
        if kind == "4":
            return server.take_message(self, text[1:])
        if kind == "1":
            self.end(self.server.reason.CLIENT_DISCONNECT)
        elif kind != "6":
            raise BadPacket("not an Engine.IO packet")
        return False

    def _take_bytes(self, data: bytes) -> bool:
        """Do what ``_take`` does, for a message of bytes."""
        if not self.server.binary:
            raise BadPacket("a message of bytes, which needs the option binary=True")
        if self.closing:
            return False
        self.server.heartbeat.heard(self)
        return self.server.take_message(self, data)

    def failed(self, error: Exception) -> None:
        if isinstance(error, ValueError):
            self.server.refuse_packet(self, error)
        else:
            log.error("websocket failed", exc_info=error)
            self.end(self.server.reason.TRANSPORT_ERROR, code=frames.PROTOCOL_ERROR)

    def lost(self) -> None:
        if not self.closing:
            self.end(self.server.reason.TRANSPORT_CLOSE)

    # The websocket

    def open(self, websocket: WebSocket) -> None:
        """Send and receive everything through this websocket from now on."""
        websocket.owner = self
        self.websocket = websocket
        self.connected = self.upgraded = True
        self.upgrading, self.probing = False, None
        if self._polling is not None:
            self._polling.wake()
            self._polling = None
        self._drain()

    # The end

    def end(
        self,
        reason: str,
        *,
        code: int = frames.NORMAL,
        abort: bool = False,
        flush: bool = False,
    ) -> asyncio.Task[None]:
        """End the session at once. The returned task is done once the disconnect handlers have run
        and the connection is closed.

        Queued packets are dropped, or with ``flush`` sent first. ``abort`` closes the connection
        without waiting for bytes that the kernel has not sent yet. A second call changes nothing
        and returns the same task.
        """
        if self._ending is None:
            self.closing = True
            self.writable = False
            self.server.forget_socket(self)
            if not flush and self._backlog is not None:
                self._backlog.clear()
            if self._polling is not None:
                self._polling.wake()
            self._ending = self.server.spawn(self._end(reason, code, abort))
        return self._ending

    async def close(
        self, wait: bool = True, abort: bool = False, reason: str | None = None
    ) -> None:
        reason = reason or self.server.reason.SERVER_DISCONNECT
        code = frames.POLICY if self.is_flooding else frames.GOING_AWAY
        ending = self.end(reason, code=code, abort=abort, flush=not abort)
        # A disconnect handler runs in this task. If it calls ``close``, it must not await itself.
        if wait and ending is not asyncio.current_task():
            await asyncio.shield(ending)

    async def _end(self, reason: str, code: int, abort: bool) -> None:
        hanging_up = self.server.spawn(self._hang_up(code, abort))
        try:
            await self.server.tell_gone(self, reason)
            await hanging_up
        finally:
            self.closed = True
            if self._backlog is not None:
                self._backlog.clear()
            self.server.sockets.pop(self.sid, None)

    async def _hang_up(self, code: int, abort: bool) -> None:
        if self.websocket is None and self._polling is not None and not abort:
            await self._polling.emptied()
        elif not abort:
            # A client that does not read the queued packets would not read the close frame either.
            self.flush()
            abort = not await self.emptied()
        for websocket in (self.probing, self.websocket):
            if websocket is not None and abort:
                websocket.abort()
            elif websocket is not None:
                await websocket.close(code)
