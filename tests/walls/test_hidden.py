"""A caller cannot tell whether something is hidden from them or does not exist: the answers are the
same, the statements to the database are the same, and neither waits for other users' work.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import quote

import asyncpg
import pytest

from events.rooms import RoomEvents
from tests.support.client import Refused, User, new_id
from tests.support.database import query
from tests.support.files import upload
from tests.support.node import Node
from tests.support.room_calls import make_invite
from tests.support.services import Postgres
from tests.support.world import World, world_of

Json = dict[str, Any]

METHODS = ("get", "put", "post", "patch", "delete")
# The node's own background work sometimes adds statements, so the shortest list of several tries is
# that of the call alone.
TRIES = 4

# The body of a call (besides the room or the code in its path); `member` is the id of a member.
HTTP: dict[str, Callable[[str], Json | None]] = {
    "GET /rooms/{room_id}": lambda member: None,
    "PATCH /rooms/{room_id}": lambda member: {"name": "mine"},
    "DELETE /rooms/{room_id}": lambda member: None,
    "POST /rooms/{room_id}/join": lambda member: None,
    "DELETE /rooms/{room_id}/invitation": lambda member: None,
    "PATCH /rooms/{room_id}/me": lambda member: {"notify": "none"},
    "GET /rooms/{room_id}/members": lambda member: None,
    "POST /rooms/{room_id}/members": lambda member: {"user_ids": [member]},
    "PATCH /rooms/{room_id}/members/{user_id}": lambda member: {"role": "admin"},
    "DELETE /rooms/{room_id}/members/{user_id}": lambda member: None,
    "GET /rooms/{room_id}/invites": lambda member: None,
    "POST /rooms/{room_id}/invites": lambda member: {},
    "GET /rooms/{room_id}/messages": lambda member: None,
    "POST /rooms/{room_id}/messages": lambda member: {"client_id": new_id(), "text": "hello"},
    "GET /rooms/{room_id}/messages/{seq}": lambda member: None,
    "GET /rooms/{room_id}/messages/{seq}/readers": lambda member: None,
    "PATCH /rooms/{room_id}/messages/{seq}": lambda member: {"text": "hello"},
    "DELETE /rooms/{room_id}/messages/{seq}": lambda member: None,
    "PUT /rooms/{room_id}/messages/{seq}/reactions/{emoji}": lambda member: None,
    "DELETE /rooms/{room_id}/messages/{seq}/reactions/{emoji}": lambda member: None,
    "PUT /rooms/{room_id}/messages/{seq}/pin": lambda member: None,
    "DELETE /rooms/{room_id}/messages/{seq}/pin": lambda member: None,
    "GET /rooms/{room_id}/pins": lambda member: None,
    "GET /rooms/{room_id}/attachments": lambda member: None,
    "PUT /rooms/{room_id}/read": lambda member: {"seq": 2},
    "GET /invites/{code}": lambda member: None,
    "POST /invites/{code}": lambda member: None,
    "DELETE /invites/{code}": lambda member: None,
}
EVENTS: dict[str, Callable[[str], Json]] = {
    "join_room": lambda member: {},
    "leave_room": lambda member: {},
    "add_members": lambda member: {"user_ids": [member]},
    "remove_member": lambda member: {"user_id": member},
    "set_role": lambda member: {"user_id": member, "role": "admin"},
    "update_room": lambda member: {"topic": "mine"},
    "get_room": lambda member: {},
    "get_messages": lambda member: {},
    "send_message": lambda member: {"client_id": new_id(), "text": "hello"},
    "edit_message": lambda member: {"seq": 2, "text": "hello"},
    "delete_message": lambda member: {"seq": 2},
    "react": lambda member: {"seq": 2, "emoji": "👍", "on": True},
    "pin_message": lambda member: {"seq": 2, "on": True},
    "mark_read": lambda member: {"seq": 2},
    "typing": lambda member: {"typing": True},
}


@dataclass
class Hidden:
    """Things of Ann that Eve must not see."""

    ann: User
    eve: User
    room_id: str
    former_id: str
    code: str
    attachment_id: str
    own_id: str

    def calls(self) -> dict[str, tuple[Callable[[str], Awaitable[Any]], list[str], str]]:
        """Eve's calls by name: (the call, which takes an id; the hidden ids; the field that a
        refusal names)."""
        rooms = [self.room_id, self.former_id]
        found: dict[str, tuple[Callable[[str], Awaitable[Any]], list[str], str]] = {}
        for name, body in HTTP.items():
            ids = rooms if "{room_id}" in name else [self.code]
            found[name] = (partial(self._http, name, body), ids, "")
        for name, payload in EVENTS.items():
            found[name] = (partial(self._event, name, payload), rooms, "")
        files = [self.attachment_id]
        own = f"/rooms/{self.own_id}"
        found |= {
            "search": (
                lambda id: self.eve.http("GET", f"/search/messages?q=hello&room_id={id}"),
                rooms,
                "",
            ),
            "attachment": (
                lambda id: self.eve.http("POST", f"{own}/messages", self._with(id)),
                files,
                "attachment_ids",
            ),
            "avatar": (
                lambda id: self.eve.http("PATCH", "/users/me", {"avatar_id": id}),
                files,
                "avatar_id",
            ),
            "room's avatar": (
                lambda id: self.eve.http("PATCH", own, {"avatar_id": id}),
                files,
                "avatar_id",
            ),
            "session": (
                lambda id: self.eve.http("DELETE", f"/auth/sessions/{id}"),
                [self.ann.session["session_id"]],
                "",
            ),
        }
        return found

    def _http(self, name: str, body: Callable[[str], Json | None], id: str) -> Awaitable[Any]:
        method, path = name.split()
        whom = {"user_id": self.ann.id, "seq": "2", "emoji": quote("👍")}
        path = path.format(room_id=id, code=id, **whom)
        return self.eve.http(method, path, body(self.ann.id))

    def _event(self, name: str, payload: Callable[[str], Json], id: str) -> Awaitable[Any]:
        return self.eve.call(name, room_id=id, **payload(self.ann.id))

    def _with(self, attachment_id: str) -> Json:
        return {"client_id": new_id(), "attachment_ids": [attachment_id]}


def missing(hidden: str) -> str:
    """An id of the same kind that refers to nothing."""
    return new_id() if len(hidden) == 36 else hidden[::-1]


async def prepare(world: World) -> Hidden:
    ann, eve = await world.user("ann"), await world.user("eve")
    room_id, former_id = [(await ann.group(name="secret"))["id"] for _ in range(2)]
    for each in (room_id, former_id):
        await ann.send(each, "hello")
    await ann.call("add_members", room_id=former_id, user_ids=[eve.id])
    await ann.call("remove_member", room_id=former_id, user_id=eve.id)
    code = (await make_invite(ann, room_id))["code"]
    # The invite has expired.
    await query(ann.node, "UPDATE invites SET expires_at = 1 WHERE room_id = $1", room_id)
    file = await upload(ann, b"secret")
    own_id = (await eve.group())["id"]
    return Hidden(ann, eve, room_id, former_id, code, file["id"], own_id)


@pytest.fixture
async def watched(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Node]:
    """A node on the only database whose statements PostgreSQL logs."""
    node = Node(tmp_path, DATABASE_URL=postgres.create_database("watched"), AUTO_MIGRATE="on")
    await query(node, "ALTER DATABASE watched SET log_statement = 'all'")
    try:
        yield node.start()
    finally:
        node.stop()
        postgres.drop_database("watched")


async def statements(
    postgres: Postgres, call: Callable[[str], Awaitable[Any]], id: str
) -> list[str]:
    """The statements that a call sends to the database, in order, without their values."""
    found = []
    for _ in range(TRIES):
        seen = postgres.log.stat().st_size
        with pytest.raises(Refused) as refused:
            await call(id)
        assert refused.value.code == "not_found"
        text = postgres.log.read_bytes()[seen:].decode()
        asked = re.findall(r" LOG:  (?:execute \w+|statement): (.*(?:\n\t.*)*)", text)
        found.append([" ".join(each.split()) for each in asked])
    return min(found, key=len)


def test_every_call_is_looked_at() -> None:
    """A new call that takes a room needs a row above."""
    takes_room = {
        name[3:]
        for name in dir(RoomEvents)
        if name.startswith("on_")
        and "room_id" in get_type_hints(getattr(RoomEvents, name))["payload"].__struct_fields__
    }
    assert takes_room == EVENTS.keys()


async def test_every_route_is_looked_at(node: Node, world: World) -> None:
    ann = await world.user("ann", connect=False)
    described = await ann.http("GET", f"{node.url}/api/openapi.json")
    routes = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in described["paths"].items()
        for method in methods
        if ("{room_id}" in path or "{code}" in path) and method in METHODS
    }
    assert routes == HTTP.keys()


async def test_hidden_and_missing_ask_the_same(watched: Node, postgres: Postgres) -> None:
    async with world_of([watched]) as world:
        hidden = await prepare(world)
        for name, (call, ids, _) in hidden.calls().items():
            nothing = await statements(postgres, call, missing(ids[0]))
            assert nothing, name
            for id in ids:
                assert await statements(postgres, call, id) == nothing, name


async def test_hidden_and_missing_are_answered_the_same(world: World) -> None:
    hidden = await prepare(world)
    for name, (call, ids, field) in hidden.calls().items():
        errors = []
        for id in (missing(ids[0]), *ids):
            with pytest.raises(Refused) as refused:
                await call(id)
            error = {k: v for k, v in refused.value.error.items() if k != "request_id"}
            errors.append(error)
            assert (refused.value.code, refused.value.field or "") == ("not_found", field), name
        assert errors == [errors[0]] * len(errors), name
    answer = await hidden.eve.call("sync", rooms=dict.fromkeys([hidden.room_id, new_id()], 0))
    assert len(answer["left"]) == 2 and answer["reads"] == {}


@pytest.mark.parametrize("kind", ["postgres"])
async def test_nobody_outside_waits_for_what_is_hidden(world: World) -> None:
    """Work in a room does not delay the calls of users outside of it, and they do not delay it."""
    hidden = await prepare(world)
    connection = await asyncpg.connect(hidden.ann.node.database_url)
    work = connection.transaction()
    await work.start()
    for table in ("rooms", "room_members", "messages", "invites"):
        column = "id" if table == "rooms" else "room_id"
        sql = f"SELECT 1 FROM {table} WHERE {column} = ANY($1::text[]::uuid[]) FOR UPDATE"
        assert await connection.fetch(sql, [hidden.room_id, hidden.former_id])
    sql = "SELECT 1 FROM attachments WHERE id = $1::text::uuid FOR UPDATE"
    assert await connection.fetch(sql, hidden.attachment_id)
    try:
        for name, (call, ids, _) in hidden.calls().items():
            for id in ids:
                with pytest.raises(Refused) as refused:
                    await call(id)
                assert refused.value.code == "not_found", name
    finally:
        await work.rollback()
        await connection.close()
