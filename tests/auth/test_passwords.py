"""Hashing is slow by intent, and holds up nobody but who asked for it."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Iterator
from functools import partial
from time import process_time

import pytest

from server.auth.passwords import HASHES_AT_ONCE, Passwords
from server.auth.turns import LOWEST_PRIORITY, FairThreads
from server.kernel.errors import Unavailable

RIGHT, WRONG = "correct horse battery staple", "correct horse"


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    found = Passwords()
    yield found
    found.close()


async def test_a_hash_costs_what_was_chosen_and_is_verified(passwords: Passwords) -> None:
    hashed = await passwords.hash_password(RIGHT)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.outdated(hashed)
    assert passwords.outdated(hashed.replace("t=2", "t=1"))
    assert await passwords.verify_password(hashed, RIGHT)
    assert not await passwords.verify_password(hashed, WRONG)


async def test_an_unknown_login_costs_as_much_as_a_known_one(passwords: Passwords) -> None:
    hashed = await passwords.hash_password(RIGHT)

    async def cost(of: str | None) -> float:
        """In seconds of CPU, the cheapest of a few."""
        found = []
        for _ in range(3):
            began = process_time()
            assert not await passwords.verify_password(of, WRONG)
            found.append(process_time() - began)
        return min(found)

    assert await cost(None) > await cost(hashed) / 2


async def test_a_few_at_a_time_while_the_loop_goes_on(passwords: Passwords) -> None:
    began = asyncio.gather(*(passwords.hash_password(RIGHT) for _ in range(3 * HASHES_AT_ONCE)))
    busy, turns = 0, 0
    while not began.done():
        at_work = [t for t in threading.enumerate() if t.name.startswith("argon2")]
        busy, turns = max(busy, len(at_work)), turns + 1
        await asyncio.sleep(0.001)
    assert len(set(await began)) == 3 * HASHES_AT_ONCE
    assert busy == HASHES_AT_ONCE
    # One that blocked the loop would have left it a turn for each.
    assert turns > 3 * HASHES_AT_ONCE + 1


# Taking turns


@pytest.fixture
def door() -> threading.Event:
    """What the work waits for."""
    return threading.Event()


@pytest.fixture
def one(door: threading.Event) -> Iterator[FairThreads]:
    """A single thread, so that the order can be told."""
    threads = FairThreads(1, "fair", patience=60)
    yield threads
    door.set()
    threads.close()


async def test_who_asks_for_little_comes_before_who_asks_for_much(
    one: FairThreads, door: threading.Event
) -> None:
    done: list[str] = []
    first = asyncio.create_task(one.run("a", door.wait))
    await asyncio.sleep(0)
    asked = ["a"] * 20 + ["b"] * 3 + ["c"]
    rest = [asyncio.create_task(one.run(who, partial(done.append, who))) for who in asked]
    await asyncio.sleep(0)
    door.set()
    await asyncio.gather(first, *rest)
    assert done == ["b", "c", "a", "b", "a", "b", *["a"] * 18]


async def test_work_that_was_not_begun_in_time_is_not_begun(door: threading.Event) -> None:
    threads = FairThreads(1, "fair", patience=0.01)
    begun: list[int] = []
    first = asyncio.create_task(threads.run("a", door.wait))
    await asyncio.sleep(0)
    late = [asyncio.create_task(threads.run("a", lambda: begun.append(1))) for _ in range(5)]
    await asyncio.sleep(0.05)
    door.set()
    assert await first
    for each in late:
        with pytest.raises(Unavailable):
            await each
    assert begun == []
    threads.close()


async def test_work_whose_caller_has_gone_is_not_begun(
    one: FairThreads, door: threading.Event
) -> None:
    begun: list[str] = []
    first = asyncio.create_task(one.run("a", door.wait))
    await asyncio.sleep(0)
    gone, here = [
        asyncio.create_task(one.run(who, partial(begun.append, who))) for who in ("b", "c")
    ]
    await asyncio.sleep(0)
    gone.cancel()
    door.set()
    await asyncio.gather(first, here)
    assert begun == ["c"]


async def test_what_the_work_raises_is_raised(one: FairThreads, door: threading.Event) -> None:
    def fail() -> None:
        raise ValueError("as it is")

    with pytest.raises(ValueError, match="as it is"):
        await one.run("a", fail)
    door.set()
    assert await one.run("a", door.wait)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority there only")
async def test_the_threads_stand_back(one: FairThreads) -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert await one.run("a", priority) == min(priority() + 10, LOWEST_PRIORITY)
