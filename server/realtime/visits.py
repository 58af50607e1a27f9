"""Every open connection that has not become a websocket: whose it is, and how long it may wait.

A connection counts for its address from the moment it is accepted; a proxy's, for the address that
each request names. One for which there is no place may still say what it wants: it may belong to a
session that is here, and else it is told why it is refused.
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

# Seconds for a request's head: from the accept, or from its first byte.
HEAD_TIMEOUT = 10.0
# A body, and what is written to a client, gets on by so many bytes in so many seconds: 1 KiB/s.
BODY_WINDOW, WRITE_WINDOW, LEAST_RATE = 10.0, 20.0, 1024
# What a refused client still sends is thrown away so long, so that it can read why (s).
LINGER_TIMEOUT = 5.0
# Connections without a place that wait for their head or read their refusal.
MOST_STANDING, MOST_STANDING_OF_ADDRESS = 256, 8
# How often an address that opens too many is told so, and how often the node tells those who open
# sockets while there is no place: to tell costs far more than to close.
TOLD, TOLD_BY_NODE = Rate(2, 8), Rate(20, 50)
# A connection that has been idle for so long makes room for another one of its address; one that
# has not said what it wants for so long, for one of an address that has fewer of those (s).
PATIENCE = 2.0


class _Newcomer:
    """A peer that has said nothing yet."""

    def __init__(self, remote: str) -> None:
        self.remote = remote
        self.headers: CIMultiDict[str] = CIMultiDict()


class Visit:
    """One connection. ``end`` is for whoever sees its end, or makes something else of it."""

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
        # Whose it was when it was accepted.
        self.address = address
        self.proxied = proxied
        self.began = get_running_loop().time()
        # Its own place, or that of the session for which it works.
        self._place: ConnectionPlace | None = None
        self._host: ConnectionPlace | None = None
        # It came too fast: it gets no place of its own.
        self._refused: ChatError | None = None
        self._standing = False
        self._resting = False
        # Bytes of the body since its deadline began; unsent ones when theirs did.
        self.progress = 0
        self.stalled = 0

    def arrive(self) -> bool:
        """Whether it may stay."""
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
        """At each request: whose it is, and the session's place that it belongs to, if it does.
        What refuses it, else None."""
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
        """Its place, for a session that begins. Raises what refuses it."""
        refused = self.come(address, None)
        if refused is not None:
            raise refused
        place, self._place = self._place, None
        assert place is not None
        return place

    def take_back(self, place: ConnectionPlace) -> None:
        self._place = place

    def work_for(self, place: ConnectionPlace) -> None:
        """The session's requests come this way; with its place it has given its own away."""
        if place.host(self):
            self._move(None, place)

    def rest(self) -> None:
        """A request is answered, and no other one is here."""
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
        """It is gone, or no visit any more."""
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
    """``address_of`` and ``is_proxy`` as the engine has them; ``sessions`` says how many files the
    other connections hold, ``most_open`` how many all may."""

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
        # Those without a head, by address.
        self._silent: Counter[str] = Counter()
        self.heads: Deadlines[Visit] = Deadlines(HEAD_TIMEOUT, each(self._head_is_late))
        self.bodies: Deadlines[Visit] = Deadlines(BODY_WINDOW, each(self._check_body))
        self.writes: Deadlines[Visit] = Deadlines(WRITE_WINDOW, each(self._check_write))
        self.lingering: Deadlines[Visit] = Deadlines(LINGER_TIMEOUT, each(Visit.cut))
        # Tells who reads a body that it comes too slowly.
        self.slow: Callable[[Visit], None] = Visit.cut

    def __len__(self) -> int:
        return len(self._open)

    def arrive(self, transport: Any) -> Visit | None:
        """A new connection; None when it was closed at once."""
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
        """As the counter's, after making room where that is fair."""
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
        """Whether an address that comes too often, or anybody (None), is told so."""
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
        """Whether one of the address's own connections that are not used made room."""
        oldest = next(iter(self._idle.get(address, {}).items()), None)
        if oldest is None or oldest[1] > get_running_loop().time() - PATIENCE:
            return False
        visit = oldest[0]
        visit.end()
        visit.transport.close()
        return True

    def _close_silent(self, address: str) -> bool:
        """Whether one that has said nothing for the longest time made room: not for those who have
        as many of that kind."""
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
