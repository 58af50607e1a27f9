"""A group always has an owner: who follows when the last one leaves."""

from __future__ import annotations

import asyncio

from tests.support.client import outcome
from tests.support.matching import ObjectWith
from tests.support.room_calls import get_room, members_by_id, version_and_seq
from tests.support.shared_world import SharedWorld

# The last owner leaves


async def test_leave_room_of_the_last_owner_hands_over_to_the_longest_standing_admin(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat, dan = [await shared_world.user() for _ in range(4)]
    room_id = (await ann.group(bob))["id"]
    for later in (cat, dan):
        await ann.call("add_members", room_id=room_id, user_ids=[later.id])
    # Dan was made admin first, and cat is longer there.
    for admin in (dan, cat):
        await ann.call("set_role", room_id=room_id, user_id=admin.id, role="admin")
    assert version_and_seq(await get_room(ann, room_id)) == (5, 3)

    await ann.call("leave_room", room_id=room_id)

    heir = (await members_by_id(bob, room_id))[cat.id]
    assert (heir["role"], heir["version"]) == ("owner", 6)
    assert [m["role"] for m in (await members_by_id(bob, room_id)).values()] == [
        "member",
        "owner",
        "admin",
    ]
    for user in (bob, cat, dan):
        told = await user.hear("member_updated", room_id=room_id, version=6)
        assert told["member"] == heir
        left = await user.hear("member_left", room_id=room_id)
        assert (left["version"], left["message"]["seq"], left["user_id"]) == (7, 4, ann.id)
    room = await get_room(cat, room_id)
    assert (version_and_seq(room), room["member_count"]) == ((7, 4), 3)
    assert (await ann.hear("room_left", room_id=room_id))["version"] == 7
    # And cat may what an owner may.
    await cat.call("set_role", room_id=room_id, user_id=bob.id, role="admin")


async def test_leave_room_of_the_last_owner_without_admins_hands_over_to_a_member(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat, dan = [await shared_world.user() for _ in range(4)]
    room_id = (await ann.group(visibility="public"))["id"]
    for later in (bob, cat, dan):
        await later.call("join_room", room_id=room_id)
    # Who comes back begins anew: cat is now the longest-standing.
    await bob.call("leave_room", room_id=room_id)
    await bob.call("join_room", room_id=room_id)

    await ann.http("DELETE", f"/rooms/{room_id}/members/{ann.id}")

    roles = {user_id: m["role"] for user_id, m in (await members_by_id(bob, room_id)).items()}
    assert roles == {bob.id: "member", cat.id: "owner", dan.id: "member"}
    room = await get_room(bob, room_id)
    assert (version_and_seq(room), room["member_count"]) == ((8, 7), 3)


async def test_leave_room_of_an_owner_beside_another_hands_over_nothing(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    room_id = (await ann.group(bob, cat))["id"]
    await ann.call("set_role", room_id=room_id, user_id=cat.id, role="owner")

    await ann.call("leave_room", room_id=room_id)

    assert (await bob.hear("member_left", room_id=room_id))["version"] == 3
    assert [data["version"] for data in bob.socket.all("member_updated", room_id=room_id)] == [2]
    # A second owner can also be removed by the first one, who stays.
    await cat.call("set_role", room_id=room_id, user_id=bob.id, role="owner")
    await bob.call("remove_member", room_id=room_id, user_id=cat.id)
    assert list(await members_by_id(bob, room_id)) == [bob.id]
    assert version_and_seq(await get_room(bob, room_id)) == (5, 3)


async def test_leave_room_of_all_owners_at_once_leaves_one_to_the_room(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat, dan = [await shared_world.user() for _ in range(4)]
    room_id = (await ann.group(bob, cat, dan))["id"]
    for owner in (bob, cat):
        await ann.call("set_role", room_id=room_id, user_id=owner.id, role="owner")

    await asyncio.gather(*[u.call("leave_room", room_id=room_id) for u in (ann, bob, cat)])

    assert [m["role"] for m in (await members_by_id(dan, room_id)).values()] == ["owner"]
    # The creation, two roles, the hand-over and three who left.
    assert version_and_seq(await get_room(dan, room_id)) == (7, 4)


async def test_leave_room_of_the_last_one_deletes_it(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    other_node = await ann.connect(bob.node)
    room_id = (await ann.group(bob, visibility="public"))["id"]
    await bob.call("leave_room", room_id=room_id)

    await ann.call("leave_room", room_id=room_id)

    for socket in (ann.socket, other_node):
        told = await socket.hear("room_left", room_id=room_id)
        assert told == {"room_id": room_id, "version": 3, "reason": "left"}
    assert await outcome(ann.call("leave_room", room_id=room_id)) == "not_found"
    for user in (ann, bob):
        assert await outcome(get_room(user, room_id)) == "not_found"
        assert await outcome(user.call("join_room", room_id=room_id)) == "not_found"


async def test_leave_room_racing_with_join_room_never_leaves_a_room_without_owner(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    for _ in range(5):
        room_id = (await ann.group(visibility="public"))["id"]

        left, joined = await asyncio.gather(
            outcome(ann.call("leave_room", room_id=room_id)),
            outcome(bob.call("join_room", room_id=room_id)),
        )

        assert left == "ok"
        # Either the room was gone before bob came, or he has it now.
        if joined == "ok":
            await bob.hear("room_joined", room=ObjectWith(id=room_id))
            assert [m["role"] for m in (await members_by_id(bob, room_id)).values()] == ["owner"]
        else:
            assert joined == "not_found"
            assert await outcome(get_room(bob, room_id)) == "not_found"
