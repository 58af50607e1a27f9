"""Waits with a time limit. After the limit the caller gets an error, and some work goes on without
the caller."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from types import TracebackType
from typing import Any, TypeVar

import structlog

from server.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

T = TypeVar("T")


def too_late() -> Unavailable:
    """The error for a client that has waited for the longest time allowed."""
    return Unavailable("This took too long. Try again in a moment.")


class within:
    """``async with within(5.0, Unavailable("…")):`` raises the given error if the body has not
    ended after that many seconds (None: no limit). A ``TimeoutError`` that the body itself raises
    is not changed."""

    def __init__(self, seconds: float | None, late: Exception) -> None:
        self._timeout = asyncio.timeout(seconds)
        self._late = late

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise self._late from None


async def came_in_time(awaited: Awaitable[object], seconds: float) -> bool:
    """Whether ``awaited`` ended within ``seconds``; if not, it is cancelled."""
    timeout = asyncio.timeout(seconds)
    try:
        async with timeout:
            await awaited
    except TimeoutError:
        if timeout.expired():
            return False
        raise
    return True


async def run_to_end(work: Awaitable[T], seconds: float | None = None) -> T:
    """Returns or raises what ``work`` does.

    The caller waits at most ``seconds`` (None: no limit) and then gets ``Unavailable``. The work
    still runs to its end, even if the caller is cancelled, so that the changes it stored are
    published. An error that it raises after that is logged.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            return task.result()
        raise too_late()
    finally:
        if not task.done():
            task.add_done_callback(_log_late)
        # The task's error has a reference to this frame. If the frame kept the task, both would
        # stay in memory, with the request's body, until the garbage collector finds them.
        del task


def _log_late(task: asyncio.Future[Any]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.warning("failed when nobody waited any more", error=type(error).__name__)
