"""The rooms that a node's sockets hear, when news of joining and leaving come in any order."""

from __future__ import annotations

from itertools import permutations

import pytest
import socketio

from events.connections import ROOMS, Connections, socket_room
from server.backends.managers import LocalManager
from server.kernel.caller import Identity
from server.kernel.ids import new_id

ANN, ROOM = "ann", "room"
News = tuple[str, int]


class Node:
    """One node with sockets of ann's. ``stored`` is what its database says of her rooms."""

    def __init__(self) -> None:
        self.stored: list[tuple[str, int]] = []
        self.manager = LocalManager()
        socketio.AsyncServer(async_mode="aiohttp", client_manager=self.manager)
        self.connections = Connections(self.manager, self.rooms_of)

    async def rooms_of(self, user_id: str) -> list[tuple[str, int]]:
        return list(self.stored)

    async def connect(self, namespace: str = ROOMS) -> str:
        """A new socket's id."""
        device = new_id()
        sid: str = await self.manager.connect(device, namespace)
        identity = Identity(user_id=ANN, session_id="session", expires_at=2**53)
        self.connections.add_client(sid, device, namespace, identity)
        return sid

    def hear(self, news: News) -> bool:
        """Whether ann is to be told of it."""
        what, version = news
        change = self.connections.join_room if what == "join" else self.connections.leave_room
        return change(ANN, ROOM, version)

    def inside(self, sid: str, namespace: str = ROOMS) -> bool:
        return socket_room(ROOM) in self.manager.get_rooms(sid, namespace)


@pytest.mark.parametrize("last", ["join", "leave"])
async def test_news_end_in_the_same_place_whatever_their_order(last: str) -> None:
    news: list[News] = [("join", 3), ("leave", 5), ("join", 7), ("leave", 9)]
    for order in permutations(news if last == "leave" else news[:-1]):
        node = Node()
        sid = await node.connect()
        for each in order:
            node.hear(each)
        assert node.inside(sid) == (last == "join"), order
        assert node.connections.users_in(ROOM) == ([ANN] if last == "join" else []), order


async def test_news_that_come_late_are_not_told() -> None:
    node = Node()
    await node.connect()

    assert node.hear(("join", 7))
    assert not node.hear(("leave", 5))
    assert node.hear(("leave", 9))
    for late in (("leave", 9), ("leave", 5), ("join", 7), ("join", 3)):
        assert not node.hear(late)


async def test_a_load_takes_what_is_stored_unless_newer_news_came() -> None:
    node = Node()
    sid = await node.connect()
    node.hear(("join", 3))

    # She has left, and the news were lost.
    assert await node.connections.load_rooms(ANN) == [ROOM]
    assert not node.inside(sid)
    # She is back, and these were lost too.
    node.stored = [(ROOM, 7)]
    assert await node.connections.load_rooms(ANN) == []
    assert node.inside(sid)
    # She has left again since the database answered.
    node.hear(("leave", 9))
    await node.connections.load_rooms(ANN)
    assert not node.inside(sid)


async def test_news_that_come_while_the_database_is_read_count() -> None:
    node = Node()

    async def read(user_id: str) -> list[tuple[str, int]]:
        node.hear(("join", 3))
        return node.stored

    node.connections = Connections(node.manager, read)
    sid = await node.connect()

    assert await node.connections.load_rooms(ANN) == []
    assert node.inside(sid)


async def test_only_sockets_of_rooms_hear_rooms() -> None:
    node = Node()
    rooms, notifications = await node.connect(), await node.connect("/notifications")

    node.hear(("join", 3))

    assert node.inside(rooms)
    assert not node.inside(notifications, "/notifications")


async def test_the_last_socket_takes_its_user_along() -> None:
    node = Node()
    first, second = await node.connect(), await node.connect()
    node.hear(("join", 3))

    node.connections.remove_client(first)
    assert node.connections.users_in(ROOM) == [ANN]
    node.connections.remove_client(second)

    assert node.connections.users_in(ROOM) == []
    assert node.connections.users == {}
    assert not node.hear(("join", 5))
