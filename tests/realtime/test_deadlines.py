"""Waits of many, with one timer."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from server.realtime.deadlines import MOST_EXPIRED_AT_ONCE, Deadlines, each
from tests.support.engine import until


async def test_thousands_that_start_together_end_in_order_and_a_few_at_a_time() -> None:
    loop, parts = asyncio.get_running_loop(), list[list[int]]()
    waits: Deadlines[int] = Deadlines(0.05, parts.append)
    began = loop.time()
    for key in range(2000):
        waits.start(key)
    await until(lambda: parts)
    assert loop.time() - began >= 0.05
    await until(lambda: not waits.waiting)
    assert [key for part in parts for key in part] == list(range(2000))
    assert max(map(len, parts)) == MOST_EXPIRED_AT_ONCE


async def test_a_wait_that_is_started_anew_ends_later_and_one_that_is_stopped_never() -> None:
    ended: list[str] = []
    waits: Deadlines[str] = Deadlines(0.05, ended.extend)
    for key in ("first", "again", "stopped"):
        waits.start(key)
    await asyncio.sleep(0.01)
    waits.start("again")
    assert waits.stop("stopped") and not waits.stop("stopped")
    await until(lambda: ended)
    assert ended == ["first"] and list(waits.waiting) == ["again"]
    await until(lambda: not waits.waiting)
    assert ended == ["first", "again"]


async def test_one_whose_end_fails_takes_no_other_with_it() -> None:
    ended: list[int] = []

    def end(key: int) -> None:
        ended.append(1 // key)

    waits: Deadlines[int] = Deadlines(0.01, each(end))
    with capture_logs() as logs:
        for key in (1, 0, -1):
            waits.start(key)
        await until(lambda: len(ended) == 2)
    assert ended == [1, -1]
    assert [line["event"] for line in logs] == ["a deadline's end failed"]
