"""Deadlines: what is refused at them, and what goes on behind them."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest
from structlog.testing import capture_logs

from server.kernel.errors import NotFound, RateLimited, Unavailable
from server.kernel.timeouts import came_in_time, run_to_end, within
from tests.support.engine import until


async def test_within_raises_what_it_was_given_when_it_is_late() -> None:
    late = RateLimited("too many", retry_after=3)
    with pytest.raises(RateLimited) as raised:
        async with within(0.01, late):
            await asyncio.sleep(60)
    assert raised.value is late


async def test_within_lets_other_errors_pass() -> None:
    for error in (NotFound(), TimeoutError("of its own")):
        with pytest.raises(type(error)) as raised:
            async with within(60, Unavailable()):
                raise error
        assert raised.value is error
    async with within(None, Unavailable()):
        await asyncio.sleep(0)


async def test_came_in_time() -> None:
    event = asyncio.Event()
    assert not await came_in_time(event.wait(), 0.01)
    event.set()
    assert await came_in_time(event.wait(), 60)

    async def fail() -> None:
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError):
        await came_in_time(fail(), 60)


async def test_what_is_late_is_unavailable_and_goes_on() -> None:
    go_on, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await go_on.wait()
        done.set()

    with pytest.raises(Unavailable) as raised:
        await run_to_end(work(), 0.01)
    assert raised.value.message == "This took too long. Try again in a moment."
    go_on.set()
    await done.wait()


async def test_it_goes_on_when_the_caller_is_cancelled_and_its_failure_is_logged() -> None:
    go_on = asyncio.Event()

    async def work() -> None:
        await go_on.wait()
        raise NotFound()

    caller = asyncio.create_task(run_to_end(work()))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    with capture_logs() as logs:
        go_on.set()
        await until(lambda: len(logs) == 1)
    assert logs[0]["event"] == "failed when nobody waited any more"
    assert logs[0]["error"] == "NotFound"


class Body:
    """What a handler holds."""


async def test_an_error_keeps_nothing_until_the_collector_comes() -> None:
    async def work(body: Body) -> None:
        raise NotFound()

    body = Body()
    seen = weakref.ref(body)
    gc.disable()
    try:
        try:
            await run_to_end(work(body), 60)
        except NotFound:
            del body
        assert seen() is None
    finally:
        gc.enable()
