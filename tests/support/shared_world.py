"""Users that many tests share, one after the other. Signing up costs a password hash, and most
tests only look at rooms that they have made themselves."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.client import PASSWORD, Http, User
from tests.support.node import Node
from tests.support.world import World, signup

# Seconds. An access token that is not older than this stays valid for a whole test.
RENEW_AFTER = 300.0


class KeptSessions:
    """The sessions that outlive a test: that of the n-th user, and when it began."""

    def __init__(self) -> None:
        self._kept: list[tuple[dict[str, Any], float]] = []

    async def of(self, n: int, node: Node) -> dict[str, Any]:
        if n == len(self._kept):
            user = await signup(node, "shared")
            await user.close()
            self._kept.append((user.session, time.monotonic()))
        session, began = self._kept[n]
        if time.monotonic() - began > RENEW_AFTER:
            session = await _signin(node, session["user"]["username"])
            self._kept[n] = (session, time.monotonic())
        return session


async def _signin(node: Node, username: str) -> dict[str, Any]:
    http = Http(node)
    try:
        body = {"login": username, "password": PASSWORD}
        session: dict[str, Any] = await http("POST", "/auth/signin", body)
        return session
    finally:
        await http.close()


class SharedWorld(World):
    """A world of users who have a past: they have other rooms and know each other."""

    def __init__(self, nodes: list[Node], sessions: KeptSessions) -> None:
        super().__init__(nodes)
        self._sessions = sessions

    async def user(self, name: str = "user", connect: bool = True, **more: Any) -> User:
        assert not more, "a new user is made by World"
        n = len(self.users)
        node = self.nodes[n % len(self.nodes)]
        user = User(node, await self._sessions.of(n, node))
        self.users.append(user)
        if connect:
            await user.connect()
        return user


@asynccontextmanager
async def shared_world_of(nodes: list[Node], sessions: KeptSessions) -> AsyncIterator[SharedWorld]:
    shared_world = SharedWorld(nodes, sessions)
    try:
        yield shared_world
    finally:
        for user in shared_world.users:
            await user.close()
