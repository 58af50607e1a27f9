"""What a websocket needs of the object that it belongs to."""

from __future__ import annotations

from typing import Protocol

from server.realtime.turns import ReaderTurns


class Owner(Protocol):
    """The object that a websocket belongs to: it gets the client's messages, in the order sent.

    If ``received`` raises, the websocket ignores everything that follows and calls ``failed``. A
    ``ValueError`` means that the client made a mistake.
    """

    @property
    def turns(self) -> ReaderTurns: ...

    def charge(self, weight: int) -> bool:
        """Count the weight of frames that were read. Returns False if the client sent too much;
        the owner then closes the websocket."""

    def received(self, data: str | bytes) -> None: ...

    def failed(self, error: Exception) -> None:
        """Handle an error in reading or handling a frame. The owner should close the websocket."""

    def paused(self) -> None:
        """The client reads more slowly than the server writes: stop writing."""

    def resumed(self) -> None: ...

    def lost(self) -> None:
        """The connection is lost, or the client has sent a close frame. May be called twice."""
