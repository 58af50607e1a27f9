"""Background work, which no answer waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from server.kernel.errors import ChatError

log = structlog.get_logger("tasks")


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
