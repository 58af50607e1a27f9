"""Calls about messages, over the socket or over HTTP. Both follow the same rules, so tests of what
a call does run over both, and tests of details over one of them.

    @over_both
    async def test_…(shared_world: SharedWorld, via: Via) -> None:
        sent = await via.send(ann, room["id"], text="hello")
"""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from tests.support.client import Refused, User, new_id
from tests.support.matching import ObjectWith
from tests.support.room_calls import get_room
from tests.support.shared_world import SharedWorld
from tests.support.world import World, settled

Json = dict[str, Any]


class Sent(NamedTuple):
    message: Json
    duplicate: bool


class Via(ABC):
    name: str

    async def send(self, user: User, room_id: str, **body: Any) -> Sent:
        """Send a message, with a new ``client_id`` unless one is given."""
        return await self._send(user, room_id, {"client_id": new_id()} | body)

    @abstractmethod
    async def _send(self, user: User, room_id: str, body: Json) -> Sent: ...

    @abstractmethod
    async def edit(self, user: User, room_id: str, seq: int, text: Any) -> Json: ...

    @abstractmethod
    async def delete(self, user: User, room_id: str, seq: int) -> Json: ...

    @abstractmethod
    async def react(
        self, user: User, room_id: str, seq: int, emoji: str, on: bool = True
    ) -> Json: ...

    @abstractmethod
    async def pin(self, user: User, room_id: str, seq: int, on: bool = True) -> Json: ...

    @abstractmethod
    async def mark_read(self, user: User, room_id: str, seq: int) -> Json: ...

    @abstractmethod
    async def history(self, user: User, room_id: str, **query: int) -> Json:
        """``{items, has_more, version}``."""

    @abstractmethod
    async def unread(self, user: User) -> Json: ...


class BySocket(Via):
    name = "socket"

    async def _send(self, user: User, room_id: str, body: Json) -> Sent:
        ack = await user.call("send_message", room_id=room_id, **body)
        assert set(ack) == {"ok", "message", "duplicate"}
        return Sent(ack["message"], ack["duplicate"])

    async def _message(self, user: User, event: str, **payload: Any) -> Json:
        ack = await user.call(event, **payload)
        assert set(ack) == {"ok", "message"}
        message: Json = ack["message"]
        return message

    async def edit(self, user: User, room_id: str, seq: int, text: Any) -> Json:
        return await self._message(user, "edit_message", room_id=room_id, seq=seq, text=text)

    async def delete(self, user: User, room_id: str, seq: int) -> Json:
        return await self._message(user, "delete_message", room_id=room_id, seq=seq)

    async def react(self, user: User, room_id: str, seq: int, emoji: str, on: bool = True) -> Json:
        at = {"room_id": room_id, "seq": seq}
        return await self._message(user, "react", **at, emoji=emoji, on=on)

    async def pin(self, user: User, room_id: str, seq: int, on: bool = True) -> Json:
        return await self._message(user, "pin_message", room_id=room_id, seq=seq, on=on)

    async def mark_read(self, user: User, room_id: str, seq: int) -> Json:
        return _unwrapped(await user.call("mark_read", room_id=room_id, seq=seq))

    async def history(self, user: User, room_id: str, **query: int) -> Json:
        page = _unwrapped(await user.call("get_messages", room_id=room_id, **query))
        return {"items" if name == "messages" else name: page[name] for name in page}

    async def unread(self, user: User) -> Json:
        return _unwrapped(await user.socket.call("get_unread", namespace="/notifications"))


class ByHttp(Via):
    name = "http"

    async def _send(self, user: User, room_id: str, body: Json) -> Sent:
        """Send a message. The status must be 201, or 200 for a duplicate."""
        status, _, raw = await user.http.raw("POST", f"/rooms/{room_id}/messages", json=body)
        answer = json.loads(raw)
        if status >= 400:
            raise Refused(answer, status)
        return Sent(answer, {201: False, 200: True}[status])

    async def _message(self, user: User, method: str, path: str, body: Any = None) -> Json:
        message: Json = await user.http(method, path, body)
        return message

    async def edit(self, user: User, room_id: str, seq: int, text: Any) -> Json:
        return await self._message(user, "PATCH", _path(room_id, seq), {"text": text})

    async def delete(self, user: User, room_id: str, seq: int) -> Json:
        return await self._message(user, "DELETE", _path(room_id, seq))

    async def react(self, user: User, room_id: str, seq: int, emoji: str, on: bool = True) -> Json:
        path = f"{_path(room_id, seq)}/reactions/{quote(emoji, safe='')}"
        return await self._message(user, "PUT" if on else "DELETE", path)

    async def pin(self, user: User, room_id: str, seq: int, on: bool = True) -> Json:
        return await self._message(user, "PUT" if on else "DELETE", f"{_path(room_id, seq)}/pin")

    async def mark_read(self, user: User, room_id: str, seq: int) -> Json:
        return await self._message(user, "PUT", f"/rooms/{room_id}/read", {"seq": seq})

    async def history(self, user: User, room_id: str, **query: int) -> Json:
        text = "&".join(f"{name}={value}" for name, value in query.items())
        return await self._message(user, "GET", f"/rooms/{room_id}/messages?{text}")

    async def unread(self, user: User) -> Json:
        return await self._message(user, "GET", "/unread")


