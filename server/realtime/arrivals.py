"""How fast new connections are admitted, and which come first if more arrive than are admitted."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from server.kernel.errors import RateLimited, Unavailable
from server.kernel.limits import AnyRate, Bucket, Rate, TokenBuckets

BUSY_NODE_RETRY = 1

# Each connection that an address opens counts half as much after this many seconds.
ARRIVAL_HALF_LIFE = 5.0
# An address whose recent connections count no more than this is new. A single connection counts
# that little after about a quarter of a minute.
NEW = 0.1
# In addition to the node's rate, this part of it is reserved for new addresses.
SPARE = 0.25
# The part of the node's burst that is left to new addresses while several addresses connect.
LAST = 0.05
# The most addresses that are remembered.
MOST_ADDRESSES = 100_000


class Arrivals:
    """The rates of new connections and sessions; None lifts a rate.

    Each address has its own rate for connections and for sessions. The node's rate is for sessions,
    and the addresses that have opened the fewest lately come first. While other addresses connect
    too, an address must leave a part of the node's burst to them. The more of the latest sessions
    were its own, the larger that part is. So addresses that open many are refused before the burst
    is used up.
    """

    def __init__(
        self,
        per_second: int | None,
        by_address: AnyRate | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._by_address = by_address
        self._clock = clock
        self._buckets = TokenBuckets(clock, MOST_ADDRESSES)
        self._recent = _Recent()
        self._rates: tuple[Rate, Rate] | None = None
        if per_second is not None:
            spare = SPARE * per_second
            self._rates = Rate(per_second, per_second), Rate(spare, max(1, int(spare)))
            self._node, self._spare = (Bucket(each.burst, clock(), each) for each in self._rates)

    def connection(self, address: str) -> None:
        """Count a new connection. Raises ``RateLimited`` if the address opens too many."""
        self._take("connection", address)

    def session(self, address: str) -> None:
        """Count a new session. Raises ``RateLimited`` if the address opens too many, and
        ``Unavailable`` if the node gets too many."""
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
            raise Unavailable("too many new connections at once", retry_after=BUSY_NODE_RETRY)
        self._recent.add_arrival(address, now)

    def _left_to_others(self, mine: float, others: float) -> float:
        """The tokens that an address must leave to others if its recent sessions count ``mine``."""
        assert self._rates is not None
        if mine <= NEW or others <= NEW:
            return 0.0
        burst = self._rates[0].burst
        # If few addresses share the rate, the share of the recent sessions decides; if many do, the
        # number of the address's own.
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
    """The recent sessions of each address, which count less and less with time."""

    def __init__(self) -> None:
        # By address: the count, and the time it was computed for.
        self._by_address: dict[str, tuple[float, float]] = {}
        self._total = (0.0, 0.0)
        self._tidy_at = 1024

    def of(self, address: str, now: float) -> tuple[float, float]:
        """The count of the address, and the count of all others together."""
        mine = _faded(self._by_address.get(address, (0.0, now)), now)
        return mine, max(0.0, _faded(self._total, now) - mine)

    def add_arrival(self, address: str, now: float) -> None:
        mine, others = self.of(address, now)
        # Removed and added again at the end, so that the dict stays in the order of use.
        self._by_address.pop(address, None)
        self._by_address[address] = (mine + 1, now)
        self._total = (mine + others + 1, now)
        if len(self._by_address) >= self._tidy_at:
            self._tidy(now)

    def _tidy(self, now: float) -> None:
        """Forget addresses with a small count. It runs each time the dict has doubled, so it costs
        each ``add_arrival`` almost nothing."""
        held = self._by_address
        kept = {key: each for key, each in held.items() if _faded(each, now) > NEW}
        for key in list(kept)[: max(0, len(kept) - MOST_ADDRESSES // 2)]:
            del kept[key]
        self._by_address = kept
        self._tidy_at = max(1024, 2 * len(kept))


def _faded(amount: tuple[float, float], now: float) -> float:
    taken, at = amount
    return float(taken * 0.5 ** ((now - at) / ARRIVAL_HALF_LIFE))
