"""Moving a session from polling to a websocket."""

from __future__ import annotations

from server.realtime import frames
from server.realtime.deadlines import Deadlines
from server.realtime.frames import FrameError
from server.realtime.meters import FIRST_CONNECT
from server.realtime.sockets import ChatSocket
from server.realtime.turns import ReaderTurns
from server.realtime.websocket import WebSocket


class Probe:
    """A websocket that a polling session is about to move to.

    The client sends a probe and gets an answer, its waiting GET is answered, and then it sends the
    upgrade packet. A client in a hurry may send that at once. If it does anything else or is too
    slow, the session goes on polling.
    """

    __slots__ = ("_answered", "_deadlines", "_socket", "_websocket")

    def __init__(self, socket: ChatSocket, deadlines: Deadlines[Probe]) -> None:
        self._socket = socket
        self._deadlines = deadlines
        self._websocket: WebSocket | None = None
        self._answered = False

    def begin(self, websocket: WebSocket) -> None:
        self._websocket = self._socket.probing = websocket
        self._deadlines.start(self)
        # Each attempt opens a connection, so repeated attempts must count against the limit.
        self._socket.charge(FIRST_CONNECT)

    @property
    def turns(self) -> ReaderTurns:
        return self._socket.turns

    def charge(self, weight: int) -> bool:
        """Count its frames against the session's limit."""
        return self._socket.charge(weight)

    def received(self, data: str | bytes) -> None:
        socket, websocket = self._socket, self._websocket
        assert websocket is not None
        if not self._answered and data == "2probe":
            self._answered = True
            websocket.write(frames.build_frame(b"3probe"))
            socket.polling.moving = True
            socket.polling.wake()
        elif data == "5" and not socket.closing:
            self._done()
            socket.open(websocket)
        else:
            raise FrameError("the upgrade to a websocket went wrong", frames.NORMAL)

    def failed(self, error: Exception) -> None:
        self.give_up(getattr(error, "code", frames.PROTOCOL_ERROR))

    def give_up(self, code: int = frames.NORMAL) -> None:
        """Close the websocket. The session goes on polling."""
        self._done()
        if self._websocket is not None:
            self._socket.server.spawn(self._websocket.close(code))

    def lost(self) -> None:
        self._done()

    def _done(self) -> None:
        socket = self._socket
        self._deadlines.stop(self)
        if socket.probing is self._websocket:
            socket.upgrading, socket.probing = False, None
            if not socket.closing:
                socket.polling.moving = False

    def paused(self) -> None:
        """Do nothing: only one packet is ever written to a probe."""

    def resumed(self) -> None:
        """Do nothing, for the same reason as ``paused``."""
