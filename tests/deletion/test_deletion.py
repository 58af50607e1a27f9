"""Deleting one's account: what goes, what stays, and who hears of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import code_of
from tests.support.client import PASSWORD, PATIENCE, Http, Refused, User, new_id, outcome
from tests.support.database import query
from tests.support.files import fetch, picture, upload
from tests.support.matching import ObjectWith
from tests.support.node import Node
from tests.support.world import World, world_of

pytestmark = pytest.mark.usefixtures("no_errors_logged")


async def delete(user: User, password: str = PASSWORD) -> None:
    assert await user.http("DELETE", "/users/me", {"password": password}) is None


def ghost(user: User) -> dict[str, Any]:
    """The user as everybody sees them afterwards."""
    return {
        "id": user.id,
        "username": "",
        "display_name": "",
        "bio": None,
        "avatar_url": None,
        "status": None,
        "deleted": True,
        "created_at": user.session["user"]["created_at"],
    }


async def test_delete_me_ends_every_session_on_every_node(ann: User, bob: User) -> None:
    elsewhere = await ann.connect(bob.node)
    assert await code_of(bob.node, ann.token) == "ok"
    await delete(ann)
    for node in (ann.node, bob.node):
        assert await code_of(node, ann.token) == "unauthenticated"
        body = {"refresh_token": ann.session["refresh_token"]}
        assert await code_of(node, None, "POST /auth/refresh", body) == "unauthenticated"
        for login in (ann.username, ann.session["user"]["email"]):
            body = {"login": login, "password": PASSWORD}
            assert await code_of(node, None, "POST /auth/signin", body) == "invalid_credentials"
    async with asyncio.timeout(PATIENCE):
        await ann.socket.closed.wait()
        await elsewhere.closed.wait()


async def test_delete_me_leaves_groups_and_hands_them_over(world: World) -> None:
    ann, bob, carol = [await world.user(name) for name in ("ann", "bob", "carol")]
    room = await ann.group(bob, carol)
    alone = await ann.group()
    await ann.http("PATCH", f"/rooms/{room['id']}/members/{carol.id}", {"role": "admin"})
    await delete(ann)
    for user in (bob, carol):
        assert await user.hear("user_updated") == {"user": ghost(ann)}
        await user.hear("member_updated", member=ObjectWith(role="owner"))
        left = await user.hear("member_left", room_id=room["id"], user_id=ann.id)
        assert (left["reason"], left["message"]["system"]["event"]) == ("left", "left")
    members = (await bob.http("GET", f"/rooms/{room['id']}/members"))["items"]
    assert {member["user"]["id"]: member["role"] for member in members} == {
        bob.id: "member",
        carol.id: "owner",
    }
    rows = await query(ann.node, f"SELECT deleted_at AS at FROM rooms WHERE id = '{alone['id']}'")
    assert rows[0]["at"] is not None


async def test_delete_me_leaves_many_groups_after_the_answer(ann: User, bob: User) -> None:
    rooms = [(await ann.group(bob))["id"] for _ in range(55)]
    await delete(ann)
    left = [await bob.hear("member_left", room_id=room_id) for room_id in rooms]
    assert {each["user_id"] for each in left} == {ann.id}
    for room_id in rooms:
        await bob.hear("member_updated", room_id=room_id, member=ObjectWith(role="owner"))


async def test_delete_me_leaves_a_deleted_user_on_what_was_written(ann: User, bob: User) -> None:
    room, direct = await ann.group(bob), await ann.direct(bob)
    for each in (room, direct):
        await ann.send(each["id"], "hello")
    await delete(ann)
    assert await bob.http("GET", f"/users/{ann.id}") == ghost(ann)
    assert (await bob.http("GET", f"/rooms/{direct['id']}"))["peer"] == ghost(ann)
    members = (await bob.http("GET", f"/rooms/{direct['id']}/members"))["items"]
    assert ghost(ann) in [member["user"] for member in members]
    for each in (room, direct):
        messages = (await bob.http("GET", f"/rooms/{each['id']}/messages"))["items"]
        assert [m["author_id"] for m in messages if m["text"] == "hello"] == [ann.id]
    found = await bob.http("GET", f"/users?q={ann.username}")
    assert found["items"] == []
    # Nobody gets them into anything any more.
    group = await bob.group()
    for path, body, field in (
        (f"/rooms/{group['id']}/members", {"user_ids": [ann.id]}, "user_ids"),
        ("/rooms", {"kind": "group", "name": "x", "member_ids": [ann.id]}, "member_ids"),
    ):
        with pytest.raises(Refused) as refused:
            await bob.http("POST", path, body)
        assert (refused.value.code, refused.value.field) == ("not_found", field)


async def test_delete_me_removes_what_is_personal(ann: User, bob: User) -> None:
    attachment = await upload(ann, picture())
    body = {"avatar_id": attachment["id"], "bio": "me", "preferences": {"theme": "dark"}}
    url = (await ann.http("PATCH", "/users/me", body))["avatar_url"]
    await ann.http("PUT", f"/users/me/blocks/{bob.id}")
    await bob.http("PUT", f"/users/me/blocks/{ann.id}")
    await delete(ann)
    assert (await fetch(bob, url))[0] == 404
    assert (await bob.http("GET", "/users/me/blocks"))["items"] == []
    assert await outcome(bob.http("PUT", f"/users/me/blocks/{ann.id}")) == "not_found"
    async with asyncio.timeout(PATIENCE):
        await ann.socket.closed.wait()
    for table in ("user_credentials", "user_preferences", "user_last_seen", "email_tokens"):
        rows = await query(ann.node, f"SELECT user_id FROM {table} WHERE user_id = '{ann.id}'")
        assert rows == [], table


async def test_delete_me_frees_the_names_after_a_while(ann: User, bob: User) -> None:
    """The address at once, the username after 30 days: old mentions must lead to nobody else."""
    await delete(ann)
    assert await outcome(bob.http("PATCH", "/users/me", {"username": ann.username})) == "conflict"
    kept = await query(ann.node, "SELECT * FROM freed_usernames WHERE user_id = $1", ann.id)
    assert kept == []
    later = "UPDATE freed_usernames SET freed_at = freed_at - $2 WHERE username_key = $1"
    await query(ann.node, later, ann.username.lower(), 30 * 24 * 3_600_000)
    http = Http(bob.node)
    try:
        names = {"username": ann.username, "email": ann.session["user"]["email"]}
        session = await http("POST", "/auth/signup", {**names, "password": PASSWORD})
        assert session["user"]["id"] != ann.id
    finally:
        await http.close()


async def test_delete_me_refuses_a_wrong_password_and_changes_nothing(ann: User, bob: User) -> None:
    room = await ann.group(bob)
    before = await ann.http("GET", "/users/me")
    with pytest.raises(Refused) as refused:
        await delete(ann, "not the password")
    assert (refused.value.code, refused.value.status) == ("invalid_credentials", 401)
    for body in (None, {}, {"password": None}, {"password": PASSWORD, "x": 1}):
        with pytest.raises(Refused) as refused:
            await ann.http("DELETE", "/users/me", body)
        field = "x" if body and "x" in body else "password"
        assert (refused.value.code, refused.value.field) == ("validation_failed", field)
    assert await ann.http("GET", "/users/me") == before
    assert (await ann.http("GET", f"/rooms/{room['id']}"))["me"]["role"] == "owner"


async def test_delete_me_twice_at_once_is_done_once(ann: User, bob: User) -> None:
    room = await ann.group(bob)
    other = Http(bob.node, ann.token)
    try:
        calls = [http("DELETE", "/users/me", {"password": PASSWORD}) for http in (ann.http, other)]
        assert sorted([await outcome(call) for call in asyncio.as_completed(calls)]) == [
            "ok",
            "unauthenticated",
        ]
    finally:
        await other.close()
    await bob.hear("member_left", room_id=room["id"], user_id=ann.id)
    room = await bob.http("GET", f"/rooms/{room['id']}")
    assert (room["member_count"], room["me"]["role"]) == (1, "owner")


async def test_delete_me_racing_signins_and_adds_leaves_nothing_alive(
    world: World,
) -> None:
    ann, bob = await world.user("ann", connect=False), await world.user("bob", connect=False)
    room = await bob.group()
    http = Http(bob.node)
    body = {"login": ann.username, "password": PASSWORD}
    add = bob.http("POST", f"/rooms/{room['id']}/members", {"user_ids": [ann.id]})
    try:
        answers = await asyncio.gather(
            http("POST", "/auth/signin", body), delete(ann), add, return_exceptions=True
        )
    finally:
        await http.close()
    session: Any = answers[0]
    if isinstance(session, dict):
        assert await code_of(ann.node, session["access_token"]) == "unauthenticated"
    rows = await query(
        ann.node,
        f"SELECT id FROM sessions WHERE user_id = '{ann.id}' AND revoked_at IS NULL",
    )
    assert rows == []


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_deletion_that_was_cut_short_is_finished(folder: Path) -> None:
    """Here by putting back what it would have left, while the node is down."""
    node = Node(folder).start()
    try:
        async with world_of([node]) as world:
            ann, bob = [await world.user(name, connect=False) for name in ("ann", "bob")]
            room = await ann.group(bob)
            await delete(ann)
            await asyncio.to_thread(node.stop)
            seat = "room_id = $1 AND user_id = $2"
            await query(
                node,
                f"UPDATE room_members SET active = true, role = 'owner' WHERE {seat}",
                *(room["id"], ann.id),
            )
            await query(node, "UPDATE rooms SET member_count = 2 WHERE id = $1", room["id"])
            await query(node, "INSERT INTO user_last_seen VALUES ($1, 1)", ann.id)
            await asyncio.to_thread(node.start)
            await bob.connect()
            async with asyncio.timeout(PATIENCE):
                while (await bob.http("GET", f"/rooms/{room['id']}"))["member_count"] > 1:
                    await asyncio.sleep(0.05)
            left = "SELECT user_id FROM user_last_seen WHERE user_id = $1"
            assert await query(node, left, ann.id) == []
    finally:
        node.stop()


async def test_delete_me_with_an_unknown_token_is_unauthenticated(ann: User) -> None:
    for token in (None, new_id()):
        code = await code_of(ann.node, token, "DELETE /users/me", {"password": PASSWORD})
        assert code == "unauthenticated"
