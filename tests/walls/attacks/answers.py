"""Small questions with large answers."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from tests.support.client import User
from tests.walls.attacks.presence import connected
from tests.walls.attacks.rooms import Session
from tests.walls.attacks.search import patiently_send
from tests.walls.attacks.texts import TEXTS
from tests.walls.harness import Attack, Target

# One user has so many sockets, and on each so many questions wait for their answers.
SOCKETS, WAITING = 6, 3
CONNECTIONS = 20
# As many rooms as a sync answers at once, made by so many others.
ROOMS, MAKERS = 200, 4
TOPIC = "東" * 500
# One that is refused tries again, but not as fast as it can (s).
REFUSED_PAUSE = 0.5


async def long_messages(attackers: list[User]) -> str:
    """More of them than an answer holds, in a room that eve reads and another user has filled."""
    eve, writer = attackers
    room = await writer.group(eve)
    for text in TEXTS:
        await patiently_send(writer, room["id"], text)
    return str(room["id"])


async def many_rooms(attackers: list[User]) -> None:
    eve, *makers = attackers

    async def make(maker: User) -> None:
        for n in range(ROOMS // MAKERS):
            await maker.group(eve, name=f"room {n}", topic=TOPIC)

    await asyncio.gather(*map(make, makers))


async def ask_for_history(target: Target) -> None:
    await ask(target, "get_messages", {"room_id": target.prepared, "limit": 100})


async def ask_over_http(target: Target) -> None:
    """A question on each connection, and the next when it is answered."""
    async with Session(target) as call:
        while True:
            try:
                await call("GET", f"/rooms/{target.prepared}/messages?limit=100")
            except aiohttp.ClientResponseError:
                await asyncio.sleep(REFUSED_PAUSE)


async def ask_for_rooms(target: Target) -> None:
    await ask(target, "sync", {"rooms": {}})


async def ask(target: Target, event: str, payload: dict[str, Any]) -> None:
    """A socket on which questions go on and on."""
    async with connected(target) as client:

        async def go_on() -> None:
            while True:
                ack = await client.call(event, payload, namespace="/rooms", timeout=20)
                if not ack["ok"]:
                    await asyncio.sleep(REFUSED_PAUSE)

        await asyncio.gather(*(go_on() for _ in range(WAITING)))


ATTACKS = [
    Attack(
        "history_pages",
        "pages of the longest Chinese messages, read without end by one user on six sockets",
        ask_for_history,
        users=2,
        prepare=long_messages,
        workers=SOCKETS,
    ),
    Attack(
        "history_over_http",
        "the same pages, read over HTTP by one user on twenty connections",
        ask_over_http,
        users=2,
        prepare=long_messages,
        workers=CONNECTIONS,
    ),
    Attack(
        "syncs",
        "`sync` of 200 rooms of which none is named, by one user on six sockets",
        ask_for_rooms,
        users=1 + MAKERS,
        prepare=many_rooms,
        workers=SOCKETS,
    ),
]
