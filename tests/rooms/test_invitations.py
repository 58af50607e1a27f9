"""Who may be added to groups by whom, and the invitations that come instead."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.client import Refused, User, new_id, outcome
from tests.support.database import query
from tests.support.matching import ObjectWith
from tests.support.message_calls import HTTP, Via, all_settled, over_both
from tests.support.room_calls import all_pages, get_room, make_invite, members_by_id
from tests.support.world import World, settled

Json = dict[str, Any]


async def choose(user: User, who: str | None) -> Json:
    """Who may add this user to groups."""
    body = {"preferences": {"add_to_groups": who}}
    preferences: Json = (await user.http("PATCH", "/users/me", body))["preferences"]
    return preferences


async def people(world: World, *names: str) -> list[User]:
    return [await world.user(name) for name in names]


async def told(user: User, **fields: Any) -> list[Json]:
    items = await all_pages(user, "/notifications")
    return [each for each in items if each == ObjectWith(**fields)]


async def stands(user: User, room_id: str) -> str:
    """``in`` the room, ``invited`` (and sees it from outside), or ``out``."""
    try:
        room = await get_room(user, room_id)
    except Refused as refused:
        assert refused.code == "not_found"
        return "out"
    assert (await user.call("get_room", room_id=room_id))["room"] == room
    return "in" if room["me"] else "invited"


async def add(by: User, via: Via, room_id: str, *users: User) -> list[str]:
    """Whom the answer names as new."""
    ids = [user.id for user in users]
    if via.name == "http":
        found = (await by.http("POST", f"/rooms/{room_id}/members", {"user_ids": ids}))["items"]
    else:
        found = (await by.call("add_members", room_id=room_id, user_ids=ids))["members"]
    return [member["user"]["id"] for member in found]


async def create(by: User, via: Via, *users: User) -> Json:
    body = {"kind": "group", "name": "a group", "member_ids": [user.id for user in users]}
    if via.name == "http":
        room: Json = await by.http("POST", "/rooms", body)
        return room
    made: Json = (await by.call("create_room", **body))["room"]
    return made


async def test_add_to_groups_is_checked_and_kept(ann: User) -> None:
    assert (await ann.http("GET", "/users/me"))["preferences"] == {}
    for who in ("everyone", "acquainted", "nobody"):
        assert await choose(ann, who) == {"add_to_groups": who}
    wrongs: list[Any] = ["friends", "", "Nobody", 1, True, ["nobody"], {}]
    for wrong in wrongs:
        body = {"preferences": {"add_to_groups": wrong, "theme": "dark"}}
        with pytest.raises(Refused) as refused:
            await ann.http("PATCH", "/users/me", body)
        fault = refused.value.code, refused.value.field
        assert fault == ("validation_failed", "preferences.add_to_groups")
    assert (await ann.http("GET", "/users/me"))["preferences"] == {"add_to_groups": "nobody"}
    assert await choose(ann, None) == {}


@over_both
async def test_an_invitation_comes_in_place_of_a_seat(world: World, via: Via) -> None:
    ann, bob, cat = await people(world, "ann", "bob", "cat")
    await choose(bob, "nobody")
    room = await create(ann, via, bob, cat)
    assert room["member_count"] == 2
    assert room["last_message"]["system"]["user_ids"] == [ann.id, cat.id]
    assert set(await members_by_id(ann, room["id"])) == {ann.id, cat.id}
    assert await stands(bob, room["id"]) == "invited"
    heard = (await bob.hear("notification"))["notification"]
    assert heard == {
        "id": heard["id"],
        "kind": "invitation",
        "room_id": room["id"],
        "seq": None,
        "actor": await bob.http("GET", f"/users/{ann.id}"),
        "preview": "a group",
        "created_at": heard["created_at"],
        "read_at": None,
    }
    assert await told(bob) == [heard]
    assert (await bob.http("POST", "/notifications/read", {"ids": []}))["unread"] == 1
    # Seen from outside: nothing of what is written there.
    outside = await get_room(bob, room["id"])
    assert (outside["me"], outside["last_message"]) == (None, None)
    for path in ("messages", "members", "pins", "attachments", "invites"):
        call = bob.http("GET", f"/rooms/{room['id']}/{path}")
        assert await outcome(call) == "not_found"
    assert room["id"] not in [each["id"] for each in await all_pages(bob, "/rooms")]

    # Again, by anybody: nothing new, and no error that tells of it.
    before = await get_room(ann, room["id"])
    for by in (ann, cat, ann):
        assert await add(by, via, room["id"], bob) == []
    assert await get_room(ann, room["id"]) == before
    await settled(cat, ann, cat)
    assert await told(bob) == [heard]
    assert len(bob.socket.all("notification")) == 1

    joined = await bob.http("POST", f"/rooms/{room['id']}/join")
    assert (joined["member_count"], joined["me"]["role"]) == (3, "member")
    alert = await ann.hear("member_joined", room_id=room["id"])
    assert (alert["actor_id"], alert["member"]["user"]["id"]) == (bob.id, bob.id)
    await bob.hear("room_joined", room=joined)
    # It is used, and nothing is left to be told of.
    assert (await bob.hear("notifications_read"))["ids"] == [heard["id"]]
    assert await told(bob) == []
    await bob.call("leave_room", room_id=room["id"])
    assert await stands(bob, room["id"]) == "out"
    assert await outcome(bob.call("join_room", room_id=room["id"])) == "not_found"


@over_both
async def test_who_may_add_whom(world: World, via: Via) -> None:
    ann, bob, cat, dan = await people(world, "ann", "bob", "cat", "dan")
    shared = await ann.group(bob)
    for who, expected in (
        ("everyone", {"bob": "in", "cat": "in"}),
        ("acquainted", {"bob": "in", "cat": "invited"}),
        ("nobody", {"bob": "invited", "cat": "invited"}),
    ):
        for user in (bob, cat):
            await choose(user, who)
        empty = await create(ann, via)
        new = await add(ann, via, empty["id"], bob, cat, dan)
        made = await create(ann, via, bob, cat, dan)
        for room_id in (empty["id"], made["id"]):
            stood = {"bob": await stands(bob, room_id), "cat": await stands(cat, room_id)}
            assert stood == expected, who
            assert await stands(dan, room_id) == "in"
        seated = [u.id for u, name in ((bob, "bob"), (cat, "cat")) if expected[name] == "in"]
        assert new == [*seated, dan.id]
        # Dan shares rooms with them from now on, and they with each other: they leave them again.
        for room_id in (empty["id"], made["id"]):
            await ann.http("DELETE", f"/rooms/{room_id}")
    await ann.http("DELETE", f"/rooms/{shared['id']}")
    await choose(bob, "acquainted")
    assert await stands(bob, (await create(ann, via, bob))["id"]) == "invited"


async def test_a_direct_room_acquaints_once_both_want_it(world: World) -> None:
    """Anybody may open one, so that it alone is no acquaintance."""
    ann, bob, cat = await people(world, "ann", "bob", "cat")
    await choose(bob, "acquainted")
    direct = await ann.direct(bob)
    await ann.send(direct["id"], "hello")
    assert await stands(bob, (await ann.group(bob))["id"]) == "invited"
    await bob.send(direct["id"], "who are you?")
    assert await stands(bob, (await ann.group(bob))["id"]) == "in"
    await bob.direct(cat)
    assert await stands(bob, (await cat.group(bob))["id"]) == "in"


async def test_an_invitation_is_declined(world: World) -> None:
    ann, bob = await people(world, "ann", "bob")
    await choose(bob, "nobody")
    room = await ann.group(bob)
    path = f"/rooms/{room['id']}"
    [invitation] = await told(bob)
    # Marking it as read is no answer.
    await bob.http("POST", "/notifications/read", {"all": True})
    assert await stands(bob, room["id"]) == "invited"
    assert await bob.http("DELETE", f"{path}/invitation") is None
    assert (await bob.hear("notifications_read", up_to=None))["ids"] == [invitation["id"]]
    assert await stands(bob, room["id"]) == "out" and await told(bob) == []
    assert await outcome(bob.http("POST", f"{path}/join")) == "not_found"
    for room_id in (room["id"], new_id(), (await ann.group())["id"]):
        call = bob.http("DELETE", f"/rooms/{room_id}/invitation")
        assert await outcome(call) == "not_found"
    # It does not come again until it would have expired.
    await ann.http("POST", f"{path}/members", {"user_ids": [bob.id]})
    assert await told(bob) == []
    sql = "UPDATE room_invitations SET expires_at = 1 WHERE user_id = $1"
    await query(bob.node, sql, bob.id)
    await ann.http("POST", f"{path}/members", {"user_ids": [bob.id]})
    assert len(await told(bob, kind="invitation")) == 1
    assert await stands(bob, room["id"]) == "invited"


async def test_an_invitation_expires(world: World) -> None:
    ann, bob = await people(world, "ann", "bob")
    await choose(bob, "nobody")
    room = await ann.group(bob)
    sql = "SELECT expires_at - created_at AS life FROM room_invitations WHERE user_id = $1"
    rows = await query(bob.node, sql, bob.id)
    assert [row["life"] for row in rows] == [30 * 24 * 3600 * 1000]
    sql = "UPDATE room_invitations SET expires_at = 1 WHERE user_id = $1"
    await query(bob.node, sql, bob.id)
    assert await stands(bob, room["id"]) == "out"
    assert await outcome(bob.call("join_room", room_id=room["id"])) == "not_found"
    # Once more is news again.
    await ann.http("POST", f"/rooms/{room['id']}/members", {"user_ids": [bob.id]})
    assert len(await told(bob)) == 1 and await stands(bob, room["id"]) == "invited"


@pytest.mark.parametrize("end", ["deleted", "left", "removed", "blocked", "blocks"])
async def test_an_invitation_ends_with_what_it_rests_on(world: World, end: str) -> None:
    ann, bob, cat = await people(world, "ann", "bob", "cat")
    await choose(bob, "nobody")
    room = await ann.group(cat)
    await cat.call("add_members", room_id=room["id"], user_ids=[bob.id])
    [invitation] = await told(bob)
    if end == "deleted":
        await ann.http("DELETE", f"/rooms/{room['id']}")
    elif end == "left":
        await cat.call("leave_room", room_id=room["id"])
    elif end == "removed":
        await ann.call("remove_member", room_id=room["id"], user_id=cat.id)
    else:
        blocker, other = (bob, cat) if end == "blocked" else (cat, bob)
        await blocker.http("PUT", f"/users/me/blocks/{other.id}")
    assert await stands(bob, room["id"]) == "out"
    assert await outcome(bob.call("join_room", room_id=room["id"])) == "not_found"
    assert (await bob.hear("notifications_read"))["ids"] == [invitation["id"]]
    assert await told(bob) == []
    if end.startswith("block"):
        await blocker.http("DELETE", f"/users/me/blocks/{other.id}")
        assert await told(bob) == [invitation]


async def test_an_invitation_is_spent_by_any_way_in(world: World) -> None:
    ann, bob, cat = await people(world, "ann", "bob", "cat")
    for user in (bob, cat):
        await choose(user, "nobody")
    room = await ann.group(bob, cat)
    code = (await make_invite(ann, room["id"]))["code"]
    await bob.http("POST", f"/invites/{code}")
    assert await told(bob) == []
    # Cat changes her mind, and is added.
    await choose(cat, "everyone")
    assert await add(ann, HTTP, room["id"], cat) == [cat.id]
    assert await told(cat, kind="invitation") == []
    assert len(await told(cat, kind="added_to_room")) == 1
    rows = await query(ann.node, "SELECT id FROM room_invitations WHERE room_id = $1", room["id"])
    assert rows == []


async def test_blocked_comes_before_an_invitation(world: World) -> None:
    ann, bob = await people(world, "ann", "bob")
    await choose(bob, "nobody")
    await bob.http("PUT", f"/users/me/blocks/{ann.id}")
    room = await ann.group()
    for call in (
        ann.group(bob),
        ann.http("POST", f"/rooms/{room['id']}/members", {"user_ids": [bob.id]}),
    ):
        assert await outcome(call) == "blocked"
    assert await told(bob) == []


async def test_an_invitation_is_used_once_by_many_devices(world: World) -> None:
    ann, bob = await people(world, "ann", "bob")
    await choose(bob, "nobody")
    room = await ann.group(bob)
    path = f"/rooms/{room['id']}/join"
    joins = [bob.http("POST", path), bob.call("join_room", room_id=room["id"])]
    assert await asyncio.gather(*map(outcome, joins)) == ["ok", "ok"]
    assert (await get_room(ann, room["id"]))["member_count"] == 2
    await choose(bob, None)
    await all_settled((ann, bob))
    assert len(ann.socket.all("member_joined", room_id=room["id"])) == 1


async def test_an_invitation_that_has_expired_is_told_no_more(world: World) -> None:
    ann, bob = await people(world, "ann", "bob")
    await choose(bob, "nobody")
    room = await create(ann, HTTP, bob)
    await bob.hear("notification")
    assert [each["room_id"] for each in await told(bob, kind="invitation")] == [room["id"]]
    # As it is until housekeeping removes it.
    for past in (
        "UPDATE notifications SET created_at = created_at - 3600000 WHERE room_id = $1",
        "UPDATE room_invitations SET expires_at = created_at - 60000 WHERE room_id = $1",
    ):
        await query(ann.node, past, room["id"])
    assert await stands(bob, room["id"]) == "out"
    assert await told(bob) == []
    assert (await bob.http("POST", "/notifications/read", {"ids": []}))["unread"] == 0
