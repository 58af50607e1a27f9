"""How much one client may send: its events, and frames and packets of any kind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

from server.kernel.limits import AnyRate, Bucket, Rate

# What a frame or a packet weighs: one, and one more for each 32 KiB of it. As a shift.
HEAVY = 15
# A CONNECT asks for more than others do: a token is checked, and for those who come and go rooms
# are entered and left again.
FIRST_CONNECT, NEXT_CONNECT = 10, 50
# Until a client is in a namespace it has little to say, and nobody knows it.
STRANGER = Rate(10, 128)
# What all others may send at least, whatever their events are limited to: one of those may come in
# many fragments.
LEAST = Rate(100, 1000)


def weight(size: int) -> int:
    return 1 + (size >> HEAVY)


def flood_of(rates: Iterable[AnyRate], factor: float = 5, seconds: int = 10) -> Rate:
    """What nobody comes near who keeps within these rates, of several kinds of events."""
    listed = list(rates)
    per_second = max(LEAST.per_second, factor * max(rate.per_second for rate in listed))
    burst = max(LEAST.burst, seconds * per_second, factor * max(rate.burst for rate in listed))
    return Rate(per_second, int(burst))


@dataclass(frozen=True)
class RateLimits:
    """How often one client of a namespace may send: a token bucket for all its events.

    Those in ``by_event`` have a bucket of their own, or none at all with ``None``. Whoever sends
    ``flood_factor`` times what ``event`` allows, whatever it is, for ``flood_seconds`` on end, is
    closed.

    ``frame`` is for all that comes over one connection, frames and packets of every kind: who
    sends more is closed at once. By default it is what makes a flood of any rate given here.
    """

    event: AnyRate = field(default_factory=lambda: Rate(20, 60))
    by_event: Mapping[str, AnyRate | None] = field(default_factory=dict)
    flood_factor: float = 5
    flood_seconds: int = 10
    frame: AnyRate | None = None

    @property
    def frames(self) -> AnyRate:
        rates = [self.event, *filter(None, self.by_event.values())]
        return self.frame or flood_of(rates, self.flood_factor, self.flood_seconds)


class FrameLimit:
    """A token bucket for each connection, which keeps one number of it: when it is full again.

    A bucket that was overdrawn once is never full again.
    """

    __slots__ = ("_clock", "_each", "_longest")

    def __init__(self, rate: AnyRate, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Seconds.
        self._each = 1 / rate.per_second
        self._longest = rate.burst / rate.per_second

    def take_frame(self, full_at: float, weight: int) -> float:
        """When the bucket is full again once so much was taken; ``inf``: there was not so much."""
        now = self._clock()
        full_at = max(full_at, now) + weight * self._each
        return full_at if full_at - now <= self._longest else inf

    def is_low(self, full_at: float) -> bool:
        """Whether a quarter of the bucket is gone, which is more than a client has in a burst."""
        return full_at - self._clock() > self._longest / 4


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

    def take_event(self, event: str) -> float:
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
        return bucket.take_tokens()

    def _count(self, second: int) -> None:
        if second != self._second:
            most = self._limits.flood_factor * self._limits.event.per_second
            steady = second == self._second + 1 and self._events >= most
            self._hot = self._hot + 1 if steady else 0
            self._second, self._events = second, 0
        self._events += 1
