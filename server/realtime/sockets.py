"""One Engine.IO session: a websocket, or polling requests that may turn into one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from math import inf
from typing import Any, Protocol

import structlog

from server.realtime import frames
from server.realtime.limits import ConnectionPlace
from server.realtime.meters import FrameLimit, Meter
from server.realtime.outlet import Outlet, OutletEngine
from server.realtime.packets import BadPacket, from_base64
from server.realtime.polling import PolledEngine, Polling
from server.realtime.queues import Inbox
from server.realtime.stats import Stats
from server.realtime.turns import ReaderTurns
from server.realtime.websocket import WebSocket

log = structlog.get_logger(__name__)


class Heart(Protocol):
    def heard(self, socket: ChatSocket) -> None: ...
    def ponged(self, socket: ChatSocket) -> None: ...


class SocketEngine(OutletEngine, PolledEngine, Protocol):
    """What a session asks of its engine: see ``ChatEngine``."""

    stats: Stats
    binary: bool
    max_frame_bytes: int
    turns: ReaderTurns
    hasty_turns: ReaderTurns
    frame_limit: FrameLimit | None
    stranger_limit: FrameLimit | None
    sockets: dict[str, ChatSocket]
    take_message: Callable[[ChatSocket, Any], bool]

    @property
    def heartbeat(self) -> Heart: ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]: ...
    def forget_socket(self, socket: ChatSocket) -> None: ...
    async def tell_gone(self, socket: ChatSocket, reason: str) -> None: ...
    def end_flood(self, socket: ChatSocket) -> None: ...
    def refuse_packet(self, socket: ChatSocket, error: ValueError) -> None: ...


class ChatSocket(Outlet):
    """``closing`` is set the moment the session ends, ``closed`` when the application knows.

    Between the two nothing is sent or received, but the session's data can still be read. An
    idle session holds no task and no queue.
    """

    __slots__ = (
        "_ending",
        "_full_at",
        "_polling",
        "_session",
        "closed",
        "connected",
        "inbox",
        "known",
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
        # Whether it was in a namespace, ever; and when its bucket of frames is full again.
        self.known = False
        self._full_at = 0.0
        # What it has sent, by namespace.
        self.meters: dict[str, Meter] | None = None
        # The websocket that the session is about to move to.
        self.probing: WebSocket | None = None
        self._polling: Polling | None = None
        self._session: dict[str, Any] | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def session(self) -> dict[str, Any]:
        """What the application keeps with it."""
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

    @property
    def turns(self) -> ReaderTurns:
        """Where it waits for the next turn."""
        return self.server.hasty_turns if self.is_hasty else self.server.turns

    @property
    def is_hasty(self) -> bool:
        """It has sent more than anybody does who is not about to flood us."""
        limit = self._limit
        return limit is not None and limit.is_low(self._full_at)

    @property
    def _limit(self) -> FrameLimit | None:
        return self.server.frame_limit if self.known else self.server.stranger_limit

    def charge(self, weight: int) -> bool:
        """Counts frames and packets; False, and the session's end, for more than anybody needs."""
        limit = self._limit
        if limit is None:
            return True
        full_at = limit.take_frame(self._full_at, weight)
        if full_at == inf:
            self.server.end_flood(self)
            return False
        self._full_at = full_at
        return True

    @property
    def is_flooding(self) -> bool:
        """It has sent far too much, and is about to be closed."""
        return self._full_at == inf

    def admitted(self) -> None:
        """It is in a namespace. That fills its bucket once, however often it comes and goes."""
        if not self.known and not self.is_flooding:
            self.known = True
            self._full_at = 0.0

    def deafen(self) -> None:
        """Nothing that it sends is read any more, and nothing that waits is handled."""
        self._full_at = inf
        for websocket in (self.probing, self.websocket):
            if websocket is not None:
                websocket.deafen()
        if self.inbox is not None:
            self.inbox.close()

    def received(self, data: str | bytes) -> None:
        """One packet from the websocket. ``BadPacket`` when it is none."""
        enough = self._take_bytes(data) if isinstance(data, bytes) else self._take(data)
        if enough and self.websocket is not None:
            self.websocket.hold()

    async def receive(self, text: str) -> None:
        """One packet of a POST; returns when there is room for another."""
        if len(text) > self.server.max_frame_bytes:
            raise BadPacket("the packet is too large")
        enough = self._take_bytes(from_base64(text)) if text[:1] == "b" else self._take(text)
        if enough and self.inbox is not None:
            await self.inbox.room()

    def go_on(self) -> None:
        """There is room for what the client sends."""
        if self.websocket is not None:
            self.websocket.release()

    def _take(self, text: str) -> bool:
        """Whether that was enough for now."""
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
        """As ``_take``, for a message of bytes."""
        if not self.server.binary:
            raise BadPacket("a message of bytes")
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
        """From here on all goes through the websocket."""
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
        """End the session at once; the task is done when everybody knows.

        What is kept is dropped, or with ``flush`` sent first. ``abort`` does not even wait for
        what the kernel still has to send.
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
        # A disconnect handler may call this too, and would wait for itself.
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
            # One that does not take what is written would not take the close frame either.
            self.flush()
            abort = not await self.emptied()
        for websocket in (self.probing, self.websocket):
            if websocket is not None and abort:
                websocket.abort()
            elif websocket is not None:
                await websocket.close(code)
