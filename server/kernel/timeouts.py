"""Waits that come to an end, and what is late then: a refusal, or work that goes on alone."""

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
    """For a client that has waited for as long as anybody may."""
    return Unavailable("this took too long")


class within:
    """``async with within(5.0, Unavailable("…")):`` raises that error when the body has not ended
    after so many seconds (None: never). A ``TimeoutError`` of the body's own passes as it is."""

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
    """Whether ``awaited`` came within so many seconds; else it is cancelled."""
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
    """What ``work`` answers or raises.

    The caller waits no longer than ``seconds`` (None: for ever); then it is ``Unavailable``. The
    work goes on to its own end all the same, so that what it has stored is told: also when the
    caller is cancelled. What it raises then is logged.
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
        # The task's error knows this frame: with the task in it they would keep each other, and
        # a request's body with them, until the collector finds them.
        del task


def _log_late(task: asyncio.Future[Any]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.warning("failed when nobody waited any more", error=type(error).__name__)
