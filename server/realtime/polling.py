"""The polling transport of a session: at most one waiting GET and one POST at a time."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from aiohttp import web

from server.kernel.errors import PayloadTooLarge, RateLimited
from server.kernel.limits import FLOOD_RETRY
from server.kernel.timeouts import came_in_time
from server.realtime.meters import weight
from server.realtime.outgoing import Backlog, Encoded
from server.realtime.packets import BadPacket
from server.realtime.transport import SEPARATOR, BadRequest, is_gone, read_body
from server.realtime.turns import HASTY_PAUSE, READING_STRIDE

CLOSE_PACKET, NOOP_PACKET = Encoded.of("1"), Encoded.of("6")
MAX_POST_PACKETS = 256
# The Python client refuses a response with more packets than this.
MAX_POLL_PACKETS = 16
# Seconds that a GET is held while the session moves to its websocket.
MOVING_POLL = 0.1


class PolledEngine(Protocol):
    """The part of ``ChatEngine`` that polling uses."""

    reason: Any
    flush_timeout: float
    body_timeout: float
    max_body_bytes: int


class PolledSession(Protocol):
    """The part of ``ChatSocket`` that polling uses."""

    closing: bool
    upgraded: bool

    @property
    def server(self) -> PolledEngine: ...

    @property
    def queue(self) -> Backlog: ...

    @property
    def is_flooding(self) -> bool: ...

    @property
    def is_hasty(self) -> bool: ...

    def charge(self, weight: int) -> bool: ...
    async def receive(self, text: str) -> None: ...
    def failed(self, error: Exception) -> None: ...
    def end(self, reason: str) -> object: ...


class Polling:
    """One session's polling. Packets are delivered in order, each in one response at most: a
    response that does not reach the client is not repeated, and the session ends.

    A second GET or POST while one is under way ends the session, as in the Node.js server.
    """

    def __init__(self, socket: PolledSession) -> None:
        self._socket = socket
        self._reason = socket.server.reason
        self._waiting: asyncio.Future[None] | None = None
        self._posting = False
        self._taken = asyncio.Event()
        # True while the client moves to a websocket. It moves once its GET has been answered, and
        # sends further GETs until then.
        self.moving = False
        # The last packet of the last response. Some clients do not reconnect after a CLOSE. After a
        # NOOP they send another GET, find that the session is unknown, and all of them reconnect.
        self._last_word = NOOP_PACKET

    def wake(self) -> None:
        """Answer the waiting GET, if there is one, with the packets that are queued."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def get(self, request: web.Request) -> list[Encoded]:
        """The packets that answer a GET; waits until there are some. Raises ``BadRequest`` if
        another GET is waiting."""
        socket = self._socket
        if self._waiting is not None:
            self._last_word = CLOSE_PACKET
            socket.end(self._reason.TRANSPORT_ERROR)
            raise BadRequest("a GET of this session is already waiting")
        if not (socket.queue or socket.closing):
            try:
                await self._wait()
            except asyncio.CancelledError:
                socket.end(self._reason.TRANSPORT_CLOSE)
                raise
        if is_gone(request):
            # The client would miss these packets without noticing, so the session has to end.
            socket.end(self._reason.TRANSPORT_CLOSE)
        return self._take()

    async def emptied(self) -> None:
        """Wait, up to ``flush_timeout``, for the GETs that fetch the queued packets. One response
        may not have room for all of them."""
        await came_in_time(self._drained(), self._socket.server.flush_timeout)

    async def _drained(self) -> None:
        while self._socket.queue:
            self._taken.clear()
            await self._taken.wait()

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        if self.moving:
            loop.call_later(MOVING_POLL, self.wake)
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _take(self) -> list[Encoded]:
        socket = self._socket
        packets: list[Encoded] = []
        room = MAX_POLL_PACKETS - 1 if socket.closing else MAX_POLL_PACKETS
        # Once the session has a websocket, the queued packets are sent through it.
        while socket.queue and not socket.upgraded:
            room -= socket.queue.first.count
            if room < 0 and packets:
                break
            packets.append(socket.queue.pop())
        self._taken.set()
        if socket.closing:
            packets.append(self._last_word)
        return packets or [NOOP_PACKET]

    async def post(self, request: web.Request) -> None:
        """Handle the packets of a POST, in order. A packet that cannot be read ends the session and
        raises ``BadRequest``; too many packets raise ``RateLimited``."""
        socket = self._socket
        if self._posting:
            socket.end(self._reason.TRANSPORT_ERROR)
            raise BadRequest("a POST of this session is already under way")
        self._posting = True
        try:
            packets = await self._read(request)
            if not socket.charge(sum(weight(len(text)) for text in packets)):
                raise _too_many()
            for number, text in enumerate(packets, 1):
                await socket.receive(text)
                if socket.is_flooding:
                    raise _too_many()
                if number % READING_STRIDE == 0:
                    # Let other clients have their turn.
                    await asyncio.sleep(HASTY_PAUSE if socket.is_hasty else 0)
        except (BadPacket, UnicodeDecodeError) as error:
            socket.failed(error)
            raise BadRequest() from None
        except PayloadTooLarge:
            socket.end(self._reason.TRANSPORT_ERROR)
            raise
        except (TimeoutError, OSError, web.RequestPayloadError):
            socket.end(self._reason.TRANSPORT_ERROR)
            raise BadRequest("the body did not come in time") from None
        finally:
            self._posting = False

    async def _read(self, request: web.Request) -> list[str]:
        server = self._socket.server
        body = await read_body(request, server.max_body_bytes, server.body_timeout)
        packets = body.decode().split(SEPARATOR, MAX_POST_PACKETS)
        if len(packets) > MAX_POST_PACKETS:
            raise BadPacket("too many packets in one request")
        return packets


def _too_many() -> RateLimited:
    return RateLimited("too many packets", retry_after=FLOOD_RETRY)
