"""At most once in a while, at once when it can be, and the last one always."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from server.tasks import Tasks

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Throttle(Generic[K, V]):
    """Passes a value on at once; further ones of the same key wait ``seconds``, and of those only
    the latest is passed on."""

    def __init__(
        self, seconds: float, tasks: Tasks, tell: Callable[[K, V], Coroutine[Any, Any, None]]
    ) -> None:
        self._seconds = seconds
        self._tasks = tasks
        self._tell = tell
        # The latest value of each key whose time is not up yet.
        self._open: dict[K, V] = {}
        self._waiting: set[K] = set()

    def latest(self, key: K) -> V | None:
        """What was noted last, as long as a further value would wait."""
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
