"""How many pushes may be under way at once, so that no push service holds up the others."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

AT_ONCE = 64
# Any one service has at most so many of them; those that did not answer lately, all together.
FOR_ONE = 48
FOR_SILENT = 8
# Seconds for which a service that did not answer counts as silent.
SILENCE = 60.0
MOST_NOTED = 1_000


class PushPlaces:
    """Users choose which servers are called, so some may take ten seconds to say nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._taken: Counter[str] = Counter()
        # origin → until when it counts as silent
        self._silent: dict[str, float] = {}

    @property
    def free(self) -> int:
        return max(0, AT_ONCE - self._taken.total())

    def take_place(self, origin: str) -> bool:
        """False when the origin must wait for one; else ``give_back`` follows."""
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
