"""When unread counts are told: at once for what one does oneself, else every 2 s at most."""

from __future__ import annotations

import time
from typing import Any

from tests.support.client import Socket, User
from tests.support.message_calls import (
    HTTP,
    SOCKET,
    all_settled,
    group_of,
    other_device,
)
from tests.support.room_calls import get_room
from tests.support.shared_world import SharedWorld
from tests.support.world import World

Json = dict[str, Any]

# ``unread`` comes at most once in so many seconds for what others write and delete.
EVERY = 2.0


async def told(user: User, **fields: Any) -> Json:
    """The next ``unread`` with these fields."""
    event: Json = await user.hear("unread", **fields)
    assert set(event) == {
        *("room_id", "version", "last_read_seq", "unread_count", "total", "mentions")
    }
    return event


# What is told


async def test_unread_is_told_at_once_when_the_user_reads(world: World) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    room_id = room["id"]
    other = await ann.group(bob)
    await ann.send(other["id"], f"elsewhere @{bob.username}")
    for n in range(5):
        await ann.send(room_id, f"message {n}")
    there = await other_device(world, bob)
    for via, seq, left in ((SOCKET, 2, 4), (HTTP, 3, 3), (SOCKET, 6, 0)):
        await via.mark_read(bob, room_id, seq)
        for user in (bob, there):
            assert await told(user, room_id=room_id, last_read_seq=seq) == {
                "room_id": room_id,
                "version": 6,
                "last_read_seq": seq,
                "unread_count": left,
                "total": left + 1,
                "mentions": 1,
            }


async def test_unread_is_told_when_a_room_comes_or_goes(world: World) -> None:
    """Nothing is unread in either, and the total goes without what was."""
    ann, bob = await world.user("ann"), await world.user("bob")
    room_id = (await ann.group(bob))["id"]
    come = await told(bob, room_id=room_id)
    assert (come["version"], come["last_read_seq"], come["unread_count"]) == (1, 1, 0)
    await ann.send(room_id, f"hello @{bob.username}")
    new = await told(bob, room_id=room_id, unread_count=1)
    assert (new["total"], new["mentions"], new["version"]) == (1, 1, 2)

    for reason in ("left", "removed", "deleted"):
        mark = (await get_room(bob, room_id))["me"]["last_read_seq"]
        if reason == "left":
            await bob.call("leave_room", room_id=room_id)
        elif reason == "removed":
            await ann.call("remove_member", room_id=room_id, user_id=bob.id)
        else:
            await ann.http("DELETE", f"/rooms/{room_id}")
        left = await bob.hear("room_left", room_id=room_id, reason=reason)
        gone = await told(bob, room_id=room_id, version=left["version"])
        assert [gone[name] for name in ("unread_count", "total", "mentions")] == [0, 0, 0]
        # A lower mark than before would look like old news.
        assert gone["last_read_seq"] == mark
        if reason != "deleted":
            await ann.call("add_members", room_id=room_id, user_ids=[bob.id])
            back = await told(bob, room_id=room_id, last_read_seq=left["version"] + 1)
            assert back["unread_count"] == 0


async def test_unread_is_told_once_in_2_s_for_new_and_deleted_messages(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    there = await other_device(shared_world, bob)
    began = time.monotonic()
    sent = [(await ann.send(room_id, f"message {n}"))["seq"] for n in range(20)]
    for seq in sent[5:]:
        await SOCKET.delete(ann, room_id, seq)
    version = (await get_room(ann, room_id))["version"]
    for user in (bob, there):
        last = await told(user, room_id=room_id, version=version)
        assert (last["unread_count"], last["last_read_seq"]) == (5, 1)
        # Each window lets one through, and the first opens no sooner than we began; one more came
        # when the room did.
        most = (time.monotonic() - began) / EVERY + 2
        events = user.socket.all("unread", room_id=room_id)
        assert len(events) <= most
        versions = [each["version"] for each in events]
        assert versions == sorted(versions)


async def absent(world: World) -> tuple[str, int, User, User]:
    """A room's id, the seq of ann's message in it, and ann and bob, who were not connected then:
    so nothing was told that could hold up what comes next."""
    ann, bob = [await world.user(name, connect=False) for name in ("ann", "bob")]
    room_id = (await ann.group(bob))["id"]
    sent = await HTTP.send(ann, room_id, text=f"hello @{bob.username}")
    return room_id, sent.message["seq"], ann, bob


async def test_unread_is_told_when_an_edit_changes_whom_a_message_mentions(world: World) -> None:
    room_id, seq, ann, bob = await absent(world)
    await bob.connect()
    edited = await HTTP.edit(ann, room_id, seq, "hello")
    event = await told(bob, room_id=room_id, version=edited["version"])
    assert (event["unread_count"], event["mentions"]) == (1, 0)


async def test_unread_is_told_to_the_author_whose_mark_a_send_moves(world: World) -> None:
    room_id, _, _, bob = await absent(world)
    await bob.connect()
    there = await other_device(world, bob)
    sent = await bob.send(room_id, "an answer")
    for user in (bob, there):
        event = await told(user, room_id=room_id, last_read_seq=sent["seq"])
        assert (event["unread_count"], event["total"], event["mentions"]) == (0, 0, 0)


async def test_unread_is_told_to_the_users_own_notifications_only(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    only_rooms = await Socket(bob.node, bob.token).connect(("/rooms",))
    bob.sockets.append(only_rooms)
    await ann.send(room_id, "hello")
    await told(bob, room_id=room_id, unread_count=1)
    await told(ann, room_id=room_id, last_read_seq=2)
    await SOCKET.mark_read(bob, room_id, 2)
    await told(bob, room_id=room_id, last_read_seq=2)
    await all_settled((ann, bob))
    assert {each["unread_count"] for each in ann.socket.all("unread", room_id=room_id)} == {0}
    assert only_rooms.all("unread") == []
    where = {namespace for namespace, name, _ in bob.socket.heard if name == "unread"}
    assert where == {"/notifications"}
