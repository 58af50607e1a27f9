"""What each role may do, and that a group always has an owner."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.client import Refused, User, new_id, outcome
from tests.support.room_calls import events_of_room, get_room, members_by_id, version_and_seq
from tests.support.shared_world import SharedWorld
from tests.support.world import settled


@dataclass
class Scene:
    """A group with one more of each role, and ``me``, who tries. Message 2 is mine, 3 is ann's."""

    room_id: str
    me: User
    ann: User
    admin: User
    member: User
    stranger: User

    def call(self, event: str, **payload: Any) -> Awaitable[Any]:
        return self.me.call(event, room_id=self.room_id, **payload)

    def remove(self, user: User) -> Awaitable[Any]:
        return self.call("remove_member", user_id=user.id)

    def set_role(self, user: User, role: str) -> Awaitable[Any]:
        return self.call("set_role", user_id=user.id, role=role)


# What it is → (who may at least, how it is done). Each of them is a change where it is allowed.
ACTIONS: dict[str, tuple[str, Callable[[Scene], Awaitable[Any]]]] = {
    "send": ("member", lambda s: s.call("send_message", client_id=new_id(), text="hello")),
    "react": ("member", lambda s: s.call("react", seq=3, emoji="👍", on=True)),
    "edit one's own": ("member", lambda s: s.call("edit_message", seq=2, text="other")),
    "delete one's own": ("member", lambda s: s.call("delete_message", seq=2)),
    "leave": ("member", lambda s: s.call("leave_room")),
    "add a member": ("member", lambda s: s.call("add_members", user_ids=[s.stranger.id])),
    "rename": ("admin", lambda s: s.call("update_room", name="other")),
    "change the topic": ("admin", lambda s: s.call("update_room", topic="other")),
    "publish": ("admin", lambda s: s.call("update_room", visibility="public")),
    "pin": ("admin", lambda s: s.call("pin_message", seq=3, on=True)),
    "delete another's": ("admin", lambda s: s.call("delete_message", seq=3)),
    "remove a member": ("admin", lambda s: s.remove(s.member)),
    "remove an admin": ("owner", lambda s: s.remove(s.admin)),
    "remove an owner": ("owner", lambda s: s.remove(s.ann)),
    "make a member admin": ("owner", lambda s: s.set_role(s.member, "admin")),
    "make a member owner": ("owner", lambda s: s.set_role(s.member, "owner")),
    "make an admin member": ("owner", lambda s: s.set_role(s.admin, "member")),
    "make an owner member": ("owner", lambda s: s.set_role(s.ann, "member")),
    "delete the room": ("owner", lambda s: s.me.http("DELETE", f"/rooms/{s.room_id}")),
    "edit another's": ("nobody", lambda s: s.call("edit_message", seq=3, text="other")),
}

RANKS = ["member", "admin", "owner", "nobody"]

# After these the group is not what the others need.
RESHAPING = ("leave", "remove", "make", "delete the room")


@pytest.mark.parametrize("role", ["member", "admin", "owner"])
async def test_a_role_may_what_its_row_says_and_nothing_else(
    shared_world: SharedWorld, role: str
) -> None:
    ann, me = await shared_world.user(), await shared_world.user()
    others = [await shared_world.user(connect=False) for _ in range(3)]
    scene = await scene_of(ann, me, role, others)

    for action, (least, act) in ACTIONS.items():
        if RANKS.index(role) < RANKS.index(least):
            assert await outcome(act(scene)) == "forbidden", action
    # What was refused has done nothing.
    assert version_and_seq(await get_room(ann, scene.room_id)) == (5 if role != "member" else 4, 3)

    allowed = [
        each for each, (least, _) in ACTIONS.items() if RANKS.index(role) >= RANKS.index(least)
    ]
    for action in sorted(allowed, key=lambda action: action.startswith(RESHAPING)):
        if action.startswith(RESHAPING):
            scene = await scene_of(ann, me, role, others)
        assert await outcome(ACTIONS[action][1](scene)) == "ok", action


async def scene_of(ann: User, me: User, role: str, others: list[User]) -> Scene:
    admin, member, stranger = others
    room_id = (await ann.group(me, admin, member))["id"]
    await ann.call("set_role", room_id=room_id, user_id=admin.id, role="admin")
    if role != "member":
        await ann.call("set_role", room_id=room_id, user_id=me.id, role=role)
    await me.send(room_id, "mine")
    await ann.send(room_id, "ann's")
    return Scene(room_id, me, ann, admin, member, stranger)


