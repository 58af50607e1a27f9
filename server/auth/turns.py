"""Runs costly work on a few threads. Callers who have asked for little are served first."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from server.kernel.timeouts import too_late

T = TypeVar("T")

# After this time, the past work of a caller counts half (seconds).
WORK_HALF_LIFE = 60.0
# The most callers that are remembered. Beyond this all are forgotten, and counting begins again.
MOST_CALLERS = 50_000


# The lowest priority that there is on Linux.
LOWEST_PRIORITY = 19
# How much lower than the event loop's thread the priority of these threads is (see nice(1)).
_NICE = 10


def _step_back() -> None:
    """Lowers the priority of this thread. Only Linux has a priority for each thread; elsewhere this
    does nothing."""
    if sys.platform == "linux":
        with suppress(OSError):
            thread = threading.get_native_id()
            nice = os.getpriority(os.PRIO_PROCESS, thread) + _NICE
            os.setpriority(os.PRIO_PROCESS, thread, min(nice, LOWEST_PRIORITY))


@dataclass(order=True, slots=True)
class _Waiting:
    """A waiting piece of work. ``debt``: how much work its caller had recently asked for before."""

    debt: float
    number: int
    late_at: float = field(compare=False)
    work: Callable[[], Any] = field(compare=False)
    done: asyncio.Future[Any] = field(compare=False)


class FairThreads:
    """A pool of ``at_once`` threads. Work that has not begun after ``patience`` seconds raises
    ``Unavailable``, because its caller has been answered by then; None means no limit."""

    def __init__(self, at_once: int, name: str, patience: float | None = None) -> None:
        self._threads = ThreadPoolExecutor(at_once, name, _step_back)
        self._free = at_once
        self._patience = patience
        self._waiting: list[_Waiting] = []
        self._debts: dict[str, float] = {}
        self._halved_at = time.monotonic()
        self._tidied_at = self._halved_at
        self._numbers = itertools.count()

    async def run(self, whose: str, work: Callable[[], T]) -> T:
        now = time.monotonic()
        if now - self._tidied_at >= 1:
            self._tidied_at = now
            self._forgive(now)
            self._drop_late(now)
        debt = self._debts.get(whose, 0.0)
        self._debts[whose] = debt + 1
        late_at = now + self._patience if self._patience is not None else float("inf")
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, _Waiting(debt, next(self._numbers), late_at, work, done))
        self._begin()
        return await done

    def close(self) -> None:
        """Cancels the work that has not begun, and waits for the rest to end."""
        for waiting in self._waiting:
            waiting.done.cancel()
        self._threads.shutdown(cancel_futures=True)

    def _begin(self) -> None:
        while self._free and self._waiting:
            waiting = heapq.heappop(self._waiting)
            if waiting.done.done():
                continue
            if waiting.late_at < time.monotonic():
                _give_up(waiting)
                continue
            self._free -= 1
            running = asyncio.get_running_loop().run_in_executor(self._threads, waiting.work)
            running.add_done_callback(partial(self._end, waiting))

    def _end(self, waiting: _Waiting, running: asyncio.Future[Any]) -> None:
        self._free += 1
        if not waiting.done.done():
            if running.cancelled():
                waiting.done.cancel()
            elif error := running.exception():
                waiting.done.set_exception(error)
            else:
                waiting.done.set_result(running.result())
        self._begin()

    def _forgive(self, now: float) -> None:
        if len(self._debts) >= MOST_CALLERS:
            self._debts.clear()
        if now - self._halved_at < WORK_HALF_LIFE:
            return
        halves = 2 ** min(64, int((now - self._halved_at) / WORK_HALF_LIFE))
        self._debts = {who: debt / halves for who, debt in self._debts.items() if debt >= halves}
        self._halved_at = now

    def _drop_late(self, now: float) -> None:
        """Refuses work that has waited too long. Work of a caller who asks for much may not reach
        the head of the queue for a long time."""
        for waiting in self._waiting:
            if waiting.late_at < now:
                _give_up(waiting)
        self._waiting = [waiting for waiting in self._waiting if not waiting.done.done()]
        heapq.heapify(self._waiting)


def _give_up(waiting: _Waiting) -> None:
    if not waiting.done.done():
        waiting.done.set_exception(too_late())
