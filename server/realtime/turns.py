"""Turns for clients that send more than may be handled in one turn of the event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from time import perf_counter
from typing import Protocol

# The weight of frames of one client that may be read in a turn (see ``meters.weight``).
READING_STRIDE = 16
# The seconds of a turn for reading from all clients that wait here. Handling what was read takes
# several times as long.
READING_SLICE = 0.001
# The same for clients that have sent more than a normal client does, and the pause in seconds
# between their turns: threads that work for other clients need their share of the interpreter too.
HASTY_SLICE, HASTY_PAUSE = 0.00025, 0.005


class Reader(Protocol):
    def go_on(self) -> None: ...


class ReaderTurns:
    """A queue of readers that go on in later turns of the event loop, first come, first served.

    Together they get ``slice`` seconds of a turn; then the next ones wait for ``pause`` seconds, so
    that other work has its turn.
    """

    def __init__(self, slice: float = READING_SLICE, pause: float = 0.0) -> None:
        self._slice = slice
        self._pause = pause
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: deque[Reader] = deque()
        self._scheduled = False

    def add_reader(self, reader: Reader) -> None:
        """Add a reader that is not waiting already."""
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
            # Readers added during this loop have had their turn already; they wait for the next.
            for _ in range(len(self._waiting)):
                self._waiting.popleft().go_on()
                if perf_counter() >= until:
                    break
        finally:
            self._scheduled = False
            if self._waiting:
                self._schedule()