@pytest.mark.parametrize("role", ["member", "admin"])
async def test_set_role_of_oneself_is_no_way_up(shared_world: SharedWorld, role: str) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room_id = (await ann.group(bob))["id"]
    await ann.call("set_role", room_id=room_id, user_id=bob.id, role=role)

    for wanted in ("admin", "owner", "member"):
        call = bob.call("set_role", room_id=room_id, user_id=bob.id, role=wanted)
        assert await outcome(call) == "forbidden"

    assert (await members_by_id(ann, room_id))[bob.id]["role"] == role


# Setting roles


async def test_set_role_tells_the_room_with_one_version_and_no_message(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    room_id = (await ann.group(bob, cat))["id"]

    ack = await ann.call("set_role", room_id=room_id, user_id=bob.id, role="admin")

    member = (await members_by_id(ann, room_id))[bob.id]
    assert ack["member"] == member
    assert (member["role"], member["version"]) == ("admin", 2)
    for user in (ann, bob, cat):
        told = await user.hear("member_updated", room_id=room_id)
        assert told == {"room_id": room_id, "version": 2, "member": member}
    assert version_and_seq(await get_room(bob, room_id)) == (2, 1)
    assert (await get_room(bob, room_id))["me"]["role"] == "admin"


async def test_set_role_over_http(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room_id = (await ann.group(bob))["id"]
    path = f"/rooms/{room_id}/members/{bob.id}"

    answer = await ann.http("PATCH", path, {"role": "owner"})

    assert answer == (await members_by_id(bob, room_id))[bob.id]
    assert (await bob.hear("member_updated", room_id=room_id))["member"] == answer
    # There may be several owners: ann's role is hers until she gives it up.
    assert (await members_by_id(bob, room_id))[ann.id]["role"] == "owner"
    stepped_down = await ann.http("PATCH", f"/rooms/{room_id}/members/{ann.id}", {"role": "admin"})
    assert (stepped_down["role"], stepped_down["version"]) == ("admin", 3)


async def test_set_role_to_the_same_takes_no_version(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room = await ann.group(bob)

    ack = await ann.call("set_role", room_id=room["id"], user_id=bob.id, role="member")
    own = await ann.http("PATCH", f"/rooms/{room['id']}/members/{ann.id}", {"role": "owner"})

    assert (ack["member"]["version"], own["version"]) == (1, 1)
    assert await get_room(ann, room["id"]) == room
    await settled(ann, bob)
    assert events_of_room(bob.socket, room["id"]) == ["room_joined"]


async def test_set_role_of_who_is_not_in_is_not_found(shared_world: SharedWorld) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    room_id = (await ann.group(cat))["id"]
    await cat.call("leave_room", room_id=room_id)
    for user_id in (bob.id, cat.id, new_id()):
        call = ann.call("set_role", room_id=room_id, user_id=user_id, role="admin")
        assert await outcome(call) == "not_found"
        path = f"/rooms/{room_id}/members/{user_id}"
        assert await outcome(ann.http("PATCH", path, {"role": "admin"})) == "not_found"


async def test_set_role_does_not_let_the_last_owner_step_down(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room = await ann.group(bob)

    for role in ("admin", "member"):
        with pytest.raises(Refused) as refused:
            await ann.call("set_role", room_id=room["id"], user_id=ann.id, role=role)
        assert refused.value.code == "conflict"

    assert await get_room(ann, room["id"]) == room


async def test_set_role_of_two_owners_stepping_down_at_once_leaves_one(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room_id = (await ann.group(bob))["id"]
    await ann.call("set_role", room_id=room_id, user_id=bob.id, role="owner")

    outcomes = await asyncio.gather(
        outcome(ann.call("set_role", room_id=room_id, user_id=ann.id, role="member")),
        outcome(bob.call("set_role", room_id=room_id, user_id=bob.id, role="member")),
    )

    assert sorted(outcomes) == ["conflict", "ok"]
    roles = [member["role"] for member in (await members_by_id(ann, room_id)).values()]
    assert sorted(roles) == ["member", "owner"]
    assert version_and_seq(await get_room(ann, room_id)) == (3, 1)
