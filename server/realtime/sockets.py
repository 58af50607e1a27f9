"""One Engine.IO session: a websocket, or polling requests that may turn into one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import WSCloseCode, web
from engineio import packet
from engineio.async_socket import AsyncSocket
from engineio.packet import Packet

from server.errors import PayloadTooLarge
from server.realtime.packets import BadPacket
from server.realtime.queues import Outbox
from server.realtime.transport import BadRequest, ChatWebSocket, is_gone, read_body

if TYPE_CHECKING:
    from server.realtime.engine import ChatEngine

log = structlog.get_logger(__name__)

# Engine.IO's separator between the packets of one polling body.
SEPARATOR = "\x1e"
MAX_POST_PACKETS = 256
# Clients in Python take no more than this in one answer.
MAX_POLL_PACKETS = 16
# Seconds that a GET is held while the session moves to its websocket.
MOVING_POLL = 0.1


class ChatSocket(AsyncSocket):
    """``closing`` is set the moment the session ends, ``closed`` when the application knows.

    Between the two nothing is sent or received, but the session's data can still be read.
    """

    queue: Outbox

    def __init__(self, server: ChatEngine, sid: str, address: str) -> None:
        super().__init__(server, sid)
        self.address = address
        self._waiting: asyncio.Future[None] | None = None
        self._posting = False
        self._probe: ChatWebSocket | None = None
        self._moving = False
        self._websocket: ChatWebSocket | None = None
        self._writer: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._last_word = packet.CLOSE

    # Out

    async def send(self, pkt: Packet) -> None:
        self.post(pkt)

    def post(self, pkt: Packet) -> None:
        """Queue a packet; a client that lets the queue run over is cut."""
        if self.closing:
            return
        if not self.queue.put(pkt):
            self._cut_slow()
        elif self._websocket is not None:
            self._start_writer(self._websocket)
        else:
            self._wake()

    def _start_writer(self, websocket: ChatWebSocket) -> None:
        if self._writer is None and self.queue:
            self._writer = self.server.spawn(self._write(websocket))

    async def _write(self, websocket: ChatWebSocket) -> None:
        try:
            while (pkt := self.queue.first()) is not None:
                async with asyncio.timeout(self.server.write_timeout):
                    await websocket.send(pkt.encode())
                if self.queue:
                    self.queue.pop()
        except TimeoutError:
            self._cut_slow()
        except ConnectionError:
            self.end(self.server.reason.TRANSPORT_CLOSE, abort=True)
        except Exception:
            log.exception("websocket write failed")
            self.end(self.server.reason.TRANSPORT_ERROR, abort=True)
        finally:
            self._writer = None

    def _cut_slow(self) -> None:
        self.server.stats.closed_slow += 1
        self.end(self.server.reason.TRANSPORT_ERROR, abort=True)

    # In

    async def receive(self, text: str) -> None:
        """One packet from the client, by either transport; ``BadPacket`` when it is none."""
        if self.closing:
            return
        if len(text) > self.server.max_frame_bytes:
            raise BadPacket("the packet is too large")
        self.server.heard(self)
        kind, data = text[:1], text[1:]
        if kind == "4":
            await self.server.handlers["message"](self.sid, data)
        elif kind == "3":
            self.server.ponged(self)
        elif kind == "1":
            # What the client closes itself it need not be told of: its GET gets a NOOP.
            self._last_word = packet.NOOP
            self.end(self.server.reason.CLIENT_DISCONNECT)
        elif kind != "6":
            raise BadPacket("not an Engine.IO packet")

    # Polling

    async def poll(self, request: web.Request) -> list[Packet]:
        """What answers a GET, as soon as there is something."""
        if self._waiting is not None:
            self.end(self.server.reason.TRANSPORT_ERROR)
            raise BadRequest("a GET of this session is already waiting")
        if not (self.queue or self.closing):
            loop = asyncio.get_running_loop()
            self._waiting = loop.create_future()
            if self._moving:
                # The client moves over once this GET ends, and asks anew until then.
                loop.call_later(MOVING_POLL, self._wake)
            try:
                await self._waiting
            except asyncio.CancelledError:
                self.end(self.server.reason.TRANSPORT_CLOSE)
                raise
            finally:
                self._waiting = None
        if is_gone(request):
            # Nobody takes these packets any more, so the client has to start afresh.
            self.end(self.server.reason.TRANSPORT_CLOSE)
        return self._take()

    def _take(self) -> list[Packet]:
        packets: list[Packet] = []
        most = MAX_POLL_PACKETS - 1 if self.closing else MAX_POLL_PACKETS
        while self.queue and len(packets) < most and not self.upgraded:
            packets.append(self.queue.pop())
        if self.closing:
            packets.append(Packet(self._last_word))
        return packets or [Packet(packet.NOOP)]

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def take_post(self, request: web.Request) -> None:
        """A POST's packets, in order; the session ends with a POST that cannot be read."""
        if self._posting:
            self.end(self.server.reason.TRANSPORT_ERROR)
            raise BadRequest("a POST of this session is already under way")
        self._posting = True
        try:
            limit, timeout = self.server.max_body_bytes, self.server.body_timeout
            body = await read_body(request, limit, timeout)
            packets = body.decode().split(SEPARATOR, MAX_POST_PACKETS)
            if len(packets) > MAX_POST_PACKETS:
                raise BadPacket("too many packets in one request")
            for text in packets:
                await self.receive(text)
        except (BadPacket, UnicodeDecodeError) as error:
            self.server.refuse_packet(self, error)
            raise BadRequest() from None
        except PayloadTooLarge:
            self.end(self.server.reason.TRANSPORT_ERROR)
            raise
        except (TimeoutError, OSError, web.RequestPayloadError):
            self.end(self.server.reason.TRANSPORT_ERROR)
            raise BadRequest("the body did not come in time") from None
        finally:
            self._posting = False

    # Websocket

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
        self.upgrading = False
        self._websocket = ws
        self._wake()
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
                self._moving = True
                self._wake()
                return await ws.wait() == "5" and not self.closing
        except (TimeoutError, BadPacket, ConnectionError):
            return False
        finally:
            self._probe = None
            self._moving = False

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
            self._wake()
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
        if self._writer is not None:
            if not abort and self.queue:
                await asyncio.wait([self._writer], timeout=self.server.flush_timeout)
            if self._writer is not None:
                self._writer.cancel()
        for ws in (self._probe, self._websocket):
            if ws is not None and abort:
                ws.abort()
            elif ws is not None:
                await ws.close(code)
