"""The users of a test. They sign up, connect, and are closed when the test ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.client import PASSWORD, Http, User, unique
from tests.support.matching import ObjectWith
from tests.support.node import Node


async def signup(node: Node, name: str = "user", **more: Any) -> User:
    http = Http(node)
    try:
        username = unique(name)
        session = await http(
            "POST",
            "/auth/signup",
            {
                "email": f"{username}@example.com",
                "username": username,
                "password": PASSWORD,
                "display_name": name.title(),
                **more,
            },
        )
    finally:
        await http.close()
    return User(node, session)


class World:
    """The users of one test, who are closed when it ends. New users go to the nodes in turn."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        self.users: list[User] = []

    async def user(self, name: str = "user", connect: bool = True, **more: Any) -> User:
        node = self.nodes[len(self.users) % len(self.nodes)]
        user = await signup(node, name, **more)
        self.users.append(user)
        if connect:
            await user.connect()
        return user

    async def room(self, *names: str) -> tuple[dict[str, Any], list[User]]:
        """A group of connected users. The first is its owner; all have got the event about it."""
        users = [await self.user(name) for name in names]
        room = await users[0].group(*users[1:])
        for user in users:
            await user.hear("room_joined")
        return room, users


@asynccontextmanager
async def world_of(nodes: list[Node]) -> AsyncIterator[World]:
    world = World(nodes)
    try:
        yield world
    finally:
        for user in world.users:
            await user.close()


async def settled(by: User, *listeners: User) -> None:
    """Wait until the listeners have got everything that the node of ``by`` sent before. Each node's
    events stay in order, so this sends one more and waits for it."""
    room = await by.group(*listeners)
    for listener in listeners:
        for socket in listener.sockets:
            if not socket.closed.is_set():
                await socket.hear("room_joined", room=ObjectWith(id=room["id"]))
