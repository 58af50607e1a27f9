"""Joining rooms and leaving them, with the alerts, versions and seqs that this takes."""

from __future__ import annotations

import asyncio

from tests.support.client import outcome
from tests.support.matching import ObjectWith
from tests.support.room_calls import (
    MEMBER_FIELDS,
    events_of_room,
    get_room,
    latest_message,
    members_by_id,
    message_history,
    version_and_seq,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import settled

# Joining


async def test_join_room_alerts_the_room_and_tells_the_joiner_of_it(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    room = await ann.group(cat, visibility="public")

    ack = await bob.call("join_room", room_id=room["id"])

    joined = ack["room"]
    assert joined == await get_room(bob, room["id"])
    assert (version_and_seq(joined), joined["member_count"]) == ((2, 2), 3)
    assert (joined["me"]["role"], joined["me"]["last_read_seq"]) == ("member", 2)
    assert joined["me"]["unread_count"] == 0
    for user in (ann, cat):
        alert = await user.hear("member_joined", room_id=room["id"])
        assert set(alert) == {"room_id", "version", "member", "actor_id", "message"}
        assert (alert["version"], alert["actor_id"]) == (2, bob.id)
        assert set(alert["member"]) == MEMBER_FIELDS
        assert alert["member"] == (await members_by_id(ann, room["id"]))[bob.id]
        assert (alert["member"]["version"], alert["member"]["last_read_seq"]) == (2, 2)
        system = alert["message"]["system"]
        assert (system["event"], system["actor_id"]) == ("joined", bob.id)
        assert system["user_ids"] == [bob.id]
        assert alert["message"] == joined["last_message"] == await latest_message(user, room["id"])
    assert (await bob.hear("room_joined", room=ObjectWith(id=room["id"])))["room"] == joined
    # The system message came with the alert, and comes no second time.
    await settled(bob, ann, bob, cat)
    assert events_of_room(cat.socket, room["id"]) == ["room_joined", "member_joined"]
    assert events_of_room(bob.socket, room["id"])[0] == "room_joined"
    assert "message_created" not in events_of_room(bob.socket, room["id"])


async def test_join_room_over_http_lets_read_from_the_start(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room = await ann.group(visibility="public")
    await ann.send(room["id"], "before bob")

    joined = await bob.http("POST", f"/rooms/{room['id']}/join")

    assert joined == await get_room(bob, room["id"])
    assert [m["seq"] for m in await message_history(bob, room["id"])] == [1, 2, 3]
    assert (joined["me"]["last_read_seq"], joined["me"]["unread_count"]) == (3, 0)
    await ann.send(room["id"], "after bob")
    assert (await get_room(bob, room["id"]))["me"]["unread_count"] == 1


async def test_join_room_again_changes_nothing(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room = await ann.group(bob, visibility="public")

    ack = await bob.call("join_room", room_id=room["id"])

    assert ack["room"] == await get_room(bob, room["id"])
    assert version_and_seq(ack["room"]) == (1, 1)
    await settled(bob, ann, bob)
    assert (
        events_of_room(ann.socket, room["id"])
        == events_of_room(bob.socket, room["id"])
        == ["room_joined"]
    )


async def test_join_room_racing_is_joining_once(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    other_node = await bob.connect(ann.node)
    room_id = (await ann.group(visibility="public"))["id"]

    await asyncio.gather(
        *[s.call("join_room", room_id=room_id) for s in (bob.socket, other_node) * 3],
        *[bob.http("POST", f"/rooms/{room_id}/join") for _ in range(4)],
    )

    room = await get_room(ann, room_id)
    assert (version_and_seq(room), room["member_count"]) == ((2, 2), 2)
    for user in (ann, bob):
        await settled(user, ann, bob)
    assert events_of_room(ann.socket, room_id) == ["room_joined", "member_joined"]


async def test_join_room_of_a_group_that_was_made_private_is_refused(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room = await ann.group(visibility="public")
    assert (await get_room(bob, room["id"]))["me"] is None

    await ann.call("update_room", room_id=room["id"], visibility="private")

    assert await outcome(bob.call("join_room", room_id=room["id"])) == "not_found"
    assert await outcome(get_room(bob, room["id"])) == "not_found"


# Leaving


async def test_leave_room_alerts_the_room_and_tells_the_leaver_apart(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    room_id = (await ann.group(bob, cat))["id"]

    ack = await bob.call("leave_room", room_id=room_id)

    assert ack == {"ok": True}
    for user in (ann, cat):
        alert = await user.hear("member_left", room_id=room_id)
        message = await latest_message(user, room_id)
        assert alert == {
            "room_id": room_id,
            "version": 2,
            "user_id": bob.id,
            "actor_id": bob.id,
            "reason": "left",
            "message": message,
        }
        assert (message["system"]["event"], message["system"]["user_ids"]) == ("left", [bob.id])
        assert (message["seq"], message["version"]) == (2, 2)
    room = await get_room(ann, room_id)
    assert (version_and_seq(room), room["member_count"]) == ((2, 2), 2)
    told = await bob.hear("room_left", room_id=room_id)
    assert told == {"room_id": room_id, "version": 2, "reason": "left"}
    await settled(bob, ann, bob, cat)
    assert events_of_room(cat.socket, room_id) == ["room_joined", "member_left"]
    assert events_of_room(bob.socket, room_id) == ["room_joined", "room_left"]


async def test_leave_room_over_http_is_removing_oneself(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room_id = (await ann.group(bob))["id"]
    path = f"/rooms/{room_id}/members/{bob.id.upper()}"

    status, _, body = await bob.http.raw("DELETE", path)

    assert (status, body) == (204, b"")
    alert = await ann.hear("member_left", room_id=room_id)
    assert (alert["reason"], alert["user_id"]) == ("left", bob.id)
    assert (await bob.hear("room_left", room_id=room_id))["reason"] == "left"
    # Repeated, after a lost answer say: done.
    assert await outcome(bob.http("DELETE", path)) == "not_found"
    assert await outcome(bob.call("leave_room", room_id=room_id)) == "not_found"
    assert version_and_seq(await get_room(ann, room_id)) == (2, 2)


async def test_after_room_left_nothing_of_the_room_is_heard_on_any_node(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    bobs = [bob.socket, await bob.connect(ann.node)]
    left, removed = [(await ann.group(bob, cat))["id"] for _ in range(2)]

    await bob.call("leave_room", room_id=left)
    await ann.call("remove_member", room_id=removed, user_id=bob.id)
    for room_id in (left, removed):
        for socket in bobs:
            await socket.hear("room_left", room_id=room_id)
        # From both nodes.
        for user in (ann, cat):
            await user.send(room_id, "not for bob")
            await user.call("typing", room_id=room_id, typing=True)
        await ann.call("update_room", room_id=room_id, topic="not for bob")
        await cat.call("leave_room", room_id=room_id)

    for user in (ann, bob):
        await settled(user, bob)
    for socket in bobs:
        for room_id in (left, removed):
            assert events_of_room(socket, room_id)[-1] == "room_left"
            assert events_of_room(socket, room_id).count("room_left") == 1
            assert "member_left" not in events_of_room(socket, room_id)


async def test_join_room_after_leaving_is_a_fresh_start(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room_id = (await ann.group(bob, visibility="public"))["id"]
    await ann.call("set_role", room_id=room_id, user_id=bob.id, role="admin")
    await bob.call("leave_room", room_id=room_id)
    await bob.hear("room_left", room_id=room_id)
    await ann.send(room_id, "while bob is away")

    room = (await bob.call("join_room", room_id=room_id))["room"]

    assert (version_and_seq(room), room["member_count"]) == ((5, 4), 2)
    me = room["me"]
    assert (me["role"], me["last_read_seq"], me["unread_count"]) == ("member", 4, 0)
    assert (await members_by_id(ann, room_id))[bob.id]["version"] == 5
    await bob.hear("room_joined", room=ObjectWith(id=room_id, version=5))
    await ann.send(room_id, "now bob is back")
    await bob.hear("message_created", room_id=room_id, version=6)
    assert len(await message_history(bob, room_id)) == 5
    heard = events_of_room(bob.socket, room_id)
    assert heard[heard.index("room_left") + 1] == "room_joined"
