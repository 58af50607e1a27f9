"""At most once in a while, at once when it can be, and the last one always."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

import structlog

from server.kernel.errors import ChatError

log = structlog.get_logger("events")

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Tasks:
    """Background work of this node: kept from being collected, its failures logged."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except ChatError as error:
            log.warning("background work refused", code=error.code)
        except Exception:
            log.exception("background work failed")

    async def every(self, seconds: float, step: Callable[[], Awaitable[None]]) -> None:
        """Runs ``step`` again and again; one that fails is logged and does not end it."""
        while True:
            await asyncio.sleep(seconds)
            await self._run(_call(step))

    async def close(self) -> None:
        # Again and again: a library may lose a cancellation.
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(set(self._tasks), timeout=0.1)


async def _call(step: Callable[[], Awaitable[None]]) -> None:
    await step()


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
