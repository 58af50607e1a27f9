"""How fast each address is served over HTTP, and in which order the addresses take turns.

Refusing a request costs as much as serving it. So requests are not refused but made to wait, and
nothing more is read from a connection whose request waits.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from server.kernel.limits import AnyRate
from server.realtime.arrivals import MOST_ADDRESSES

# The most requests, of all addresses together, that are let through in one turn of the loop.
PACE_STRIDE = 8
# Addresses that have used up the first part of their bucket share one queue. Seconds between two
# requests of that queue: in this time the loop serves all other addresses.
PACE_PAUSE = 0.002
# The size of the first part of a bucket, as a share of the whole.
FIRST_PART = 1 / 4
# A request that would have to wait for longer than this is not served (seconds).
LONGEST_WAIT = 10.0
# The rounding error that sums of seconds may have.
_ROUNDING = 1e-6


class RequestPace:
    """A bucket for each address. None lifts the limit.

    While an address uses the first part of its bucket, it is served at once. While it uses the
    rest, it takes turns with the other addresses that do. When the bucket is empty, the address
    waits until tokens come.
    """

    def __init__(self, rate: AnyRate | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # By address: when its bucket is full again. The address that was used last is the last one.
        self._full_at: dict[str, float] = {}
        self._tidy_at = 1024
        self._turns = RequestTurns()
        self._limited = rate is not None
        if rate is not None:
            # The seconds that one request costs, and the seconds in which an empty bucket fills.
            self._each = 1 / rate.per_second
            self._whole = rate.burst / rate.per_second

    def __len__(self) -> int:
        """The number of addresses that are remembered."""
        return len(self._full_at)

    async def enter(self, address: str, *, waits: bool = True, only_turns: bool = False) -> bool:
        """Wait until the request may be served. Returns False if it may not be served.

        With ``waits`` False, a request is not served if it would have to wait for tokens. With
        ``only_turns``, a request never waits for tokens, but takes turns with other requests.
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
        """The seconds to wait, and whether the first part of the bucket is used up. If the wait
        would be longer than ``longest``, no token is taken and the wait is None."""
        now = self._clock()
        # The address is removed and inserted again, so that the dict stays in the order of use.
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
        """Forget full buckets. This runs each time the dict has doubled, so it costs each request
        next to nothing."""
        kept = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        for key in list(kept)[: max(0, len(kept) - MOST_ADDRESSES // 2)]:
            del kept[key]
        self._full_at = kept
        self._tidy_at = max(1024, 2 * len(kept))


class RequestTurns:
    """The queues of requests that wait for a turn. The addresses that ask often are served in turn,
    and the requests of one address in the order in which they came."""

    def __init__(self) -> None:
        self._served = 0
        self._counting = False
        # The requests that wait for the next turn of the event loop, and by address those of the
        # addresses that ask often.
        self._soon: deque[asyncio.Future[None]] = deque()
        self._often: dict[str, deque[asyncio.Future[None]]] = {}
        self._running = False

    @property
    def are_taken(self) -> bool:
        """Whether this turn of the event loop has served as many requests as it may."""
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
            # The address goes to the end of the queue, behind all others.
            self._often[address] = waiting
        self._running = bool(self._often)
        if self._running:
            asyncio.get_running_loop().call_later(PACE_PAUSE, self._serve_one)

    @staticmethod
    def _let(turn: asyncio.Future[None]) -> None:
        if not turn.done():
            turn.set_result(None)
