"""The polling transport of a session: one GET that waits, and one POST, at a time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

from server.kernel.errors import PayloadTooLarge, RateLimited
from server.realtime.meters import weight
from server.realtime.outgoing import Encoded
from server.realtime.packets import BadPacket
from server.realtime.transport import SEPARATOR, BadRequest, is_gone, read_body
from server.realtime.turns import HASTY_PAUSE, STRIDE

if TYPE_CHECKING:
    from server.realtime.sockets import ChatSocket

CLOSE, NOOP = Encoded.of("1"), Encoded.of("6")
MAX_POST_PACKETS = 256
# Seconds; what one is told that sends far too many.
FLOOD_RETRY = 60
# Clients in Python take no more than this in one answer.
MAX_POLL_PACKETS = 16
# Seconds that a GET is held while the session moves to its websocket.
MOVING_POLL = 0.1


class Polling:
    """A second GET or POST beside one that is under way ends the session, as in Node."""

    def __init__(self, socket: ChatSocket) -> None:
        self._socket = socket
        self._reason = socket.server.reason
        self._waiting: asyncio.Future[None] | None = None
        self._posting = False
        self._taken = asyncio.Event()
        # The client moves to a websocket once its GET ends, and asks anew until then.
        self.moving = False
        # Told that the session is closed, some clients stay away; after a NOOP they find out
        # with their next GET, and all come back.
        self._last_word = NOOP

    def wake(self) -> None:
        """Let the waiting GET be answered with what there is."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def get(self, request: web.Request) -> list[Encoded]:
        """What answers a GET, as soon as there is something."""
        socket = self._socket
        if self._waiting is not None:
            self._last_word = CLOSE
            socket.end(self._reason.TRANSPORT_ERROR)
            raise BadRequest("a GET of this session is already waiting")
        if not (socket.queue or socket.closing):
            try:
                await self._wait()
            except asyncio.CancelledError:
                socket.end(self._reason.TRANSPORT_CLOSE)
                raise
        if is_gone(request):
            # Nobody takes these packets any more, so the client has to start afresh.
            socket.end(self._reason.TRANSPORT_CLOSE)
        return self._take()

    async def emptied(self) -> None:
        """Waits for the GET that takes what is queued, if it comes soon: the one before it may
        have been answered with the first of it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._socket.server.flush_timeout):
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
        # Once the session has its websocket, the packets are the websocket's.
        while socket.queue and not socket.upgraded:
            room -= socket.queue.first.count
            if room < 0 and packets:
                break
            packets.append(socket.queue.pop())
        self._taken.set()
        if socket.closing:
            packets.append(self._last_word)
        return packets or [NOOP]

    async def post(self, request: web.Request) -> None:
        """A POST's packets, in order; one that cannot be read ends the session."""
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
                if number % STRIDE == 0:
                    # Others are to have their turn.
                    await asyncio.sleep(HASTY_PAUSE if socket.is_hasty else 0)
        except (BadPacket, UnicodeDecodeError) as error:
            socket.server.refuse_packet(socket, error)
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
