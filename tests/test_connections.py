"""The rooms that a node's sockets hear, when news of joining and leaving come in any order."""

from __future__ import annotations

from itertools import permutations

import pytest

from events.connections import ROOMS, Connections, room_name
from server.auth.entity import Identity
from server.backends.managers import LocalManager

ANN, ROOM = "ann", "room"
News = tuple[str, int]


class Node:
    """One node with a socket of ann's. ``stored`` is what its database says of her rooms."""

    def __init__(self) -> None:
        self.stored: list[tuple[str, int]] = []
        self.manager = LocalManager()
        self.connections = Connections(self.manager, self._rooms_of)
        self.connect("socket")

    async def _rooms_of(self, user_id: str) -> list[tuple[str, int]]:
        return list(self.stored)

    def connect(self, sid: str) -> None:
        identity = Identity(user_id=ANN, session_id="session", expires_at=2**53)
        self.connections.add(sid, f"device of {sid}", ROOMS, identity)

    def hear(self, news: News) -> bool:
        """Whether ann is to be told of it."""
        what, version = news
        change = self.connections.join if what == "join" else self.connections.leave
        return change(ANN, ROOM, version)

    def inside(self, sid: str = "socket") -> bool:
        return room_name(ROOM) in self.manager.get_rooms(sid, ROOMS)


@pytest.mark.parametrize("last", ["join", "leave"])
async def test_news_end_in_the_same_place_whatever_their_order(last: str) -> None:
    all_news: list[News] = [("join", 3), ("leave", 5), ("join", 7), ("leave", 9)]
    happened = all_news if last == "leave" else all_news[:-1]
    for order in permutations(happened):
        node = Node()
        for news in order:
            node.hear(news)
        assert node.inside() == (last == "join"), order
        assert node.connections.users_in(ROOM) == ([ANN] if last == "join" else [])


async def test_news_that_came_late_are_not_told() -> None:
    node = Node()

    assert node.hear(("join", 7))
    assert not node.hear(("leave", 5))
    assert node.hear(("leave", 9))
    assert not node.hear(("join", 7))
    assert not node.hear(("join", 3))


async def test_a_load_takes_what_is_stored_unless_newer_news_came() -> None:
    node = Node()
    node.hear(("join", 3))

    # She has left, and the news were lost.
    assert await node.connections.load(ANN) == [ROOM]
    assert not node.inside()
    # She is back, and these were lost too.
    node.stored = [(ROOM, 7)]
    assert await node.connections.load(ANN) == []
    assert node.inside()
    # She has left again since the database answered.
    node.hear(("leave", 9))
    await node.connections.load(ANN)
    assert not node.inside()


async def test_what_comes_while_the_database_is_read_counts() -> None:
    node = Node()

    async def read(user_id: str) -> list[tuple[str, int]]:
        before = list(node.stored)
        node.hear(("join", 3))
        return before

    node.connections = Connections(node.manager, read)
    node.connect("socket")

    assert await node.connections.load(ANN) == []
    assert node.inside()


async def test_a_socket_of_another_namespace_hears_no_room() -> None:
    node = Node()
    identity = Identity(user_id=ANN, session_id="session", expires_at=2**53)
    node.connections.add("other", "device of socket", "/notifications", identity)

    node.hear(("join", 3))

    assert node.inside()
    assert node.manager.get_rooms("other", "/notifications") == []


async def test_the_last_socket_takes_its_user_along() -> None:
    node = Node()
    node.connect("second")
    node.hear(("join", 3))

    node.connections.remove("socket")
    assert node.connections.users_in(ROOM) == [ANN]
    node.connections.remove("second")

    assert node.connections.users_in(ROOM) == []
    assert node.connections.users == {}
    assert not node.hear(("join", 5))
