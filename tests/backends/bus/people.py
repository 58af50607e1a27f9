"""The users of the tests here, and what they do."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.backends.bus.conftest import Trio
from tests.support.client import User
from tests.support.world import World, signup

# How many messages each of them sends.
MESSAGES = 30


async def forgotten() -> None:
    """Nodes are no longer expected to be interested in a new room."""
    await asyncio.sleep(1.0)


async def room_at_one(world: World, *others: User) -> tuple[dict[str, Any], User, User]:
    """A room of two users with sockets at the first node, and of others without sockets."""
    ann = await world.user("ann")
    cat = await signup(ann.node, "cat")
    world.users.append(cat)
    await cat.connect()
    room = await ann.group(cat, *others)
    await forgotten()
    return room, ann, cat


async def absent(trio: Trio, world: World) -> User:
    """A user of the second node without a socket."""
    bob = await signup(trio.two, "bob")
    world.users.append(bob)
    return bob


async def send_some(user: User, room_id: str) -> None:
    for n in range(MESSAGES):
        await user.send(room_id, str(n))
