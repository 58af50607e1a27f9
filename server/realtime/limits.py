"""How many connections are admitted, and how fast."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from server.kernel.errors import RateLimited, Unavailable
from server.kernel.limits import AnyRate, Rate
from server.realtime.arrivals import Arrivals
from server.realtime.pace import RequestPace

FULL_ADDRESS_RETRY = 30
FULL_NODE_RETRY = 10
# A polling client needs two connections: one for the GET that waits, one for its POSTs.
MOST_GUESTS = 2


@dataclass(frozen=True)
class ConnectionLimits:
    """``None`` lifts a limit.

    ``per_address`` and ``per_node`` bound the open connections. ``new_per_second`` bounds the new
    connections of the node, ``new_by_address`` those of one address. ``requests`` is the rate at
    which the HTTP requests of one address are served, on all its connections together.
    """

    per_address: int | None = 50
    per_node: int | None = 10_000
    new_per_second: int | None = 200
    new_by_address: AnyRate | None = field(default_factory=lambda: Rate(20, 100))
    requests: AnyRate | None = field(default_factory=lambda: Rate(100, 400))

    @classmethod
    def none(cls) -> ConnectionLimits:
        return cls(None, None, None, None, None)


class Guest(Protocol):
    """A connection that carries the requests of a session and is counted with that session."""

    def put_out(self, address: str) -> None:
        """Count the connection by itself again: its session has ended."""
        ...


class Visitor(Guest, Protocol):
    """A connection that may become the connection of a session."""

    def give(self, address: str) -> ConnectionPlace:
        """Hand over the connection's place to a session. Raises ``ChatError`` if the limits leave
        no place."""
        ...

    def take_back(self, place: ConnectionPlace) -> None: ...

    def work_for(self, place: ConnectionPlace) -> None:
        """Count the connection with the session that has that place."""
        ...


class ConnectionPlace:
    """One of the places that an address may take. An open connection or a session takes one place.

    The connections that carry a session's requests are its guests and are counted with it.
    """

    __slots__ = ("_counter", "_guests", "address")

    def __init__(self, counter: ConnectionCounter, address: str) -> None:
        self._counter: ConnectionCounter | None = counter
        self._guests: list[Guest] | None = None
        self.address = address

    def host(self, guest: Guest) -> bool:
        """Accept a connection as a guest. Returns False if there is no room for it."""
        guests = self._guests or []
        if guest in guests:
            return True
        if self._counter is None or len(guests) >= MOST_GUESTS:
            return False
        self._guests = [*guests, guest]
        return True

    def dismiss(self, guest: Guest) -> None:
        if self._guests and guest in self._guests:
            self._guests.remove(guest)

    def leave(self) -> None:
        """Give up the place. A second call does nothing."""
        counter, self._counter = self._counter, None
        if counter is None:
            return
        counter.leave(self.address)
        guests, self._guests = self._guests or (), None
        for guest in guests:
            guest.put_out(self.address)


class ConnectionCounter:
    """Counts the places that are taken on this node, in total and for each address.

    Each ``ConnectionPlace`` returned must be given up with its ``leave``.
    """

    def __init__(
        self, limits: ConnectionLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits
        self._by_address: Counter[str] = Counter()
        self._total = 0
        self.arrivals = Arrivals(limits.new_per_second, limits.new_by_address, clock)
        self.pace = RequestPace(limits.requests, clock)

    def __len__(self) -> int:
        return self._total

    def enter(self, address: str) -> ConnectionPlace:
        """Take a place. Raises ``RateLimited`` if the address has too many connections, and
        ``Unavailable`` if the node has."""
        limits = self._limits
        if limits.per_address is not None and self._by_address[address] >= limits.per_address:
            raise RateLimited(
                "too many connections from this address", retry_after=FULL_ADDRESS_RETRY
            )
        if limits.per_node is not None and self._total >= limits.per_node:
            raise Unavailable("this node is full", retry_after=FULL_NODE_RETRY)
        return self.force(address)

    def force(self, address: str) -> ConnectionPlace:
        """Take a place regardless of the limits, for a connection that is already open."""
        self._by_address[address] += 1
        self._total += 1
        return ConnectionPlace(self, address)

    def leave(self, address: str) -> None:
        self._total -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
