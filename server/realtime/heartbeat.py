"""PING after PING, and an end for those who do not answer."""

from __future__ import annotations

from collections.abc import Callable

from server.realtime.deadlines import Deadlines, each
from server.realtime.outgoing import Encoded
from server.realtime.sockets import ChatSocket

PING = Encoded.of("2")


class Heartbeat:
    """A PING ``interval`` seconds after the last PONG; silence for ``timeout`` is the end.

    Both come early rather than late: clients count the seconds too.
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
        """Whatever a client sends shows that it lives, even if its PONG is far behind."""
        if socket in self._unanswered:
            self._pongs.start(socket)

    def ponged(self, socket: ChatSocket) -> None:
        if self._pongs.stop(socket):
            self._pings.start(socket)

    def _ping(self, sockets: list[ChatSocket]) -> None:
        for socket in sockets:
            self._pongs.start(socket)
        self._send(sockets, PING)

    def _silent(self, socket: ChatSocket) -> None:
        socket.end(socket.server.reason.PING_TIMEOUT)
