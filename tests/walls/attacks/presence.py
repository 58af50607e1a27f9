"""Watching as many users as allowed, from many sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import socketio

from tests.support.client import User, new_id
from tests.walls.harness import Attack, Target

SOCKETS, WATCHED = 10, 500
# The events that a socket may send in a burst, and the seconds until it may do so again.
BURST, PAUSE = 60, 3


async def prepare(attackers: list[User]) -> list[str]:
    """The ids to watch: the attackers, who share a room with Eve, and unknown ids."""
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
    """Send a burst without waiting for acks, again and again, until the attack is over."""
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
