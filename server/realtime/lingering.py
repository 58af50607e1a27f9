"""A refused connection that stays open until its client has read why."""

from __future__ import annotations

import asyncio

from server.realtime.visits import Visit

# The bytes that a refused client may still send, so that it can read the refusal. After that
# nothing more is read.
MOST_LINGERING = 4 * 1024 * 1024
# Seconds. A client that is still sending gets this time to read the answer, before the connection
# is half closed.
TIME_TO_READ = 0.5


class Lingering(asyncio.Protocol):
    """A connection on which the answer has been sent. Bytes that the client still sends are
    dropped, up to ``MOST_LINGERING``; after that nothing is read. The connection is closed after
    ``LINGER_TIMEOUT``."""

    __slots__ = ("_half_close", "_left", "_transport", "_visit")

    def __init__(self, visit: Visit, transport: asyncio.Transport, is_sending: bool) -> None:
        self._visit = visit
        self._transport = transport
        self._left = MOST_LINGERING
        # A client that sees the connection half closed while it is sending treats that as an error,
        # and may not read the answer. So the client gets some time first.
        wait = TIME_TO_READ if is_sending else 0
        self._half_close = asyncio.get_running_loop().call_later(wait, self._say_no_more)

    def _say_no_more(self) -> None:
        if self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()

    def data_received(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._half_close.cancel()
        self._visit.end()
