"""How much one client may send: limits on events, and on frames and packets of any kind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

from server.kernel.limits import AnyRate, Bucket, Rate

# A frame or a packet weighs 1, plus 1 for each 32 KiB (a shift by 15 bits).
HEAVY = 15
# The weights of a CONNECT packet. It costs the server more than others: a token is checked, and a
# client that connects again and again enters and leaves its rooms each time.
FIRST_CONNECT, NEXT_CONNECT = 10, 50
# The limit for a client that is not in a namespace yet: it needs few frames, and it is unknown.
STRANGER = Rate(10, 128)
# The lowest limit on frames for clients in a namespace, whatever the limit on events: one event may
# come in many fragments.
LEAST_FRAMES = Rate(100, 1000)


def weight(size: int) -> int:
    return 1 + (size >> HEAVY)


def flood_of(rates: Iterable[AnyRate], factor: float = 5, seconds: int = 10) -> Rate:
    """The rate of frames that counts as a flood: far above what a client needs that keeps within
    ``rates``, the limits on its events."""
    listed = list(rates)
    per_second = max(LEAST_FRAMES.per_second, factor * max(rate.per_second for rate in listed))
    burst = max(
        LEAST_FRAMES.burst, seconds * per_second, factor * max(rate.burst for rate in listed)
    )
    return Rate(per_second, int(burst))


@dataclass(frozen=True)
class RateLimits:
    """How often one client of a namespace may send events.

    ``event`` is the token bucket that all events of a client share. An event named in ``by_event``
    has its own bucket instead; with ``None`` it has no limit. A client that sends ``flood_factor``
    times the rate of ``event``, in events of any kind, for ``flood_seconds`` seconds in a row is
    disconnected.

    ``frame`` limits all frames and packets of one connection. A client above it is disconnected at
    once. By default it is derived from the highest rate given here (see ``flood_of``).
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
    """A token bucket for each connection, stored as one number: the time at which it is full again.

    A bucket that was overdrawn once stays empty for good.
    """

    __slots__ = ("_clock", "_each", "_longest")

    def __init__(self, rate: AnyRate, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Seconds: to refill one token, and to refill an empty bucket.
        self._each = 1 / rate.per_second
        self._longest = rate.burst / rate.per_second

    def take_frame(self, full_at: float, weight: int) -> float:
        """Take ``weight`` tokens. Returns the time at which the bucket is full again, or ``inf`` if
        it held too few."""
        now = self._clock()
        full_at = max(full_at, now) + weight * self._each
        return full_at if full_at - now <= self._longest else inf

    def is_low(self, full_at: float) -> bool:
        """Whether a quarter of the bucket is used up, more than a normal client uses in a burst."""
        return full_at - self._clock() > self._longest / 4


class Meter:
    """Counts the events of one client in one namespace against the limits."""

    __slots__ = ("_buckets", "_clock", "_events", "_hot", "_limits", "_second")

    def __init__(self, limits: RateLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: dict[str | None, Bucket] = {}
        # The current second, its events, and how many seconds in a row had too many events.
        self._second = self._events = self._hot = 0

    @property
    def is_flooded(self) -> bool:
        return self._hot >= self._limits.flood_seconds

    def take_event(self, event: str) -> float:
        """Count an event. Returns 0 if it may pass, else the seconds until the next one may."""
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
