"""Background work: what is started and waited for by nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from server.kernel.errors import ChatError

log = structlog.get_logger(__name__)

# Seconds between two cancellations of a task that does not end.
AGAIN = 0.1


class Tasks:
    """The tasks of one owner. Each is kept from being collected, and what it raises is logged."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many have not ended."""
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begins ``work`` on the running loop, after the caller has returned to the loop."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log_failure(error, task.get_coro())

    async def every(self, seconds: float, step: Callable[[], Awaitable[None]]) -> None:
        """Runs ``step`` again and again; one that fails is logged and does not end it."""
        while True:
            await asyncio.sleep(seconds)
            await guarded(step)

    async def close(self, grace: float = 0.0) -> None:
        """Returns when all tasks have ended. After ``grace`` seconds they are cancelled, those
        too that were started meanwhile."""
        if not grace:
            for task in self._tasks:
                task.cancel()
        while self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=grace or AGAIN)
            # Again and again: a library may lose a cancellation.
            for task in late:
                task.cancel()


async def guarded(step: Callable[[], Awaitable[None]]) -> None:
    """Waits for the end of ``step``; what it raises is logged."""
    try:
        await step()
    except Exception as error:
        log_failure(error, step)


def log_failure(error: BaseException, work: Any) -> None:
    name = getattr(work, "__qualname__", type(work).__name__)
    if isinstance(error, ChatError):
        log.warning("background work refused", work=name, code=error.code)
    else:
        log.error("background work failed", work=name, exc_info=error)
