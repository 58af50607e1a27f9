"""Work in the background: kept, logged when it fails, and ended with its owner."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from server.kernel.errors import Unavailable
from server.kernel.tasks import Tasks
from tests.support.engine import until


async def fail() -> None:
    raise RuntimeError("planted")


async def refuse() -> None:
    raise Unavailable()


async def test_what_fails_is_logged_with_its_name_and_forgotten() -> None:
    tasks = Tasks()
    with capture_logs() as logs:
        tasks.start(fail())
        tasks.start(refuse())
        assert len(tasks) == 2
        await until(lambda: len(tasks) == 0)
    failed, refused = logs
    assert (failed["event"], failed["work"]) == ("background work failed", "fail")
    assert failed["log_level"] == "error" and isinstance(failed["exc_info"], RuntimeError)
    assert (refused["event"], refused["work"]) == ("background work refused", "refuse")
    assert refused["log_level"] == "warning" and refused["code"] == "unavailable"


async def test_a_step_that_fails_does_not_end_the_rounds() -> None:
    tasks = Tasks()
    steps: list[int] = []

    async def step() -> None:
        steps.append(len(steps))
        await fail()

    with capture_logs() as logs:
        tasks.start(tasks.every(0.001, step))
        await until(lambda: len(steps) >= 3)
        await tasks.close()
    assert len(tasks) == 0
    assert [line["event"] for line in logs] == ["background work failed"] * len(steps)


async def test_closing_cancels_again_and_again() -> None:
    tasks, lost = Tasks(), []

    async def lose_the_first_one() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            lost.append(True)
        await asyncio.sleep(60)

    tasks.start(lose_the_first_one())
    await asyncio.sleep(0)
    await tasks.close()
    assert len(tasks) == 0 and lost == [True]


@pytest.mark.parametrize(("takes", "ended"), [(0.02, ["by itself"]), (60, [])])
async def test_closing_waits_for_a_while(takes: float, ended: list[str]) -> None:
    tasks, seen = Tasks(), []

    async def work() -> None:
        await asyncio.sleep(takes)
        seen.append("by itself")

    tasks.start(work())
    await tasks.close(grace=0.5)
    assert len(tasks) == 0 and seen == ended
