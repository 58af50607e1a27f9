"""Timeouts of many connections with one timer, not one for each."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")


class Deadlines(Generic[Key]):
    """Waits of one length: who started first ends first, so only the head needs a timer.

    ``expired`` is called for each key whose time is over; the key is forgotten by then.
    """

    def __init__(self, delay: float, expired: Callable[[Key], object]) -> None:
        self.delay = delay
        self._expired = expired
        self._due: OrderedDict[Key, float] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def __contains__(self, key: Key) -> bool:
        return key in self._due

    def start(self, key: Key) -> None:
        """Start the wait, or start it anew."""
        self._due[key] = asyncio.get_running_loop().time() + self.delay
        self._due.move_to_end(key)
        self._arm()

    def stop(self, key: Key) -> bool:
        """Whether the key was waiting."""
        return self._due.pop(key, None) is not None

    def clear(self) -> None:
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is None and self._due:
            first = next(iter(self._due.values()))
            self._timer = asyncio.get_running_loop().call_at(first, self._expire)

    def _expire(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        try:
            while self._due:
                key, due = next(iter(self._due.items()))
                if due > now:
                    break
                del self._due[key]
                self._expired(key)
        finally:
            self._arm()