def _path(room_id: str, seq: int) -> str:
    return f"/rooms/{room_id}/messages/{seq}"


def _unwrapped(ack: Json) -> Json:
    return {name: value for name, value in ack.items() if name != "ok"}


SOCKET, HTTP = BySocket(), ByHttp()
over_both = pytest.mark.parametrize("via", (SOCKET, HTTP), ids=lambda via: via.name)
# For tests that need to run only once over each way and on each kind of deployment.
over_either = pytest.mark.parametrize(
    ("kind", "via"),
    (("sqlite", HTTP), ("postgres", SOCKET)),
    ids=("sqlite-http", "postgres-socket"),
)


async def group_of(world: World, *, count: int = 2) -> tuple[str, list[User]]:
    """The id of a new group and its connected members. The first is the owner; all have got the
    events about it."""
    users = [await world.user() for _ in range(count)]
    room = await users[0].group(*users[1:])
    for user in users:
        await user.hear("room_joined", room=ObjectWith(id=room["id"]))
    return room["id"], users


async def other_device(world: World, user: User) -> User:
    """The same user with another device; if there are two nodes, on the other one."""
    there = User(next((n for n in world.nodes if n is not user.node), user.node), user.session)
    world.users.append(there)
    await there.connect()
    return there


async def get_message(user: User, room_id: str, seq: int) -> Json:
    """The message as the user sees it now."""
    found: Json = await user.http("GET", _path(room_id, seq))
    return found


async def whole_history(user: User, room_id: str) -> list[Json]:
    """Every message, oldest first."""
    items: list[Json] = []
    more = True
    while more:
        after = items[-1]["seq"] if items else 0
        page = await HTTP.history(user, room_id, after_seq=after, limit=100)
        items, more = items + page["items"], page["has_more"]
    return items


async def room_and_messages(user: User, room_id: str) -> tuple[Json, list[Json]]:
    """The room and its messages: everything that a change would alter."""
    return await get_room(user, room_id), await whole_history(user, room_id)


async def all_settled(users: Iterable[User]) -> None:
    """Wait until these users have got everything that the nodes have sent so far."""
    known = list(users)
    by = {id(user.node): user for user in known}
    for user in by.values():
        await settled(user, *(other for other in known if other is not user), user)


async def versioned_events(user: User, room_id: str) -> list[tuple[str, Json]]:
    """The events of a room that have a version and that the user got, ordered by version."""
    told = [(name, data) for name, data in user.socket.of_room(room_id) if "version" in data]
    return sorted(told, key=lambda each: each[1]["version"])


async def refusals(*calls: Any) -> list[str]:
    """The codes of calls that must all be refused."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    codes = [answer.code for answer in answers if isinstance(answer, Refused)]
    assert len(codes) == len(answers), answers
    return codes


async def message_in_group(
    shared_world: SharedWorld, count: int = 2
) -> tuple[str, int, list[User]]:
    room_id, users = await group_of(shared_world, count=count)
    return room_id, (await users[0].send(room_id, "hello"))["seq"], users


async def unread_of(user: User) -> Json:
    """``{total, mentions, rooms}``. The socket and HTTP must return the same."""
    over_http = await HTTP.unread(user)
    assert await SOCKET.unread(user) == over_http
    assert set(over_http) == {"total", "mentions", "rooms"}
    assert over_http["total"] == sum(over_http["rooms"].values())
    return over_http


async def told_of_change(listener: User, changed: Json, change: str, actor: User) -> Json:
    """The event about a change that was just acknowledged. It must match the acknowledged message,
    except for personal fields."""
    told = await listener.hear("message_updated", room_id=changed["room_id"])
    assert set(told) == {
        *("room_id", "version", "message", "change", "actor_id", "reactions_changed")
    }
    assert (told["change"], told["actor_id"]) == (change, actor.id)
    assert told["version"] == told["message"]["version"] == changed["version"]
    assert told["message"] == changed
    assert told["reactions_changed"] == []
    return dict(told)
