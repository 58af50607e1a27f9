"""All open connections that are not websockets: the address they count for, and their deadlines.

A connection counts for its address from the moment it is accepted; a proxy's connection counts for
the address that each request names. A connection without a place may still send a request: if the
request belongs to an open session it is answered, otherwise it is refused with the reason.
"""

from __future__ import annotations

from asyncio import get_running_loop
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from multidict import CIMultiDict

from server.kernel.errors import ChatError, RateLimited, Unavailable
from server.kernel.limits import Rate, TokenBuckets
from server.realtime.arrivals import MOST_KNOWN
from server.realtime.deadlines import Deadlines, each
from server.realtime.heads import Peer
from server.realtime.limits import ConnectionCounter, ConnectionPlace

# Seconds for the head of a request, from the accept or from the head's first byte.
HEAD_TIMEOUT = 10.0
# A body must come, and an answer must be read, at LEAST_RATE (1 KiB a second) or faster. This is
# checked at the end of each window (seconds).
BODY_WINDOW, WRITE_WINDOW, LEAST_RATE = 10.0, 20.0, 1024
# Seconds for which a refused client's data is read and dropped, so that it can read the reason.
LINGER_TIMEOUT = 5.0
# The most connections without a place, on the node and for each address. They wait for their head,
# or their client reads the refusal.
MOST_STANDING, MOST_STANDING_OF_ADDRESS = 256, 8
# How often an address that opens too many connections is sent a refusal, and how often the node
# sends one to clients that open sockets while there is no place. Other connections are just closed,
# which costs far less.
TOLD, TOLD_BY_NODE = Rate(2, 8), Rate(20, 50)
# Seconds. A connection that has been idle for this long may be closed for a new one of its address.
# One that has sent no whole head for this long may be closed for one of an address that has fewer
# such connections.
PATIENCE = 2.0


class _Newcomer:
    """A peer that has not sent a request yet."""

    def __init__(self, remote: str) -> None:
        self.remote = remote
        self.headers: CIMultiDict[str] = CIMultiDict()


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

    def __init__(self, visits: Visits, transport: Any, address: str, proxied: bool) -> None:
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
            if not visits.may_tell(self.address):
                return False
            self._refused = error
        else:
            with suppress(ChatError):
                self._place = visits.enter(self.address)
        self._standing = self._place is None and visits.stand(self.address)
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
            self._visits.idle(self._place.address, self)

    def put_out(self, address: str) -> None:
        self._host = None
        if self.proxied:
            return
        self._place = self._visits.counter.force(address)
        if self._resting:
            self._visits.idle(address, self)

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
            self._visits.sit_down(self.address)

    def _wake(self) -> None:
        if self._resting and self._place is not None:
            self._visits.busy(self._place.address, self)
        self._resting = False


