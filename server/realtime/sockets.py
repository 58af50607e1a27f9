"""One Engine.IO session: a websocket, or polling requests that may turn into one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog

from server.realtime import frames
from server.realtime.frames import FrameError
from server.realtime.limits import Meter
from server.realtime.outgoing import Backlog, Encoded
from server.realtime.packets import BadPacket, from_base64
from server.realtime.polling import Polling
from server.realtime.websocket import WebSocket

if TYPE_CHECKING:
    from server.realtime.engine import ChatEngine
    from server.realtime.queues import Inbox

log = structlog.get_logger(__name__)


class ChatSocket:
    """``closing`` is set the moment the session ends, ``closed`` when the application knows.

    Between the two nothing is sent or received, but the session's data can still be read. An
    idle session holds no task and no queue.
    """

    __slots__ = (
        "__weakref__",
        "_backlog",
        "_ending",
        "_polling",
        "_room",
        "_session",
        "address",
        "closed",
        "closing",
        "connected",
        "inbox",
        "meters",
        "pending",
        "probing",
        "server",
        "sid",
        "upgraded",
        "upgrading",
        "websocket",
        "writable",
    )

    def __init__(self, server: ChatEngine, sid: str, address: str) -> None:
        self.server = server
        self.sid = sid
        self.address = address
        self.connected = self.upgrading = self.upgraded = False
        self.closing = self.closed = False
        # True while the websocket takes what is written; ``pending`` goes to it this turn.
        self.writable = False
        self.pending: bytes | None = None
        self.inbox: Inbox[Any] | None = None
        # What it has sent, by namespace.
        self.meters: dict[str, Meter] | None = None
        # The websocket that the session is about to move to.
        self.probing: WebSocket | None = None
        self.websocket: WebSocket | None = None
        self._polling: Polling | None = None
        self._backlog: Backlog | None = None
        self._session: dict[str, Any] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._room: asyncio.Future[None] | None = None

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

    @property
    def backlog_bytes(self) -> int:
        return 0 if self._backlog is None else self._backlog.bytes

    @property
    def queue(self) -> Backlog:
        if self._backlog is None:
            self._backlog = self.server.create_queue()
        return self._backlog

    # Out

    def post(self, packet: Encoded) -> None:
        """Sends a packet; a client that lets too much wait is cut."""
        if self.writable:
            self.server.writes.add(self, packet)
        else:
            self.keep(packet)

    def keep(self, packet: Encoded) -> None:
        """Until the client takes it."""
        if self.closing:
            return
        if not self.queue.put(packet):
            self.cut_slow()
            return
        if self.websocket is None:
            self.polling.wake()
        self.server.spare_memory()

    def flush(self) -> None:
        """Writes what this turn has brought."""
        pending, self.pending = self.pending, None
        if pending is not None and self.websocket is not None:
            self.websocket.write(pending)

    def paused(self) -> None:
        self.writable = False
        self.server.stalls.start(self)

    def resumed(self) -> None:
        self.server.stalls.stop(self)
        self._drain()

    def _drain(self) -> None:
        """What was kept goes first, as far as the client takes it."""
        websocket, backlog = self.websocket, self._backlog
        assert websocket is not None
        self.writable = True
        self.flush()
        while backlog and self.writable:
            websocket.write(backlog.pop().frame)
        if self.writable:
            self._backlog = None
            self.writable = not self.closing
            if self._room is not None and not self._room.done():
                self._room.set_result(None)

    def cut_slow(self) -> None:
        self.server.stats.closed_slow += 1
        self.end(self.server.reason.TRANSPORT_ERROR, abort=True)

    # In

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
            self.server.forget(self)
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
        ending = self.end(reason, code=frames.GOING_AWAY, abort=abort, flush=not abort)
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
            abort = not await self._emptied()
        for websocket in (self.probing, self.websocket):
            if websocket is not None and abort:
                websocket.abort()
            elif websocket is not None:
                await websocket.close(code)

    async def _emptied(self) -> bool:
        """Whether what was kept has been written, soon."""
        if not self._backlog:
            return True
        self._room = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self.server.flush_timeout):
                await self._room
        except TimeoutError:
            return False
        return True


class Probe:
    """A websocket beside a session that polls: probe, answer, the last GET's end, upgrade."""

    __slots__ = ("_answered", "_socket", "_websocket")

    def __init__(self, socket: ChatSocket) -> None:
        self._socket = socket
        self._websocket: WebSocket | None = None
        self._answered = False

    def begin(self, websocket: WebSocket) -> None:
        self._websocket = self._socket.probing = websocket
        self._socket.server.probes.start(self)

    def received(self, data: str | bytes) -> None:
        socket, websocket = self._socket, self._websocket
        assert websocket is not None
        if not self._answered and data == "2probe":
            self._answered = True
            websocket.write(frames.build(b"3probe"))
            socket.polling.moving = True
            socket.polling.wake()
        elif self._answered and data == "5" and not socket.closing:
            self._done()
            socket.open(websocket)
        else:
            raise FrameError("this is no way to upgrade", frames.NORMAL)

    def failed(self, error: Exception) -> None:
        self.give_up(getattr(error, "code", frames.PROTOCOL_ERROR))

    def give_up(self, code: int = frames.NORMAL) -> None:
        """The session goes on polling."""
        self._done()
        if self._websocket is not None:
            self._socket.server.spawn(self._websocket.close(code))

    def lost(self) -> None:
        self._done()

    def _done(self) -> None:
        socket = self._socket
        socket.server.probes.stop(self)
        if socket.probing is self._websocket:
            socket.upgrading, socket.probing = False, None
            if not socket.closing:
                socket.polling.moving = False

    def paused(self) -> None:
        """Nothing is written to it that could wait."""

    def resumed(self) -> None:
        """See ``paused``."""
