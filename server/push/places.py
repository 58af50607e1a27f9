"""Limits how many pushes are under way at once, so that no push service holds up the others."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

PUSHES_AT_ONCE = 64
# The most places for one service. All services that recently did not answer share as many.
FOR_ONE = 48
FOR_SILENT = 8
# How long a service counts as silent after it did not answer (seconds).
SILENCE = 60.0
MOST_NOTED = 1_000


class PushPlaces:
    """The places for pushes under way. Users choose which servers are called, so some servers may
    not answer for ten seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._taken: Counter[str] = Counter()
        # Maps each silent origin to the time until which it counts as silent.
        self._silent: dict[str, float] = {}

    @property
    def free(self) -> int:
        return max(0, PUSHES_AT_ONCE - self._taken.total())

    def take_place(self, origin: str) -> bool:
        """Takes a place for a push to this origin. Returns False if there is none. After True, the
        caller must call ``give_back``."""
        if self._is_silent(origin):
            full = sum(self._taken[one] for one in self._silent) >= FOR_SILENT
        else:
            full = self._taken[origin] >= FOR_ONE
        if not full:
            self._taken[origin] += 1
        return not full

    def give_back(self, origin: str) -> None:
        self._taken[origin] -= 1
        if not self._taken[origin]:
            del self._taken[origin]

    def note(self, origin: str, *, answered: bool) -> None:
        if answered:
            self._silent.pop(origin, None)
            return
        while len(self._silent) >= MOST_NOTED:
            del self._silent[next(iter(self._silent))]
        self._silent[origin] = self._clock() + SILENCE

    def _is_silent(self, origin: str) -> bool:
        until = self._silent.get(origin)
        if until is not None and until <= self._clock():
            del self._silent[origin]
            return False
        return until is not None
