"""Timeouts of many connections that share one timer instead of having one each."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Generic, TypeVar

import structlog

DeadlineKey = TypeVar("DeadlineKey")

# Seconds. Waits that start within this time form a group and end together. With thousands of
# clients that wait for their next ping, waking up for each would cost more than the ping itself.
LONGEST_GROUP = 0.25
# The most keys that expire in one turn of the event loop.
MOST_EXPIRED_AT_ONCE = 256

log = structlog.get_logger(__name__)


class Deadlines(Generic[DeadlineKey]):
    """Waits that all last ``delay`` seconds and end in the order in which they were started.

    ``expired`` is called with the keys whose wait is over; they are no longer waiting then. It is
    never called too early, and up to a hundredth of ``delay`` too late (at most
    ``LONGEST_GROUP``), on an event loop that is not busy. With ``early`` it is called up to that
    much too early instead, and never late.
    """

    def __init__(
        self, delay: float, expired: Callable[[list[DeadlineKey]], object], *, early: bool = False
    ) -> None:
        self.delay = delay
        self._early = early
        self._expired = expired
        self._span = min(delay / 100, LONGEST_GROUP)
        # The group of each key, and the groups ordered by the time at which they end.
        self._due: dict[DeadlineKey, dict[DeadlineKey, None]] = {}
        self._groups: deque[tuple[float, dict[DeadlineKey, None]]] = deque()
        # A wait that starts before ``_until`` joins the newest group.
        self._newest: dict[DeadlineKey, None] = {}
        self._until = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> Mapping[DeadlineKey, object]:
        return self._due

    def start(self, key: DeadlineKey) -> None:
        """Start the wait of a key, or start it again from the beginning."""
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
        """End the wait of a key without calling ``expired``. Returns whether the key waited."""
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
            for key in list(islice(group, MOST_EXPIRED_AT_ONCE - len(keys))):
                keys.append(key)
                del group[key], self._due[key]
            if group:
                break
            self._groups.popleft()
        self._arm()
        if keys:
            self._expired(keys)


def each(function: Callable[[DeadlineKey], object]) -> Callable[[list[DeadlineKey]], None]:
    """Turn a function of one key into one for ``expired``. If it raises for a key, the error is
    logged and the next keys follow."""

    def call(keys: list[DeadlineKey]) -> None:
        for key in keys:
            try:
                function(key)
            except Exception:
                log.exception("a deadline's end failed")

    return call
