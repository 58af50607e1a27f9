"""Costly work on a few threads, where those who ask for little come first."""

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

from server.kernel.errors import Unavailable

T = TypeVar("T")

# What somebody asked for counts half after so long (s).
HALF_LIFE = 60.0
# Past so many, nobody is remembered: the queue is then one for all until they ask again.
MOST_REMEMBERED = 50_000


# How far these threads stand back for the one that answers everybody (nice(1)).
_NICE = 10


def _step_back() -> None:
    """Linux has a priority for each thread; elsewhere they are as any other."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


@dataclass(order=True, slots=True)
class _Job:
    """``debt``: how much its owner had asked for of late, before this."""

    debt: float
    number: int
    late_at: float = field(compare=False)
    work: Callable[[], Any] = field(compare=False)
    done: asyncio.Future[Any] = field(compare=False)


class FairThreads:
    """``at_once`` threads. Work that has not begun after ``patience`` seconds ends in
    ``Unavailable``: whoever wanted it was answered already; None is no end of patience."""

    def __init__(self, at_once: int, name: str, patience: float | None = None) -> None:
        self._threads = ThreadPoolExecutor(at_once, name, _step_back)
        self._free = at_once
        self._patience = patience
        self._waiting: list[_Job] = []
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
        heapq.heappush(self._waiting, _Job(debt, next(self._numbers), late_at, work, done))
        self._begin()
        return await done

    def close(self) -> None:
        """Waits for the work under way; what has not begun is cancelled."""
        for job in self._waiting:
            job.done.cancel()
        self._threads.shutdown(cancel_futures=True)

    def _begin(self) -> None:
        while self._free and self._waiting:
            job = heapq.heappop(self._waiting)
            if job.done.done():
                continue
            if job.late_at < time.monotonic():
                _give_up(job)
                continue
            self._free -= 1
            running = asyncio.get_running_loop().run_in_executor(self._threads, job.work)
            running.add_done_callback(partial(self._end, job))

    def _end(self, job: _Job, running: asyncio.Future[Any]) -> None:
        self._free += 1
        if not job.done.done():
            if running.cancelled():
                job.done.cancel()
            elif error := running.exception():
                job.done.set_exception(error)
            else:
                job.done.set_result(running.result())
        self._begin()

    def _forgive(self, now: float) -> None:
        if len(self._debts) >= MOST_REMEMBERED:
            self._debts.clear()
        if now - self._halved_at < HALF_LIFE:
            return
        halves = 2 ** min(64, int((now - self._halved_at) / HALF_LIFE))
        self._debts = {who: debt / halves for who, debt in self._debts.items() if debt >= halves}
        self._halved_at = now

    def _drop_late(self, now: float) -> None:
        """Those who ask for much may not come to their turn for long."""
        for job in self._waiting:
            if job.late_at < now:
                _give_up(job)
        self._waiting = [job for job in self._waiting if not job.done.done()]
        heapq.heapify(self._waiting)


def _give_up(job: _Job) -> None:
    if not job.done.done():
        job.done.set_exception(Unavailable("this took too long"))
