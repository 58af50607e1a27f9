"""Limits how often values are passed on. The first and the last value are always passed on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from server.kernel.tasks import Tasks

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Throttle(Generic[K, V]):
    """Passes on at most one value for each key every ``seconds`` seconds.

    The first value of a key is passed on at once. Of the values that come before the time is up,
    only the latest is passed on, at its end.
    """

    def __init__(
        self, seconds: float, tasks: Tasks, tell: Callable[[K, V], Coroutine[Any, Any, None]]
    ) -> None:
        self._seconds = seconds
        self._tasks = tasks
        self._tell = tell
        # The latest value of each key whose ``seconds`` are not over yet.
        self._open: dict[K, V] = {}
        self._waiting: set[K] = set()

    def latest(self, key: K) -> V | None:
        """The latest value of a key; None if its time is over."""
        return self._open.get(key)

    def note(self, key: K, value: V) -> None:
        waits = key in self._open
        self._open[key] = value
        if waits:
            self._waiting.add(key)
        else:
            self._pass(key)

    def _pass(self, key: K) -> None:
        self._tasks.start(self._tell(key, self._open[key]))
        asyncio.get_running_loop().call_later(self._seconds, self._next, key)

    def _next(self, key: K) -> None:
        if key in self._waiting:
            self._waiting.discard(key)
            self._pass(key)
        else:
            del self._open[key]
