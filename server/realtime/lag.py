"""The lag of the event loop: how late it runs its timers."""

from __future__ import annotations

import asyncio

# Seconds.
LAG_STEP = 0.25
WINDOW = 10.0


class LoopLag:
    """Measures the lag four times a second and keeps the worst of the last 10 to 20 seconds."""

    def __init__(self) -> None:
        self._now = self._before = 0.0
        self._window_ends = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def longest(self) -> float:
        """The worst lag, in seconds."""
        return max(self._now, self._before)

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._window_ends = loop.time() + WINDOW
        self._wait(loop)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        due = loop.time() + LAG_STEP
        self._timer = loop.call_at(due, self._look, loop, due)

    def _look(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = loop.time()
        if now >= self._window_ends:
            self._before, self._now = self._now, 0.0
            self._window_ends = now + WINDOW
        self._now = max(self._now, now - due)
        self._wait(loop)
