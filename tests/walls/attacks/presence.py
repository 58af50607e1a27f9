"""Watching as many people as one may, from many sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import socketio

from tests.support.client import User, new_id
from tests.walls.harness import Attack, Target

SOCKETS, WATCHED = 10, 500
# What a socket may send at once; and again after so many seconds.
BURST, PAUSE = 60, 3


async def prepare(attackers: list[User]) -> list[str]:
    """Half of them are in a room with eve, as far as there are so many; the rest nobody knows."""
    eve, *others = attackers
    await eve.group(*others)
    return [user.id for user in others] + [new_id() for _ in range(WATCHED - len(others))]


@contextlib.asynccontextmanager
async def connected(target: Target, number: int = 0) -> AsyncIterator[socketio.AsyncClient]:
    """A socket of one of the attackers, from the attack's own address."""
    session = aiohttp.ClientSession(connector=target.connector())
    client = socketio.AsyncClient(reconnection=False, http_session=session)
    try:
        await client.connect(
            target.url,
            auth={"token": target.sessions[number]["access_token"]},
            namespaces=["/rooms"],
            transports=["websocket"],
        )
        yield client
    finally:
        await client.disconnect()
        await session.close()


async def watch(target: Target) -> None:
    """None of them waits for the one before it. The socket stays until the attack is over."""
    wanted = {"user_ids": target.prepared}
    async with connected(target) as client:
        while True:
            for _ in range(BURST - 1):
                await client.emit("watch_presence", wanted, namespace="/rooms")
            await client.call("watch_presence", wanted, namespace="/rooms", timeout=10)
            await asyncio.sleep(PAUSE)


ATTACKS = [
    Attack(
        "watch_presence",
        "`watch_presence` of 500 people on ten sockets of one user",
        watch,
        users=20,
        prepare=prepare,
        workers=SOCKETS,
    )
]
