"""Guesses of passwords from many addresses, each of which stays just within its limits."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import aiohttp

from tests.support.client import User
from tests.walls.harness import Attack, Round, Target

ADDRESSES = 20
WRONG = "a guess that is wrong"

_addresses = itertools.cycle([f"127.9.1.{n}" for n in range(1, ADDRESSES + 1)])
_numbers = itertools.count()


async def usernames(users: list[User]) -> list[str]:
    return [user.username for user in users]


def guessing(known: bool) -> Round:
    async def guess(target: Target) -> None:
        number = next(_numbers)
        victims: list[str] = target.prepared or []
        login = victims[number % len(victims)] if known else f"nobody_{number}"
        body: dict[str, Any] = {"login": login, "password": WRONG}
        connector = aiohttp.TCPConnector(local_addr=(next(_addresses), 0))
        async with (
            aiohttp.ClientSession(connector=connector) as http,
            http.post(f"{target.url}/api/v1/auth/signin", json=body) as answer,
        ):
            await answer.read()
        if answer.status == 429:
            # A refused guess costs the server no hash. A guess at the next login is not refused.
            await asyncio.sleep(0.2)

    return guess


ATTACKS = [
    Attack(
        "guess_accounts",
        f"guesses at ten accounts from {ADDRESSES} addresses",
        guessing(known=True),
        users=10,
        prepare=usernames,
        workers=ADDRESSES,
        # Up to four hashes at once take 19 MiB each.
        memory_mb=100,
    ),
    Attack(
        "spray_logins",
        f"sign-ins with logins that nobody has from {ADDRESSES} addresses",
        guessing(known=False),
        workers=ADDRESSES,
        # Four hashes at once take 19 MiB each.
        memory_mb=100,
    ),
]
