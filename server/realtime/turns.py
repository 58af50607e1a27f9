"""Clients that send more than one turn of the event loop may handle."""

from __future__ import annotations

import asyncio
from collections import deque
from time import perf_counter
from typing import Protocol

# Frames of one client in a turn, large ones counted more than once.
STRIDE = 16
# Seconds of a turn for all that go on from an earlier one. What they bring is then handled, which
# takes several times as long.
SLICE = 0.001
# The same for those that have sent so much that nobody would miss them, and the seconds in between:
# threads that work for others need their share of the interpreter, too.
HASTY_SLICE, HASTY_PAUSE = 0.00025, 0.005


class Reader(Protocol):
    def go_on(self) -> None: ...


class ReaderTurns:
    """Each goes on in a later turn, one after the other, and others have theirs in between.

    Together they have ``slice`` seconds of a turn, and then wait for ``pause`` seconds.
    """

    def __init__(self, slice: float = SLICE, pause: float = 0.0) -> None:
        self._slice = slice
        self._pause = pause
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: deque[Reader] = deque()
        self._scheduled = False

    def add_reader(self, reader: Reader) -> None:
        """It must not wait already."""
        self._waiting.append(reader)
        if not self._scheduled:
            self._schedule()

    def _schedule(self) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._scheduled = True
        if self._pause:
            self._loop.call_later(self._pause, self._run)
        else:
            self._loop.call_soon(self._run)

    def _run(self) -> None:
        until = perf_counter() + self._slice
        try:
            # Who is added meanwhile has had this turn.
            for _ in range(len(self._waiting)):
                self._waiting.popleft().go_on()
                if perf_counter() >= until:
                    break
        finally:
            self._scheduled = False
            if self._waiting:
                self._schedule()
