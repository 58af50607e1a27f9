"""Heartbeats: sends PINGs, and ends sessions whose client does not answer."""

from __future__ import annotations

from collections.abc import Callable

from server.realtime.deadlines import Deadlines, each
from server.realtime.outgoing import Encoded
from server.realtime.sockets import ChatSocket

PING_PACKET = Encoded.of("2")


class Heartbeat:
    """Sends a PING ``interval`` seconds after the last PONG. A client that sends nothing for
    ``timeout`` seconds after a PING is disconnected.

    Both happen a little early rather than late (see ``Deadlines``), as clients keep the same time.
    """

    def __init__(
        self, interval: float, timeout: float, send: Callable[[list[ChatSocket], Encoded], None]
    ) -> None:
        self._send = send
        self._pings: Deadlines[ChatSocket] = Deadlines(interval, self._ping, early=True)
        self._pongs: Deadlines[ChatSocket] = Deadlines(timeout, each(self._silent), early=True)
        self._unanswered = self._pongs.waiting

    def start(self, socket: ChatSocket) -> None:
        self._pings.start(socket)

    def stop(self, socket: ChatSocket) -> None:
        self._pings.stop(socket)
        self._pongs.stop(socket)

    def clear(self) -> None:
        self._pings.clear()
        self._pongs.clear()

    def heard(self, socket: ChatSocket) -> None:
        """Note that a client has sent something. Any packet shows that the client is alive, even if
        its PONG is far behind in the queue."""
        if socket in self._unanswered:
            self._pongs.start(socket)

    def ponged(self, socket: ChatSocket) -> None:
        if self._pongs.stop(socket):
            self._pings.start(socket)

    def _ping(self, sockets: list[ChatSocket]) -> None:
        for socket in sockets:
            self._pongs.start(socket)
        self._send(sockets, PING_PACKET)

    def _silent(self, socket: ChatSocket) -> None:
        socket.end(socket.server.reason.PING_TIMEOUT)
