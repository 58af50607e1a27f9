"""Hashing is slow by intent, and holds up nobody but who asked for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from time import process_time

import pytest

from server.auth.passwords import AT_ONCE, Passwords

RIGHT, WRONG = "correct horse battery staple", "correct horse"


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    found = Passwords()
    yield found
    found.close()


async def test_a_hash_costs_what_was_chosen_and_is_verified(passwords: Passwords) -> None:
    hashed = await passwords.hash(RIGHT)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.outdated(hashed)
    assert passwords.outdated(hashed.replace("t=2", "t=1"))
    assert await passwords.verify(hashed, RIGHT)
    assert not await passwords.verify(hashed, WRONG)


async def test_an_unknown_login_costs_as_much_as_a_known_one(passwords: Passwords) -> None:
    hashed = await passwords.hash(RIGHT)

    async def cost(of: str | None) -> float:
        """In seconds of CPU, the cheapest of a few."""
        found = []
        for _ in range(3):
            began = process_time()
            assert not await passwords.verify(of, WRONG)
            found.append(process_time() - began)
        return min(found)

    assert await cost(None) > await cost(hashed) / 2


async def test_a_few_at_a_time_while_the_loop_goes_on(passwords: Passwords) -> None:
    began = asyncio.gather(*(passwords.hash(RIGHT) for _ in range(3 * AT_ONCE)))
    busy, turns = 0, 0
    while not began.done():
        at_work = [t for t in threading.enumerate() if t.name.startswith("argon2")]
        busy, turns = max(busy, len(at_work)), turns + 1
        await asyncio.sleep(0.001)
    assert len(set(await began)) == 3 * AT_ONCE
    assert busy == AT_ONCE
    # One that blocked the loop would have left it a turn for each.
    assert turns > 3 * AT_ONCE + 1
