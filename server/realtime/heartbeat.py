"""PING after PING, and an end for those who do not answer."""

from __future__ import annotations

from server.realtime.deadlines import Deadlines
from server.realtime.outgoing import Encoded
from server.realtime.sockets import ChatSocket

PING = Encoded.of("2")


class Heartbeat:
    """A PING ``interval`` seconds after the last PONG; silence for ``timeout`` is the end."""

    def __init__(self, interval: float, timeout: float) -> None:
        self._pings: Deadlines[ChatSocket] = Deadlines(interval, self._ping)
        self._pongs: Deadlines[ChatSocket] = Deadlines(timeout, self._silent)

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
        if socket in self._pongs:
            self._pongs.start(socket)

    def ponged(self, socket: ChatSocket) -> None:
        if self._pongs.stop(socket):
            self._pings.start(socket)

    def _ping(self, socket: ChatSocket) -> None:
        self._pongs.start(socket)
        socket.post(PING)

    def _silent(self, socket: ChatSocket) -> None:
        socket.end(socket.server.reason.PING_TIMEOUT)
