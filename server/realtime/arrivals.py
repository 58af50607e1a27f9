"""How fast new connections are let in, and whose turn it is when more come than may."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from server.kernel.errors import RateLimited, Unavailable
from server.kernel.limits import AnyRate, Bucket, Rate, TokenBuckets

NODE_RETRY = 1

# Seconds after which a connection that was opened counts half as recent.
HALF_LIFE = 5.0
# Who has opened no more than this lately, which is nothing for a quarter of a minute, is new here.
NEW = 0.1
# Beyond the node's rate, this part of it is kept for those who are new.
SPARE = 0.25
# Of the node's burst, what is for those who are new while others are about.
LAST = 0.05
# Addresses that are remembered.
MOST_KNOWN = 100_000


class Arrivals:
    """Each address has a rate of its own, in connections and in sessions. The node's rate is for
    sessions, and whoever has opened the fewest lately comes first: while others come too, an
    address has to leave a part of them, the larger the more of the latest were its own, so that
    those who take many stop before the last is gone. None lifts a rate.
    """

    def __init__(
        self,
        per_second: int | None,
        by_address: AnyRate | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._by_address = by_address
        self._clock = clock
        self._buckets = TokenBuckets(clock, MOST_KNOWN)
        self._recent = _Recent()
        self._rates: tuple[Rate, Rate] | None = None
        if per_second is not None:
            spare = SPARE * per_second
            self._rates = Rate(per_second, per_second), Rate(spare, max(1, int(spare)))
            self._node, self._spare = (Bucket(each.burst, clock(), each) for each in self._rates)

    def connection(self, address: str) -> None:
        """Raises ``RateLimited``."""
        self._take("connection", address)

    def session(self, address: str) -> None:
        """Raises ``RateLimited`` for the address, ``Unavailable`` for the node."""
        self._take("session", address)
        if self._rates is None:
            return
        now = self._clock()
        node, spare = self._node, self._spare
        for bucket, rate in zip((node, spare), self._rates, strict=True):
            bucket.refill(now, rate)
        mine, others = self._recent.of(address, now)
        if node.tokens >= 1 + self._left_to_others(mine, others):
            node.take_tokens()
        elif mine > NEW or spare.take_tokens():
            raise Unavailable("too many new connections at once", retry_after=NODE_RETRY)
        self._recent.add_arrival(address, now)

    def _left_to_others(self, mine: float, others: float) -> float:
        """What an address must not touch that has taken ``mine``."""
        assert self._rates is not None
        if mine <= NEW or others <= NEW:
            return 0.0
        burst = self._rates[0].burst
        # By its part where few share the rate; by how many it took where many do.
        return max(1.0, LAST * burst, mine / (mine + others) * burst / 2, min(mine, burst / 4))

    def _take(self, kind: str, address: str) -> None:
        if self._by_address is None:
            return
        wait = self._buckets.take_tokens(kind, address, self._by_address)
        if wait:
            raise RateLimited(
                "too many new connections from this address", retry_after=max(1, math.ceil(wait))
            )


class _Recent:
    """What each address has taken lately: it fades."""

    def __init__(self) -> None:
        # How much, as of when.
        self._by_address: dict[str, tuple[float, float]] = {}
        self._total = (0.0, 0.0)
        self._tidy_at = 1024

    def of(self, address: str, now: float) -> tuple[float, float]:
        """That of the address, and that of all others."""
        mine = _faded(self._by_address.get(address, (0.0, now)), now)
        return mine, max(0.0, _faded(self._total, now) - mine)

    def add_arrival(self, address: str, now: float) -> None:
        mine, others = self.of(address, now)
        # Taken out and put in again, it stands last: the dict is in order of use.
        self._by_address.pop(address, None)
        self._by_address[address] = (mine + 1, now)
        self._total = (mine + others + 1, now)
        if len(self._by_address) >= self._tidy_at:
            self._tidy(now)

    def _tidy(self, now: float) -> None:
        """At every doubling, so that it costs each ``add`` next to nothing."""
        held = self._by_address
        kept = {key: each for key, each in held.items() if _faded(each, now) > NEW}
        for key in list(kept)[: max(0, len(kept) - MOST_KNOWN // 2)]:
            del kept[key]
        self._by_address = kept
        self._tidy_at = max(1024, 2 * len(kept))


def _faded(amount: tuple[float, float], now: float) -> float:
    taken, at = amount
    return float(taken * 0.5 ** ((now - at) / HALF_LIFE))
