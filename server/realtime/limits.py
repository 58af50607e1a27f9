"""How many connections are let in, and how fast; how many events of one client are."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from server.errors import RateLimited, Unavailable
from server.limits import AnyRate, Bucket, Rate

ADDRESS_RETRY = 30
NODE_RETRY = 10
RATE_RETRY = 1


@dataclass(frozen=True)
class ConnectionLimits:
    """``None`` lifts a limit."""

    per_address: int | None = 50
    per_node: int | None = 10_000
    new_per_second: int | None = 200

    @classmethod
    def none(cls) -> ConnectionLimits:
        return cls(per_address=None, per_node=None, new_per_second=None)


class ConnectionCounter:
    """Counts the open connections: whoever ``enter`` let in must ``leave``, once."""

    def __init__(
        self, limits: ConnectionLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._by_address: Counter[str] = Counter()
        self._total = 0
        self._tokens = float(limits.new_per_second or 0)
        self._filled_at = clock()

    def __len__(self) -> int:
        return self._total

    def enter(self, address: str) -> None:
        """Raises ``RateLimited`` for the address, ``Unavailable`` for the node."""
        limits = self._limits
        if limits.per_address is not None and self._by_address[address] >= limits.per_address:
            raise RateLimited("too many connections from this address", retry_after=ADDRESS_RETRY)
        if limits.per_node is not None and self._total >= limits.per_node:
            raise Unavailable("this node is full", retry_after=NODE_RETRY)
        if not self._take_token():
            raise Unavailable("too many new connections at once", retry_after=RATE_RETRY)
        self._by_address[address] += 1
        self._total += 1

    def leave(self, address: str) -> None:
        self._total -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def _take_token(self) -> bool:
        rate = self._limits.new_per_second
        if rate is None:
            return True
        now = self._clock()
        self._tokens = min(float(rate), self._tokens + (now - self._filled_at) * rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@dataclass(frozen=True)
class RateLimits:
    """How often one client of a namespace may send: a token bucket for all its events.

    Those in ``by_event`` have a bucket of their own, or none at all with ``None``. Whoever sends
    ``flood_factor`` times what ``event`` allows, whatever it is, for ``flood_seconds`` on end, is
    closed.
    """

    event: AnyRate = field(default_factory=lambda: Rate(20, 60))
    by_event: Mapping[str, AnyRate | None] = field(default_factory=dict)
    flood_factor: float = 5
    flood_seconds: int = 10


class Meter:
    """What one client has sent, held against the limits."""

    __slots__ = ("_buckets", "_clock", "_events", "_hot", "_limits", "_second")

    def __init__(self, limits: RateLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: dict[str | None, Bucket] = {}
        # Events in the running second, and how many seconds on end were too many.
        self._second = self._events = self._hot = 0

    @property
    def is_flooded(self) -> bool:
        return self._hot >= self._limits.flood_seconds

    def take(self, event: str) -> float:
        """0 for an event that may pass, else the seconds to wait for the next."""
        limits, now = self._limits, self._clock()
        self._count(int(now))
        kind = event if event in limits.by_event else None
        rate = limits.event if kind is None else limits.by_event[kind]
        if rate is None:
            return 0
        bucket = self._buckets.get(kind)
        if bucket is None:
            bucket = self._buckets[kind] = Bucket(float(rate.burst), now, rate)
        bucket.refill(now, rate)
        return bucket.take()

    def _count(self, second: int) -> None:
        if second != self._second:
            most = self._limits.flood_factor * self._limits.event.per_second
            steady = second == self._second + 1 and self._events >= most
            self._hot = self._hot + 1 if steady else 0
            self._second, self._events = second, 0
        self._events += 1
