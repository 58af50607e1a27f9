"""Background work: tasks that are started without waiting for their end."""

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
    """The tasks of one owner. It keeps references to them, so that they are not garbage collected,
    and logs the errors that they raise."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """The number of tasks that have not ended."""
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Schedules ``work`` on the running loop. It begins once the caller gives way to the
        loop."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log_failure(error, task.get_coro())

    async def every(self, seconds: float, step: Callable[[], Awaitable[None]]) -> None:
        """Runs ``step`` forever, with pauses of ``seconds``. A step that raises is logged, and the
        next one follows."""
        while True:
            await asyncio.sleep(seconds)
            await guarded(step)

    async def close(self, grace: float = 0.0) -> None:
        """Waits for all tasks to end. After ``grace`` seconds it cancels them, including tasks that
        were started in the meantime."""
        if not grace:
            for task in self._tasks:
                task.cancel()
        while self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=grace or AGAIN)
            # Tasks are cancelled repeatedly, because a library may swallow a cancellation.
            for task in late:
                task.cancel()


async def guarded(step: Callable[[], Awaitable[None]]) -> None:
    """Runs ``step`` and logs what it raises."""
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
