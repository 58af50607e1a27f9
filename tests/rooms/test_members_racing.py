"""Who is in a room and hears it, on several sockets and when many come and go at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from tests.support.client import User, outcome
from tests.support.matching import ObjectWith
from tests.support.room_calls import (
    get_room,
    members_by_id,
    message_history,
    version_and_seq,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import settled

Json = dict[str, Any]

ALERTS = ("member_joined", "member_left", "member_updated")


# Several sockets


async def test_all_sockets_of_a_user_hear_on_every_node(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    bobs = [bob.socket, await bob.connect(ann.node), await bob.connect()]

    room_id = (await ann.group(bob))["id"]
    for socket in bobs:
        await socket.hear("room_joined", room=ObjectWith(id=room_id))
    await ann.send(room_id, "hello")
    for socket in bobs:
        await socket.hear("message_created", room_id=room_id)
    # One that comes later hears the room as well, and is told of no joining.
    bobs.append(await bob.connect(ann.node))
    await ann.call("update_room", room_id=room_id, name="new")
    for socket in bobs:
        await socket.hear("room_updated", room_id=room_id)
    assert bobs[-1].all("room_joined", room=ObjectWith(id=room_id)) == []

    await bobs[1].call("leave_room", room_id=room_id)

    for socket in bobs:
        told = await socket.hear("room_left", room_id=room_id)
        assert told["version"] == 4


async def test_a_socket_hears_its_rooms_from_before_its_connect_is_answered(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user(connect=False)
    room_id = (await ann.group(bob))["id"]

    connecting = asyncio.create_task(bob.connect())
    sent = []
    while not connecting.done():
        sent.append(await ann.send(room_id, "while bob comes"))
    answered = len(sent)
    sent.append(await ann.send(room_id, "bob is there"))

    await bob.hear("message_created", message=ObjectWith(id=sent[-1]["id"]))
    heard = [told["message"]["seq"] for told in bob.socket.all("message_created", room_id=room_id)]
    # Whatever came before the first one may be synced by then; after it there is no hole.
    assert heard == list(range(heard[0], sent[-1]["seq"] + 1))
    assert heard[0] <= sent[answered - 1]["seq"] + 1


# Races


async def test_members_racing_keep_versions_seqs_and_counts_right(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    movers = [await shared_world.user() for _ in range(5)]
    room_id = (await ann.group(bob, visibility="public"))["id"]
    await ann.call("set_role", room_id=room_id, user_id=bob.id, role="owner")

    for _ in range(2):
        calls = []
        for mover in movers:
            member = {"room_id": room_id, "user_id": mover.id}
            calls += [
                mover.http("POST", f"/rooms/{room_id}/join"),
                mover.call("leave_room", room_id=room_id),
                ann.call("add_members", room_id=room_id, user_ids=[mover.id]),
                bob.call("remove_member", **member),
            ]
        outcomes = await asyncio.gather(*[outcome(call) for call in calls])
        assert set(outcomes) <= {"ok", "not_found"}

    room = await get_room(ann, room_id)
    messages = await message_history(ann, room_id)
    # One of the versions is bob's new role.
    assert version_and_seq(room) == (len(messages) + 1, len(messages))
    assert [m["seq"] for m in messages] == list(range(1, len(messages) + 1))
    assert [m["version"] for m in messages[1:]] == list(range(3, room["version"] + 1))
    inside = who_is_in(messages)
    assert set(await members_by_id(ann, room_id)) == inside
    assert room["member_count"] == len(inside)
    for user in (ann, bob):
        await alerted(user, room_id, room["version"])
    # Who is in hears the room, and who is not does not, whatever came first on their node.
    for sender in (ann, bob):
        await sender.send(room_id, "done")
        await settled(sender, *movers)
    for mover in movers:
        heard = mover.socket.all("message_created", room_id=room_id)
        assert len(heard) == (2 if mover.id in inside else 0)


def who_is_in(messages: list[Json]) -> set[str]:
    """As the system messages tell it; nobody comes twice or goes without being there."""
    inside: Counter[str] = Counter()
    for system in (message["system"] for message in messages):
        if system is not None:
            step = 1 if system["event"] in ("created", "joined") else -1
            inside.update({user_id: step for user_id in system["user_ids"]})
            assert set(inside.values()) <= {0, 1}
    return {user_id for user_id, times in inside.items() if times}


async def alerted(user: User, room_id: str, version: int) -> None:
    """The user has heard of each version up to this one, once."""
    alerts: list[int] = []
    while len(alerts) < version - 1:
        told = [data for name, data in user.socket.of_room(room_id) if name in ALERTS]
        alerts = sorted(data["version"] for data in told)
        if len(alerts) < version - 1:
            assert await user.socket.more(len(user.socket.heard)), alerts
    assert alerts == list(range(2, version + 1))


async def test_leave_room_of_everybody_at_once_leaves_no_room(shared_world: SharedWorld) -> None:
    users = [await shared_world.user() for _ in range(6)]
    room = await users[0].group(*users[1:], visibility="public")
    for user in users:
        await user.hear("room_joined", room=ObjectWith(id=room["id"]))

    await asyncio.gather(*[user.call("leave_room", room_id=room["id"]) for user in users])

    for user in users:
        told = await user.hear("room_left", room_id=room["id"])
        assert told["reason"] == "left"
        assert await outcome(get_room(user, room["id"])) == "not_found"
    assert await outcome(users[0].call("join_room", room_id=room["id"])) == "not_found"
