"""Turns of each user, so many at once."""

from __future__ import annotations

import asyncio

from server.kernel.turns import UserTurns


async def test_each_user_has_so_many_at_once() -> None:
    turns, done = UserTurns(2), asyncio.Event()
    under_way: list[str] = []

    async def take(user_id: str) -> None:
        async with turns.of(user_id):
            under_way.append(user_id)
            await done.wait()

    tasks = [asyncio.create_task(take(user_id)) for user_id in ["ann"] * 5 + ["bob"]]
    await asyncio.sleep(0)
    assert under_way == ["ann", "ann", "bob"]
    done.set()
    await asyncio.gather(*tasks)
    assert under_way.count("ann") == 5


async def test_nothing_is_kept_of_who_has_none() -> None:
    turns = UserTurns()
    async with turns.of("ann"):
        assert turns.of("ann").locked()
    assert len(turns._turns) == 0
