"""Timeouts of many connections with one timer, not one for each."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Generic, TypeVar

import structlog

DeadlineKey = TypeVar("DeadlineKey")

# Seconds. So much of what starts is one group, and ends together: each wake-up costs more than what
# it is for, when thousands of clients wait for their next ping.
LONGEST_GROUP = 0.25
# Keys that end in one turn of the event loop.
MOST_AT_ONCE = 256

log = structlog.get_logger(__name__)


class Deadlines(Generic[DeadlineKey]):
    """Waits of one length, which end in the order in which they were started.

    ``expired`` gets the keys whose time is over: never too early, up to a hundredth too late, and
    forgotten by then. With ``early`` it is the other way round.
    """

    def __init__(
        self, delay: float, expired: Callable[[list[DeadlineKey]], object], *, early: bool = False
    ) -> None:
        self.delay = delay
        self._early = early
        self._expired = expired
        self._span = min(delay / 100, LONGEST_GROUP)
        # Each key's group, and the groups by the time at which they end.
        self._due: dict[DeadlineKey, dict[DeadlineKey, None]] = {}
        self._groups: deque[tuple[float, dict[DeadlineKey, None]]] = deque()
        # What starts before ``_until`` belongs to the newest.
        self._newest: dict[DeadlineKey, None] = {}
        self._until = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> Mapping[DeadlineKey, object]:
        return self._due

    def start(self, key: DeadlineKey) -> None:
        """Start the wait, or start it anew."""
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.get_running_loop()
        if loop.time() >= self._until:
            self._open(loop.time())
        group = self._due.get(key)
        if group is not None:
            del group[key]
        self._due[key] = self._newest
        self._newest[key] = None

    def stop(self, key: DeadlineKey) -> bool:
        """Whether the key was waiting."""
        group = self._due.pop(key, None)
        if group is None:
            return False
        del group[key]
        return True

    def clear(self) -> None:
        self._due.clear()
        self._groups.clear()
        self._until = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _open(self, now: float) -> None:
        self._newest = {}
        self._until = now + self._span
        self._groups.append(((now if self._early else self._until) + self.delay, self._newest))
        self._arm()

    def _arm(self) -> None:
        if self._timer is None and self._groups:
            assert self._loop is not None
            self._timer = self._loop.call_at(self._groups[0][0], self._expire)

    def _expire(self) -> None:
        self._timer = None
        assert self._loop is not None
        keys: list[DeadlineKey] = []
        while self._groups and self._groups[0][0] <= self._loop.time():
            group = self._groups[0][1]
            for key in list(islice(group, MOST_AT_ONCE - len(keys))):
                keys.append(key)
                del group[key], self._due[key]
            if group:
                break
            self._groups.popleft()
        self._arm()
        if keys:
            self._expired(keys)


def each(function: Callable[[DeadlineKey], object]) -> Callable[[list[DeadlineKey]], None]:
    """For ``expired``, one key after the other, whatever becomes of one."""

    def call(keys: list[DeadlineKey]) -> None:
        for key in keys:
            try:
                function(key)
            except Exception:
                log.exception("a deadline's end failed")

    return call
