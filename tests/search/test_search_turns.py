"""Whose search comes next: one at a time for each user, users in turn, and lines that end."""

from __future__ import annotations

import asyncio

import pytest

from server.kernel.errors import ChatError, RateLimited, Unavailable
from server.search.turns import SearchTurns


class Searchers:
    """Searches that last until they are told to end; ``begun`` has whose began, in order."""

    def __init__(self, turns: SearchTurns) -> None:
        self.turns = turns
        self.begun: list[str] = []
        self._ends: list[asyncio.Event] = []

    def search(self, user_id: str) -> asyncio.Task[None]:
        return asyncio.create_task(self._search(user_id))

    async def _search(self, user_id: str) -> None:
        async with self.turns.take_turn(user_id):
            self.begun.append(user_id)
            self._ends.append(asyncio.Event())
            await self._ends[-1].wait()

    async def end_first(self) -> None:
        self._ends.pop(0).set()
        await turn_of_the_loop()

    async def end_all(self) -> None:
        while self._ends:
            await self.end_first()


async def turn_of_the_loop() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def turns(at_once: int = 2, each: int = 3, most: int = 8, patience: float = 10) -> Searchers:
    return Searchers(SearchTurns(at_once, each=each, most=most, patience=patience))


async def test_one_at_a_time_and_users_in_turn() -> None:
    searchers = turns(at_once=1)
    tasks = [searchers.search(user) for user in ("ann", "ann", "ann", "bob", "bob", "cat")]
    await turn_of_the_loop()
    assert searchers.begun == ["ann"]
    await searchers.end_all()
    assert searchers.begun == ["ann", "ann", "bob", "cat", "ann", "bob"]
    await asyncio.gather(*tasks)


async def test_one_user_has_one_place_however_many_are_free() -> None:
    searchers = turns(at_once=3)
    tasks = [searchers.search(user) for user in ("ann", "ann", "ann", "bob")]
    await turn_of_the_loop()
    assert searchers.begun == ["ann", "bob"]
    await searchers.end_all()
    assert searchers.begun == ["ann", "bob", "ann", "ann"]
    await asyncio.gather(*tasks)


async def refusal_of(task: asyncio.Task[None]) -> ChatError:
    with pytest.raises(ChatError) as refused:
        await task
    assert refused.value.retry_after == 1
    return refused.value


async def test_lines_are_bounded() -> None:
    searchers = turns()
    ann = [searchers.search("ann") for _ in range(5)]
    await turn_of_the_loop()
    assert isinstance(await refusal_of(ann.pop()), RateLimited)
    others = [searchers.search(f"user {n}") for n in range(7)]
    await turn_of_the_loop()
    assert isinstance(await refusal_of(others.pop()), Unavailable)
    await searchers.end_all()
    await asyncio.gather(*ann, *others)
    assert len(searchers.begun) == 10


async def test_nobody_waits_for_ever() -> None:
    searchers = turns(at_once=1, patience=0.05)
    first, second = searchers.search("ann"), searchers.search("bob")
    assert isinstance(await refusal_of(second), Unavailable)
    await searchers.end_all()
    third = searchers.search("bob")
    await turn_of_the_loop()
    await searchers.end_all()
    await asyncio.gather(first, third)
    assert searchers.begun == ["ann", "bob"]


async def test_one_that_is_cancelled_leaves_nothing_behind() -> None:
    """While it waits, as its turn comes, and while it runs."""
    searchers = turns(at_once=1)
    running, waiting, coming = [searchers.search(user) for user in ("ann", "bob", "cat")]
    await turn_of_the_loop()
    waiting.cancel()
    await turn_of_the_loop()
    running.cancel()
    # One turn: it has ended, and the next one has its turn without knowing.
    await asyncio.sleep(0)
    coming.cancel()
    await turn_of_the_loop()
    for task in (running, waiting, coming):
        assert task.cancelled()
    last = searchers.search("dan")
    await turn_of_the_loop()
    assert searchers.begun == ["ann", "dan"]
    last.cancel()
