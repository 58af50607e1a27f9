"""One Engine.IO session: a websocket, or polling requests that may turn into one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import WSCloseCode, web
from engineio.async_socket import AsyncSocket
from engineio.packet import Packet

from server.realtime.packets import BadPacket
from server.realtime.polling import Polling
from server.realtime.queues import Outbox
from server.realtime.transport import ChatWebSocket

if TYPE_CHECKING:
    from server.realtime.engine import ChatEngine

log = structlog.get_logger(__name__)


class ChatSocket(AsyncSocket):
    """``closing`` is set the moment the session ends, ``closed`` when the application knows.

    Between the two nothing is sent or received, but the session's data can still be read.
    """

    queue: Outbox
    connected: bool
    upgrading: bool
    upgraded: bool

    def __init__(self, server: ChatEngine, sid: str, address: str) -> None:
        super().__init__(server, sid)
        self.address = address
        self.polling = Polling(self)
        self._probe: ChatWebSocket | None = None
        self._websocket: ChatWebSocket | None = None
        self._writer: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    # Out

    async def send(self, pkt: Packet) -> None:
        self.post(pkt)

    def post(self, pkt: Packet) -> None:
        """Queue a packet; a client that lets the queue run over is cut."""
        if self.closing:
            return
        if not self.queue.put(pkt):
            self.cut_slow()
        elif self._websocket is not None:
            self._start_writer(self._websocket)
        else:
            self.polling.wake()

    def _start_writer(self, websocket: ChatWebSocket) -> None:
        if self._writer is None and self.queue:
            self._writer = self.server.spawn(self._write(websocket))

    async def _write(self, websocket: ChatWebSocket) -> None:
        try:
            while (pkt := self.queue.first()) is not None:
                self.server.stalls.start(self)
                await websocket.send(pkt.encode())
                if self.queue:
                    self.queue.pop()
        except ConnectionError:
            self.end(self.server.reason.TRANSPORT_CLOSE, abort=True)
        except Exception:
            log.exception("websocket write failed")
            self.end(self.server.reason.TRANSPORT_ERROR, abort=True)
        finally:
            self._writer = None
            self.server.stalls.stop(self)

    def cut_slow(self) -> None:
        self.server.stats.closed_slow += 1
        self.end(self.server.reason.TRANSPORT_ERROR, abort=True)

    # In

    async def receive(self, text: str) -> None:
        """One packet from the client, by either transport; ``BadPacket`` when it is none."""
        if self.closing:
            return
        if len(text) > self.server.max_frame_bytes:
            raise BadPacket("the packet is too large")
        self.server.heartbeat.heard(self)
        kind, data = text[:1], text[1:]
        if kind == "4":
            await self.server.handlers["message"](self.sid, data)
        elif kind == "3":
            self.server.heartbeat.ponged(self)
        elif kind == "1":
            self.end(self.server.reason.CLIENT_DISCONNECT)
        elif kind != "6":
            raise BadPacket("not an Engine.IO packet")

    async def upgrade(self, environ: dict[str, Any]) -> web.StreamResponse:
        """A websocket for a session that polls so far."""
        if self.upgraded or self.upgrading:
            # Closed rather than refused, as clients expect it.
            return await ChatWebSocket(ChatWebSocket.close, self.server)(environ)
        self.upgrading = True
        try:
            return await self._upgrade_websocket(environ)
        finally:
            self.upgrading = False

    async def _websocket_handler(self, ws: ChatWebSocket) -> None:
        if self.connected and not await self._probed(ws):
            await ws.close()
            return
        self.connected = self.upgraded = True
        self._websocket = ws
        self.polling.wake()
        self._start_writer(ws)
        try:
            while not self.closing and (text := await ws.wait()) is not None:
                await self.receive(text)
        except BadPacket as error:
            self.server.refuse_packet(self, error)
        except Exception:
            log.exception("websocket failed")
        finally:
            self.end(self.server.reason.TRANSPORT_CLOSE)
        await self.close()

    async def _probed(self, ws: ChatWebSocket) -> bool:
        """Whether the client has moved over: probe, answer, the last GET's end, upgrade."""
        self._probe = ws
        try:
            async with asyncio.timeout(self.server.upgrade_timeout):
                if await ws.wait() != "2probe":
                    return False
                await ws.send("3probe")
                self.polling.moving = True
                self.polling.wake()
                return await ws.wait() == "5" and not self.closing
        except (TimeoutError, BadPacket, ConnectionError):
            return False
        finally:
            self._probe = None
            self.polling.moving = False

    # The end

    def end(
        self, reason: str, *, code: int = WSCloseCode.OK, abort: bool = False, flush: bool = False
    ) -> asyncio.Task[None]:
        """End the session at once; the task is done when everybody knows.

        What is queued is dropped, or with ``flush`` sent first. ``abort`` does not even wait for
        what the kernel still has to send.
        """
        if self._ending is None:
            self.closing = True
            self.server.forget(self)
            if not flush:
                self.queue.clear()
            self.polling.wake()
            self._ending = self.server.spawn(self._end(reason, code, abort))
        return self._ending

    async def close(
        self, wait: bool = True, abort: bool = False, reason: str | None = None
    ) -> None:
        reason = reason or self.server.reason.SERVER_DISCONNECT
        ending = self.end(reason, code=WSCloseCode.GOING_AWAY, abort=abort, flush=not abort)
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
            self.server.sockets.pop(self.sid, None)

    async def _hang_up(self, code: int, abort: bool) -> None:
        if self._websocket is None and not abort:
            await self.polling.emptied()
        if self._writer is not None and not abort:
            await asyncio.wait([self._writer], timeout=self.server.flush_timeout)
            # One that still writes would keep the close frame waiting, too.
            abort = self._writer is not None
        for ws in (self._probe, self._websocket):
            if ws is not None and abort:
                ws.abort()
            elif ws is not None:
                await ws.close(code)
