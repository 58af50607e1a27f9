"""The deadlines of all visits, and which of them make room when a new connection comes."""

from __future__ import annotations

from asyncio import get_running_loop
from collections import Counter
from collections.abc import Callable
from typing import Any

from multidict import CIMultiDict

from server.kernel.errors import RateLimited, Unavailable
from server.realtime.deadlines import Deadlines, each
from server.realtime.heads import Peer
from server.realtime.idle import IdleConnections
from server.realtime.limits import ConnectionCounter, ConnectionPlace
from server.realtime.standing import Standing, count_less
from server.realtime.visits import Visit

# Seconds for the head of a request, from the accept or from the head's first byte.
HEAD_TIMEOUT = 10.0
# A body must come, and an answer must be read, at LEAST_RATE (1 KiB a second) or faster. This is
# checked at the end of each window (seconds).
BODY_WINDOW, WRITE_WINDOW, LEAST_RATE = 10.0, 20.0, 1024
# Seconds for which a refused client's data is read and dropped, so that it can read the reason.
LINGER_TIMEOUT = 5.0
# Seconds. A connection that has been idle for this long may be closed for a new one of its address.
# One that has sent no whole head for this long may be closed for one of an address that has fewer
# such connections.
LEAST_IDLE = 2.0


class _Newcomer:
    """A peer that has not sent a request yet."""

    def __init__(self, remote: str) -> None:
        self.remote = remote
        self.headers: CIMultiDict[str] = CIMultiDict()


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
        self.idle: IdleConnections[Visit] = IdleConnections()
        self.standing = Standing()
        # By address: the number of connections that have not sent a whole head.
        self._silent: Counter[str] = Counter()
        self.heads: Deadlines[Visit] = Deadlines(HEAD_TIMEOUT, each(self._head_is_late))
        self.bodies: Deadlines[Visit] = Deadlines(BODY_WINDOW, each(self._measure_body))
        self.writes: Deadlines[Visit] = Deadlines(WRITE_WINDOW, each(self._measure_write))
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
            count_less(self._silent, visit.address)

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
        count_less(self._silent, visit.address)
        visit.cut()

    def _measure_body(self, visit: Visit) -> None:
        if visit.progress < LEAST_RATE * BODY_WINDOW:
            self.slow(visit)
        else:
            visit.progress = 0
            self.bodies.start(visit)

    def _measure_write(self, visit: Visit) -> None:
        unsent = visit.transport.get_write_buffer_size()
        if unsent and visit.stalled - unsent < LEAST_RATE * WRITE_WINDOW:
            visit.cut()
        elif unsent:
            visit.stalled = unsent
            self.writes.start(visit)

    def _close_idle(self, address: str) -> bool:
        """Close an idle connection of the address to make room. Returns whether there was one."""
        visit = self.idle.longest_idle(address, LEAST_IDLE)
        if visit is None:
            return False
        visit.end()
        visit.transport.close()
        return True

    def _close_silent(self, address: str) -> bool:
        """Close the connection that has sent no whole head for the longest time, unless the address
        has as many of that kind itself. Returns whether one was closed."""
        visit = next(iter(self.heads.waiting), None)
        if visit is None or visit.began > get_running_loop().time() - LEAST_IDLE:
            return False
        if self._silent[visit.address] <= self._silent[address]:
            return False
        visit.end()
        visit.cut()
        return True
