"""The same thing twice at once is done once, or twice where that is what it means."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.client import PASSWORD, Http, Refused, User, new_id, unique
from tests.support.node import Node
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("no_errors_logged")


# --- The same thing twice at once ---


async def test_an_event_twice_at_once_is_one_change(world: World, nodes: list[Node]) -> None:
    """Two sockets of ann's, on two nodes where there are two, send the same."""
    room, (ann, bob) = await world.room("ann", "bob")
    carol = await world.user("carol")
    await ann.connect(nodes[-1])
    here = {"room_id": room["id"]}
    one = {**here, "seq": (await ann.send(room["id"], "one"))["seq"]}
    for event, payload in (
        ("send_message", {**here, "client_id": new_id(), "text": "two"}),
        ("edit_message", {**one, "text": "ONE"}),
        ("react", {**one, "emoji": "👍", "on": True}),
        ("react", {**one, "emoji": "👍", "on": False}),
        ("pin_message", {**one, "on": True}),
        ("delete_message", one),
        ("update_room", {**here, "name": "ours"}),
        ("set_role", {**here, "user_id": bob.id, "role": "admin"}),
        ("add_members", {**here, "user_ids": [carol.id]}),
    ):
        before = (await ann.call("get_room", **here))["room"]["version"]
        acks = await asyncio.gather(*(socket.emit(event, payload) for socket in ann.sockets))
        assert [ack["ok"] for ack in acks] == [True, True], (event, acks)
        assert (await ann.call("get_room", **here))["room"]["version"] == before + 1, event
    for event, payload in (
        ("remove_member", {**here, "user_id": carol.id}),
        ("leave_room", here),
    ):
        acks = await asyncio.gather(*(socket.emit(event, payload) for socket in ann.sockets))
        assert sorted(ack["ok"] for ack in acks) == [False, True], (event, acks)
        assert [a["error"]["code"] for a in acks if not a["ok"]] == ["not_found"], event
    seqs = [m["seq"] for m in (await bob.call("get_messages", **here))["messages"]]
    assert seqs == list(range(len(seqs), 0, -1))


async def test_a_room_made_twice_at_once_is_one(world: World, nodes: list[Node]) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    await ann.connect(nodes[-1])
    group = {"kind": "group", "name": "g", "member_ids": [bob.id, bob.id], "client_id": new_id()}
    for payload in (group, {"kind": "direct", "user_id": bob.id}):
        acks = await asyncio.gather(*(s.emit("create_room", payload) for s in ann.sockets))
        assert acks[0]["ok"] and acks[0] == acks[1]
    assert len((await bob.http("GET", "/rooms"))["items"]) == 2


async def test_a_request_twice_at_once_is_one_change(world: World, nodes: list[Node]) -> None:
    ann, bob = await world.user("ann", connect=False), await world.user("bob", connect=False)
    room = await ann.group(name="open", visibility="public")

    async def twice(user: User, method: str, path: str, body: Any = None) -> list[int]:
        calls = [Http(node, user.token) for node in (nodes[0], nodes[-1])]
        options = {} if body is None else {"json": body}
        answers = await asyncio.gather(*(call.raw(method, path, **options) for call in calls))
        for call in calls:
            await call.close()
        return sorted(status for status, _, _ in answers)

    here = f"/rooms/{room['id']}"
    assert await twice(bob, "POST", f"{here}/join") == [200, 200]
    text = {"client_id": new_id(), "text": "once"}
    assert await twice(bob, "POST", f"{here}/messages", text) == [200, 201]
    assert await twice(bob, "PUT", f"{here}/read", {"seq": 3}) == [200, 200]
    assert await twice(bob, "DELETE", f"{here}/messages/3") == [200, 200]
    assert await twice(bob, "DELETE", f"{here}/members/{bob.id}") == [204, 404]
    seen = await ann.http("GET", here)
    # Created, joined, the message, its deletion, left.
    assert (seen["version"], seen["last_seq"], seen["member_count"]) == (5, 4, 1)
    assert await twice(ann, "DELETE", here) == [204, 404]
    assert (await twice(bob, "DELETE", f"/auth/sessions/{bob.session['session_id']}"))[0] == 204


async def test_a_name_signed_up_twice_at_once_is_taken_once(nodes: list[Node]) -> None:
    username = unique("ann")
    body = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
    calls = [Http(node) for node in (nodes[0], nodes[-1])]
    answers = await asyncio.gather(
        *(call("POST", "/auth/signup", body) for call in calls), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [error.code for error in refused] == ["conflict"]
    assert refused[0].field in ("username", "email")
    for call in calls:
        await call.close()
