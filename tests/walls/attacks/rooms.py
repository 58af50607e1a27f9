"""Rooms full of strangers, and other calls about rooms that burden others."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
import uuid
from typing import Any

import aiohttp

from tests.support.client import User, new_id
from tests.support.database import strangers
from tests.walls.harness import Attack, Target

MOST_MEMBERS = 1_000
# The number of connections of a storm of reactions.
CONNECTIONS = 10
# Seconds before a refused call is tried again, so that it is not tried as fast as possible.
REFUSED_PAUSE = 0.1
# The number of calls in one round.
CALLS = 20


async def many_strangers(attackers: list[User]) -> list[str]:
    return await strangers(attackers[0].node, MOST_MEMBERS)


class Session:
    """One attacker's HTTP calls, one after the other on a separate connection."""

    def __init__(self, target: Target, attacker: int = 0) -> None:
        token = target.sessions[attacker]["access_token"]
        self._api = f"{target.url}/api/v1"
        self._http = aiohttp.ClientSession(
            connector=target.connector(), headers={"Authorization": f"Bearer {token}"}
        )

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """Make a call. If it is refused, raises an error that the harness counts as a defence."""
        async with self._http.request(method, self._api + path, json=body) as answer:
            answer.raise_for_status()
            return await answer.json()


async def groups(target: Target) -> None:
    body = {"kind": "group", "name": "everybody", "member_ids": target.prepared}
    async with Session(target, random.randrange(len(target.sessions))) as call:
        for _ in range(CALLS):
            await call("POST", "/rooms", body)


async def adding(target: Target) -> None:
    """Add a hundred strangers to one group after the other."""
    async with Session(target, random.randrange(len(target.sessions))) as call:
        name = uuid.uuid4().hex
        body = {"kind": "group", "name": name, "client_id": new_id()}
        room = await call("POST", "/rooms", body)
        for start in range(0, MOST_MEMBERS, 100):
            ids = target.prepared[start : start + 100]
            await call("POST", f"/rooms/{room['id']}/members", {"user_ids": ids})


async def directs(target: Target) -> None:
    async with Session(target, random.randrange(len(target.sessions))) as call:
        for user_id in random.sample(target.prepared, CALLS):
            await call("POST", "/rooms", {"kind": "direct", "user_id": user_id})


async def a_message(attackers: list[User]) -> str:
    """The path of a message to react to, in a group of all attackers."""
    room = await attackers[0].group(*attackers[1:])
    body = {"client_id": new_id(), "text": "hello"}
    path = f"/rooms/{room['id']}/messages"
    return f"{path}/{(await attackers[0].http('POST', path, body))['seq']}"


async def reactions(target: Target) -> None:
    """Add and remove reactions as fast as possible."""

    async def storm(attacker: int) -> None:
        async with Session(target, attacker) as call:
            path = f"{target.prepared}/reactions/%F0%9F%91%8D"
            end = time.monotonic() + target.seconds
            for method in itertools.cycle(("PUT", "DELETE")):
                if time.monotonic() > end:
                    return
                try:
                    await call(method, path)
                except aiohttp.ClientResponseError:
                    await asyncio.sleep(REFUSED_PAUSE)

    await asyncio.gather(*(storm(n % len(target.sessions)) for n in range(CONNECTIONS)))


ATTACKS = [
    Attack(
        "groups_of_strangers",
        "groups of 1,000 strangers by two users, as fast as they go",
        groups,
        users=2,
        prepare=many_strangers,
        workers=4,
    ),
    Attack(
        "adding_strangers",
        "1,000 strangers added to group after group by two users",
        adding,
        users=2,
        prepare=many_strangers,
        workers=4,
    ),
    Attack(
        "direct_rooms",
        "direct rooms with strangers by two users, as fast as they go",
        directs,
        users=2,
        prepare=many_strangers,
        workers=4,
    ),
    Attack(
        "reaction_storm",
        "one reaction put on and off by two users over ten connections",
        reactions,
        users=2,
        prepare=a_message,
    ),
]
