"""How fast each address is served over HTTP, and whose turn it is among those who ask often.

To refuse a request costs as much as to serve it, so nothing is refused: the connection waits with
its request, and while it waits no more of it is read.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from server.kernel.limits import AnyRate
from server.realtime.arrivals import MOST_ADDRESSES

# Requests that are let through in one turn of the loop, whoever sends them.
PACE_STRIDE = 8
# Seconds between two requests of those who have used up the first part of their bucket, all
# together: in between, everybody else has the loop.
PACE_PAUSE = 0.002
# The first part of a bucket is this of it.
FIRST_PART = 1 / 4
# Who would have to wait for longer is not served any more (s).
LONGEST_WAIT = 10.0
# What sums of seconds may be off by.
_ROUNDING = 1e-6


class RequestPace:
    """A bucket for each address. None lifts the limit.

    Within the first part of its bucket an address is served at once; within the rest it takes
    turns with others like it; beyond, it waits for the bucket to fill.
    """

    def __init__(self, rate: AnyRate | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # When the bucket of each address is full again, that of the latest last.
        self._full_at: dict[str, float] = {}
        self._tidy_at = 1024
        self._turns = RequestTurns()
        self._limited = rate is not None
        if rate is not None:
            # Seconds.
            self._each = 1 / rate.per_second
            self._whole = rate.burst / rate.per_second

    def __len__(self) -> int:
        """Addresses that are remembered."""
        return len(self._full_at)

    async def enter(self, address: str, *, waits: bool = True, only_turns: bool = False) -> bool:
        """Returns when the request may be served; False: it is not to be.

        ``waits`` False: it is not served where it would have to wait for its bucket.
        ``only_turns``: it never waits for that, but it takes turns with others like it.
        """
        if not self._limited:
            return True
        key = f"turns {address}" if only_turns else address
        wait, is_low = self._take(key, LONGEST_WAIT if waits and not only_turns else 0.0)
        if wait is None and not only_turns:
            return False
        if wait:
            await asyncio.sleep(wait)
        if is_low or self._turns.are_taken:
            await self._turns.wait_for_turn(address, is_low)
        else:
            self._turns.count()
        return True

    def _take(self, key: str, longest: float) -> tuple[float | None, bool]:
        """The seconds to wait, and whether the first part is used up. Where it is more than
        ``longest``, nothing is taken, and the wait is None."""
        now = self._clock()
        # Taken out and put in again, it stands last: the dict is in order of use.
        full_at = max(self._full_at.pop(key, now), now) + self._each
        wait: float | None = max(0.0, full_at - now - self._whole)
        if wait is not None and wait > longest + _ROUNDING:
            full_at -= self._each
            wait = None
        self._full_at[key] = full_at
        if len(self._full_at) >= self._tidy_at:
            self._tidy(now)
        return wait, full_at - now > self._whole * FIRST_PART

    def _tidy(self, now: float) -> None:
        """At every doubling, so that it costs each request next to nothing."""
        kept = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        for key in list(kept)[: max(0, len(kept) - MOST_ADDRESSES // 2)]:
            del kept[key]
        self._full_at = kept
        self._tidy_at = max(1024, 2 * len(kept))


class RequestTurns:
    """Who waits is let through address by address, and each address's in the order they came."""

    def __init__(self) -> None:
        self._served = 0
        self._counting = False
        # Those who wait for the next turn of the loop, and those who ask often.
        self._soon: deque[asyncio.Future[None]] = deque()
        self._often: dict[str, deque[asyncio.Future[None]]] = {}
        self._running = False

    @property
    def are_taken(self) -> bool:
        """Whether this turn of the loop has served as many as it may."""
        return self._served >= PACE_STRIDE

    def count(self) -> None:
        self._served += 1
        if not self._counting:
            self._counting = True
            asyncio.get_running_loop().call_soon(self._end_turn)

    async def wait_for_turn(self, address: str, is_low: bool) -> None:
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        if not is_low:
            self._soon.append(turn)
        else:
            self._often.setdefault(address, deque()).append(turn)
            if not self._running:
                self._running = True
                loop.call_later(PACE_PAUSE, self._serve_one)
        await turn

    def _end_turn(self) -> None:
        self._served = 0
        self._counting = False
        for _ in range(min(PACE_STRIDE, len(self._soon))):
            self._let(self._soon.popleft())
            self._served += 1
        if self._served:
            self._counting = True
            asyncio.get_running_loop().call_soon(self._end_turn)

    def _serve_one(self) -> None:
        address = next(iter(self._often))
        waiting = self._often.pop(address)
        self._let(waiting.popleft())
        if waiting:
            # Last: all others come first.
            self._often[address] = waiting
        self._running = bool(self._often)
        if self._running:
            asyncio.get_running_loop().call_later(PACE_PAUSE, self._serve_one)

    @staticmethod
    def _let(turn: asyncio.Future[None]) -> None:
        if not turn.done():
            turn.set_result(None)
