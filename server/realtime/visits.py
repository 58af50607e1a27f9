"""An open connection that is not a websocket: the address or the session that it counts for.

A connection counts for its address from the moment it is accepted; a proxy's connection counts for
the address that each request names. A connection without a place may still send a request: if the
request belongs to an open session it is answered, otherwise it is refused with the reason.
"""

from __future__ import annotations

from asyncio import get_running_loop
from contextlib import suppress
from typing import Any, Protocol

from server.kernel.errors import ChatError, RateLimited
from server.realtime.idle import IdleConnections
from server.realtime.limits import ConnectionCounter, ConnectionPlace
from server.realtime.standing import Standing


class VisitKeeper(Protocol):
    """The part of ``Visits`` that a visit uses."""

    counter: ConnectionCounter
    idle: IdleConnections[Visit]
    standing: Standing

    def enter(self, address: str) -> ConnectionPlace:
        """Take a place from the counter, or make room for one."""
        ...

    def forget_visit(self, visit: Visit) -> None: ...


class Visit:
    """One connection. ``end`` must be called when the connection is lost or becomes something else,
    such as a websocket."""

    __slots__ = (
        "_host",
        "_place",
        "_refused",
        "_resting",
        "_standing",
        "_visits",
        "address",
        "began",
        "progress",
        "proxied",
        "stalled",
        "transport",
    )

    def __init__(self, visits: VisitKeeper, transport: Any, address: str, proxied: bool) -> None:
        self._visits = visits
        self.transport = transport
        # The address that it was accepted from.
        self.address = address
        self.proxied = proxied
        self.began = get_running_loop().time()
        # Its own place, or the place of the session whose requests it carries.
        self._place: ConnectionPlace | None = None
        self._host: ConnectionPlace | None = None
        # Set if its address opened connections too fast: then it gets no place of its own.
        self._refused: ChatError | None = None
        self._standing = False
        self._resting = False
        # Bytes of the body since its window began; unsent bytes when the window of writes began.
        self.progress = 0
        self.stalled = 0

    def arrive(self) -> bool:
        """Find a place for a new connection. Returns False if it must be closed at once."""
        if self.proxied:
            return True
        visits = self._visits
        try:
            visits.counter.arrivals.connection(self.address)
        except RateLimited as error:
            if not visits.standing.may_tell(self.address):
                return False
            self._refused = error
        else:
            with suppress(ChatError):
                self._place = visits.enter(self.address)
        self._standing = self._place is None and visits.standing.stand(self.address)
        return self._standing or self._place is not None

    def come(self, address: str, host: ConnectionPlace | None) -> ChatError | None:
        """Count a request for ``address``, or with the session whose place is ``host``. Returns the
        error that refuses the request, or None."""
        self._wake()
        if host is not None and host.host(self):
            self._move(None, host)
            return None
        if self._refused is not None:
            return self._refused
        if self._place is not None and self._place.address == address:
            return None
        self._move(None, None)
        try:
            self._move(self._visits.enter(address), None)
        except ChatError as error:
            return error
        return None

    @property
    def is_hosted(self) -> bool:
        """Whether it carries a session's requests."""
        return self._host is not None

    def give(self, address: str) -> ConnectionPlace:
        """Hand over its place to a session that begins. Raises ``ChatError`` if it has none."""
        refused = self.come(address, None)
        if refused is not None:
            raise refused
        place, self._place = self._place, None
        assert place is not None
        return place

    def take_back(self, place: ConnectionPlace) -> None:
        self._place = place

    def work_for(self, place: ConnectionPlace) -> None:
        """Carry the requests of the session with that place, which was this connection's own."""
        if place.host(self):
            self._move(None, place)

    def rest(self) -> None:
        """Note that it is idle: its request is answered, and no other has come."""
        if self.proxied:
            self._move(None, None)
            return
        self._resting = True
        if self._place is not None:
            self._visits.idle.add_idle(self._place.address, self)

    def put_out(self, address: str) -> None:
        self._host = None
        if self.proxied:
            return
        self._place = self._visits.counter.force(address)
        if self._resting:
            self._visits.idle.add_idle(address, self)

    def cut(self) -> None:
        self.transport.abort()

    def end(self) -> None:
        """Give up its places and deadlines: the connection is lost or has become something else."""
        self._wake()
        self._move(None, None)
        self._sit_down()
        self._visits.forget_visit(self)

    def _move(self, place: ConnectionPlace | None, host: ConnectionPlace | None) -> None:
        if self._place is not None and self._place is not place:
            self._place.leave()
        if self._host is not None and self._host is not host:
            self._host.dismiss(self)
        self._place, self._host = place, host
        if place is not None or host is not None:
            self._sit_down()

    def _sit_down(self) -> None:
        if self._standing:
            self._standing = False
            self._visits.standing.sit_down(self.address)

    def _wake(self) -> None:
        if self._resting and self._place is not None:
            self._visits.idle.remove_idle(self._place.address, self)
        self._resting = False