class Visits:
    """All visits of a server. ``address_of`` and ``is_proxy`` are those of the engine. ``sessions``
    returns how many files the other connections hold, ``most_open`` is how many all may hold."""

    def __init__(
        self,
        counter: ConnectionCounter,
        address_of: Callable[[Peer], str],
        is_proxy: Callable[[str], bool],
        sessions: Callable[[], int],
        most_open: int,
    ) -> None:
        self.counter = counter
        self._address_of = address_of
        self._is_proxy = is_proxy
        self._sessions = sessions
        self._most_open = most_open
        self._open: set[Visit] = set()
        self._idle: dict[str, dict[Visit, float]] = {}
        self._standing: Counter[str] = Counter()
        self._told = TokenBuckets(most=MOST_KNOWN)
        # By address: the number of connections that have not sent a whole head.
        self._silent: Counter[str] = Counter()
        self.heads: Deadlines[Visit] = Deadlines(HEAD_TIMEOUT, each(self._head_is_late))
        self.bodies: Deadlines[Visit] = Deadlines(BODY_WINDOW, each(self._check_body))
        self.writes: Deadlines[Visit] = Deadlines(WRITE_WINDOW, each(self._check_write))
        self.lingering: Deadlines[Visit] = Deadlines(LINGER_TIMEOUT, each(Visit.cut))
        # Called when a body comes too slowly.
        self.slow: Callable[[Visit], None] = Visit.cut

    def __len__(self) -> int:
        return len(self._open)

    def arrive(self, transport: Any) -> Visit | None:
        """Take a new connection. Returns None if it was closed at once."""
        peer = transport.get_extra_info("peername")
        remote = str(peer[0]) if isinstance(peer, tuple) else ""
        address = self._address_of(_Newcomer(remote))
        visit = Visit(self, transport, address, self._is_proxy(remote))
        full = len(self._open) + self._sessions() >= self._most_open
        if (full and not self._close_silent(address)) or not visit.arrive():
            transport.abort()
            return None
        self._open.add(visit)
        self.begin_head(visit)
        return visit

    def begin_head(self, visit: Visit) -> None:
        if visit not in self.heads.waiting:
            visit.began = get_running_loop().time()
            self._silent[visit.address] += 1
            self.heads.start(visit)

    def end_head(self, visit: Visit) -> None:
        if self.heads.stop(visit):
            self._less(self._silent, visit.address)

    def enter(self, address: str) -> ConnectionPlace:
        """Take a place from the counter. If there is none, an idle connection of the same address
        is closed to make room."""
        try:
            return self.counter.enter(address)
        except RateLimited:
            if not self._close_idle(address):
                raise
        except Unavailable:
            if not self._close_silent(address):
                raise
        return self.counter.enter(address)

    def may_tell(self, address: str | None = None) -> bool:
        """Whether to send a refusal to this address, or with None to anybody, instead of just
        closing the connection."""
        if address is None:
            return not self._told.take_tokens("node", "", TOLD_BY_NODE)
        return not self._told.take_tokens("address", address, TOLD)

    def stand(self, address: str) -> bool:
        standing = self._standing
        if standing.total() >= MOST_STANDING or standing[address] >= MOST_STANDING_OF_ADDRESS:
            return False
        standing[address] += 1
        return True

    def sit_down(self, address: str) -> None:
        self._less(self._standing, address)

    def idle(self, address: str, visit: Visit) -> None:
        self._idle.setdefault(address, {})[visit] = get_running_loop().time()

    def busy(self, address: str, visit: Visit) -> None:
        idle = self._idle.get(address)
        if idle is not None:
            idle.pop(visit, None)
            if not idle:
                del self._idle[address]

    def forget_visit(self, visit: Visit) -> None:
        self._open.discard(visit)
        self.end_head(visit)
        for deadlines in (self.bodies, self.writes, self.lingering):
            deadlines.stop(visit)

    def begin_write(self, visit: Visit) -> None:
        visit.stalled = visit.transport.get_write_buffer_size()
        if visit.stalled and visit not in self.writes.waiting:
            self.writes.start(visit)

    def close(self) -> None:
        for visit in list(self._open):
            visit.cut()
        for deadlines in (self.heads, self.bodies, self.writes, self.lingering):
            deadlines.clear()

    def _head_is_late(self, visit: Visit) -> None:
        self._less(self._silent, visit.address)
        visit.cut()

    def _check_body(self, visit: Visit) -> None:
        if visit.progress < LEAST_RATE * BODY_WINDOW:
            self.slow(visit)
        else:
            visit.progress = 0
            self.bodies.start(visit)

    def _check_write(self, visit: Visit) -> None:
        unsent = visit.transport.get_write_buffer_size()
        if unsent and visit.stalled - unsent < LEAST_RATE * WRITE_WINDOW:
            visit.cut()
        elif unsent:
            visit.stalled = unsent
            self.writes.start(visit)

    def _close_idle(self, address: str) -> bool:
        """Close an idle connection of the address to make room. Returns whether there was one."""
        oldest = next(iter(self._idle.get(address, {}).items()), None)
        if oldest is None or oldest[1] > get_running_loop().time() - PATIENCE:
            return False
        visit = oldest[0]
        visit.end()
        visit.transport.close()
        return True

    def _close_silent(self, address: str) -> bool:
        """Close the connection that has sent no whole head for the longest time, unless the address
        has as many of that kind itself. Returns whether one was closed."""
        visit = next(iter(self.heads.waiting), None)
        if visit is None or visit.began > get_running_loop().time() - PATIENCE:
            return False
        if self._silent[visit.address] <= self._silent[address]:
            return False
        visit.end()
        visit.cut()
        return True

    @staticmethod
    def _less(counts: Counter[str], address: str) -> None:
        counts[address] -= 1
        if counts[address] <= 0:
            del counts[address]
