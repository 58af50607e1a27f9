"""The rate at which a user may give out seats in rooms, in any way."""

from __future__ import annotations

import pytest

from tests.support.client import Refused, new_id, outcome
from tests.support.database import strangers
from tests.support.room_calls import all_pages, get_room, make_invite, use_invite
from tests.support.room_walls import a_group, rooms_made_by, rooms_of
from tests.support.world import World

# How fast


async def test_seats_are_counted_by_people_over_all_ways(scarce: World) -> None:
    ann = await scarce.user("ann")
    there = await ann.connect(scarce.nodes[-1])
    others = await strangers(ann.node, 100)
    repeat = a_group(*others, client_id=new_id())
    room = await ann.http("POST", "/rooms", repeat)
    assert room["member_count"] == 101
    # Nineteen are left.
    bob, cat = [await scarce.user("bob", connect=False) for _ in range(2)]
    for call in (
        *rooms_made_by(ann, a_group(*others)),
        there.call("create_room", **a_group(*others[:20])),
        ann.http("POST", f"/rooms/{room['id']}/members", {"user_ids": others[:20]}),
        there.call("add_members", room_id=room["id"], user_ids=others[:20]),
    ):
        with pytest.raises(Refused) as refused:
            await call
        assert refused.value.code == "rate_limited"
        # Each seat takes 30 seconds.
        assert 0 < refused.value.error["retry_after"] <= 120 * 30
    assert await rooms_of(ann) == [room["id"]]
    # Smaller calls still succeed, and each way counts: 15 + 2 + 2 seats.
    await ann.http("POST", "/rooms", a_group(*others[:14]))
    direct = await there.call("create_room", kind="direct", user_id=bob.id)
    await ann.call("add_members", room_id=room["id"], user_ids=[bob.id, cat.id])
    for body in (a_group(), {"kind": "direct", "user_id": cat.id}):
        for call in rooms_made_by(ann, body):
            assert await outcome(call) == "rate_limited"
    # Rooms that exist already are returned even if no seats are left.
    assert (await ann.http("POST", "/rooms", repeat))["id"] == room["id"]
    assert (await ann.direct(bob))["id"] == direct["room"]["id"]
    # Other users are not affected.
    assert (await bob.http("POST", "/rooms", a_group(*others)))["member_count"] == 101


async def test_seats_are_taken_by_joining(scarce: World) -> None:
    ann, bob = [await scarce.user(name) for name in ("ann", "bob")]
    room = await ann.group(visibility="public")
    code = (await make_invite(ann, room["id"]))["code"]
    others = await strangers(bob.node, 119)
    await bob.http("POST", "/rooms", a_group(*others[:118]))
    await bob.call("join_room", room_id=room["id"])
    # A user who is a member already needs no seat.
    await bob.http("POST", f"/rooms/{room['id']}/join")
    await use_invite(bob, code)
    await bob.call("leave_room", room_id=room["id"])
    for call in (
        bob.http("POST", f"/rooms/{room['id']}/join"),
        bob.call("join_room", room_id=room["id"]),
        use_invite(bob, code),
    ):
        assert await outcome(call) == "rate_limited"
    assert (await get_room(ann, room["id"]))["member_count"] == 1
    assert (await all_pages(ann, f"/rooms/{room['id']}/invites"))[0]["uses"] == 0
