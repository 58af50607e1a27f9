"""The limits on a user's rooms, seats, invites, reactions and notifications."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from tests.support.client import Refused, User, outcome
from tests.support.database import query, strangers
from tests.support.matching import ObjectWith
from tests.support.message_calls import HTTP, SOCKET, Via
from tests.support.room_calls import all_pages, get_room, make_invite, use_invite
from tests.support.room_walls import a_group, rooms_made_by, rooms_of
from tests.support.world import World

EMOJI = ("👍", "🎉", "❤️", "😀", "🚀", "🍀")


async def refusal(call: Awaitable[Any]) -> tuple[str, str | None]:
    with pytest.raises(Refused) as refused:
        await call
    return refused.value.code, refused.value.field


# How many


async def test_rooms_that_one_makes_are_bounded(bounded: World) -> None:
    ann, *others = [await bounded.user("ann") for _ in range(5)]
    made = [await ann.group(), await ann.direct(others[0]), await ann.direct(others[1])]
    for body in (a_group(), {"kind": "direct", "user_id": others[2].id}):
        for call in rooms_made_by(ann, body):
            assert await refusal(call) == ("conflict", None)
    assert set(await rooms_of(ann)) == {room["id"] for room in made}
    assert await rooms_of(others[2]) == []
    # Rooms that others have made do not count, and a deleted room makes place.
    await others[2].direct(ann)
    await ann.http("DELETE", f"/rooms/{made[0]['id']}")
    assert await outcome(ann.group()) == "ok"


async def test_rooms_made_at_once_are_counted_exactly(bounded: World) -> None:
    ann = await bounded.user("ann")
    calls = [call for _ in range(6) for call in rooms_made_by(ann, a_group())]
    outcomes = [await each for each in asyncio.as_completed(map(outcome, calls))]
    assert sorted(outcomes) == ["conflict"] * 9 + ["ok"] * 3
    assert len(await rooms_of(ann)) == 3


async def full(bounded: World) -> tuple[User, list[User]]:
    """A user who is in as many rooms as allowed, and the owners of those rooms, who added them."""
    owners = [await bounded.user("owner") for _ in range(5)]
    ann = await bounded.user("ann")
    for owner in owners:
        await owner.group(ann)
    return ann, owners


async def test_rooms_that_one_is_in_are_bounded(bounded: World) -> None:
    ann, (owner, *_) = await full(bounded)
    public = await owner.group(visibility="public")
    code = (await make_invite(owner, public["id"]))["code"]
    before = await rooms_of(ann)
    for call in (
        *rooms_made_by(ann, a_group()),
        *rooms_made_by(ann, {"kind": "direct", "user_id": owner.id}),
        ann.http("POST", f"/rooms/{public['id']}/join"),
        ann.call("join_room", room_id=public["id"]),
        use_invite(ann, code),
    ):
        assert await refusal(call) == ("conflict", None)
    # A user who adds them gets an error that names the field.
    bob = await bounded.user("bob")
    for call in rooms_made_by(owner, a_group(bob.id, ann.id)):
        assert await refusal(call) == ("conflict", "member_ids")
    for call in rooms_made_by(owner, {"kind": "direct", "user_id": ann.id}):
        assert await refusal(call) == ("conflict", "user_id")
    ids = [bob.id, ann.id]
    for call in (
        owner.http("POST", f"/rooms/{public['id']}/members", {"user_ids": ids}),
        owner.call("add_members", room_id=public["id"], user_ids=ids),
    ):
        assert await refusal(call) == ("conflict", "user_ids")
    assert (await rooms_of(ann), await rooms_of(bob)) == (before, [])
    # Joining a room again that one is in is allowed, and leaving one makes place for another.
    assert (await ann.http("POST", f"/rooms/{before[0]}/join"))["id"] == before[0]
    await ann.call("leave_room", room_id=before[0])
    assert (await use_invite(ann, code))["id"] == public["id"]


async def test_seats_of_a_room_are_bounded(bounded: World) -> None:
    ann = await bounded.user("ann")
    late = [await bounded.user("late") for _ in range(2)]
    others = await strangers(ann.node, 4)
    for call in rooms_made_by(ann, a_group(*others)):
        assert await refusal(call) == ("conflict", "member_ids")
    room = await ann.http("POST", "/rooms", a_group(*others[:2], visibility="public"))
    code = (await make_invite(ann, room["id"]))["code"]
    ids = [user.id for user in late]
    for call in (
        ann.http("POST", f"/rooms/{room['id']}/members", {"user_ids": ids}),
        ann.call("add_members", room_id=room["id"], user_ids=ids),
    ):
        assert await outcome(call) == "conflict"
    assert (await get_room(ann, room["id"]))["version"] == room["version"]
    # Of two users who join at the same time, only one gets in.
    joins = [late[0].call("join_room", room_id=room["id"]), use_invite(late[1], code)]
    assert sorted(await asyncio.gather(*map(outcome, joins))) == ["conflict", "ok"]
    assert (await get_room(ann, room["id"]))["member_count"] == 4
    # Users who are members already need no seat.
    again = {"user_ids": others[:2]}
    assert (await ann.http("POST", f"/rooms/{room['id']}/members", again))["items"] == []


async def test_invites_are_bounded(bounded: World) -> None:
    ann = await bounded.user("ann", connect=False)
    first, second = await ann.group(), await ann.group()
    made = [await make_invite(ann, first["id"]) for _ in range(2)]
    assert await refusal(make_invite(ann, first["id"])) == ("conflict", None)
    await make_invite(ann, second["id"])
    # Another invite would exceed her limit.
    assert await refusal(make_invite(ann, second["id"])) == ("conflict", None)
    await ann.http("DELETE", f"/invites/{made[0]['code']}")
    await make_invite(ann, second["id"])


@pytest.mark.parametrize("via", (SOCKET, HTTP), ids=lambda via: via.name)
async def test_reactions_of_one_user_are_bounded(bounded: World, via: Via) -> None:
    room, (ann, bob) = await bounded.room("ann", "bob")
    seq = (await ann.send(room["id"], "hello"))["seq"]
    for emoji in EMOJI[:3]:
        await via.react(bob, room["id"], seq, emoji)
    assert await refusal(via.react(bob, room["id"], seq, EMOJI[3])) == ("conflict", "emoji")
    for emoji in EMOJI[3:5]:
        await via.react(ann, room["id"], seq, emoji)
    # A message can have five different reactions at most.
    assert await refusal(via.react(ann, room["id"], seq, EMOJI[5])) == ("conflict", "emoji")
    await via.react(bob, room["id"], seq, EMOJI[0], False)
    reactions = (await via.react(bob, room["id"], seq, EMOJI[3]))["reactions"]
    assert [each["emoji"] for each in reactions] == list(EMOJI[1:5])


async def test_notifications_are_bounded_and_the_oldest_go(bounded: World) -> None:
    room, (ann, bob) = await bounded.room("ann", "bob")
    mentions = [(await ann.send(room["id"], f"{n} @{bob.username}"))["seq"] for n in range(14)]
    own = [(await bob.send(room["id"], "hello"))["seq"] for _ in range(3)]
    for seq in own:
        await SOCKET.react(ann, room["id"], seq, "👍")
    newest = await all_pages(bob, "/notifications?limit=4")
    assert [each["seq"] for each in newest] == [*reversed(own), *reversed(mentions[7:])]
    stored = await query(bob.node, "SELECT id FROM notifications WHERE user_id = $1", bob.id)
    assert len(stored) == 10
    # Being added counts too.
    await ann.group(bob)
    stored = await query(bob.node, "SELECT id FROM notifications WHERE user_id = $1", bob.id)
    assert len(stored) == 10


async def test_invitations_are_bounded_and_the_oldest_goes(bounded: World) -> None:
    owners = [await bounded.user("owner") for _ in range(3)]
    bob = await bounded.user("bob")
    await bob.http("PATCH", "/users/me", {"preferences": {"add_to_groups": "nobody"}})
    rooms = [await owner.group(bob) for owner in owners]
    kept = [each["room_id"] for each in await all_pages(bob, "/notifications")]
    assert kept == [rooms[2]["id"], rooms[1]["id"]]
    assert await outcome(bob.call("join_room", room_id=rooms[0]["id"])) == "not_found"
    await bob.hear("notifications_read", up_to=None)
    # Invitations take seats, so that invited users can join.
    others = await strangers(owners[1].node, 3)
    body = {"user_ids": others}
    call = owners[1].http("POST", f"/rooms/{rooms[1]['id']}/members", body)
    assert await refusal(call) == ("conflict", None)
    joined = await bob.call("join_room", room_id=rooms[1]["id"])
    assert joined["room"] == ObjectWith(id=rooms[1]["id"], member_count=2)
