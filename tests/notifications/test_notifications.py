"""What makes a notification, and for whom."""

from __future__ import annotations

import pytest

from tests.support.matching import ObjectWith
from tests.support.message_calls import (
    HTTP,
    SOCKET,
    all_settled,
    group_of,
    other_device,
)
from tests.support.notification_calls import (
    kinds_of,
    list_notifications,
    mark_notifications,
    notification_told,
    notifications_about,
    unread_notifications,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import World

# What makes them


async def test_notification_reaction(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    there = await other_device(shared_world, ann)
    message = await ann.send(room_id, "x" * 139 + "äöü")
    await SOCKET.react(bob, room_id, message["seq"], "👍")
    heard = await notification_told(ann.socket, there.socket, kind="reaction", room_id=room_id)
    assert set(heard) == {
        *("id", "kind", "room_id", "seq", "actor", "preview", "created_at", "read_at")
    }
    assert heard["actor"] == await ann.http("GET", f"/users/{bob.id}")
    assert (heard["seq"], heard["preview"]) == (message["seq"], "x" * 139 + "ä")
    assert heard["read_at"] is None
    assert await notifications_about(ann, room_id) == [heard]
    assert await notifications_about(bob, room_id, kind="reaction") == []

    # A second one of his tells nothing new.
    await SOCKET.react(bob, room_id, message["seq"], "🎉")
    await all_settled([bob, ann])
    assert await notifications_about(ann, room_id) == [heard]
    assert len(ann.socket.all("notification", notification=heard)) == 1


async def test_notification_reaction_taken_back_is_gone(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    seq = (await ann.send(room_id, "hello"))["seq"]
    for emoji in ("👍", "🎉"):
        await SOCKET.react(bob, room_id, seq, emoji)
    await SOCKET.react(bob, room_id, seq, "👍", False)
    assert len(await notifications_about(ann, room_id)) == 1
    await SOCKET.react(bob, room_id, seq, "🎉", False)
    assert await notifications_about(ann, room_id) == []

    await SOCKET.react(bob, room_id, seq, "👍")
    [found] = await notifications_about(ann, room_id)
    await mark_notifications(ann, ids=[found["id"]])
    await SOCKET.react(bob, room_id, seq, "👍", False)
    assert await notifications_about(ann, room_id) == []
    await SOCKET.react(bob, room_id, seq, "👍")
    [again] = await notifications_about(ann, room_id)
    assert again["id"] == found["id"] and again["read_at"]


async def test_notification_reaction_on_and_off_is_one(shared_world: SharedWorld) -> None:
    """However often, over either node: one told, the same one listed, none while it is off."""
    room_id, (ann, bob) = await group_of(shared_world)
    there = await other_device(shared_world, ann)
    elsewhere_bob = await other_device(shared_world, bob)
    seq = (await ann.send(room_id, "hello"))["seq"]
    before = await unread_notifications(ann)
    ids = set()
    for n in range(20):
        by, via = ((bob, SOCKET), (elsewhere_bob, HTTP))[n % 2]
        await via.react(by, room_id, seq, "👍")
        [found] = await notifications_about(ann, room_id)
        ids.add(found["id"])
        assert found["read_at"] is None and await unread_notifications(ann) == before + 1
        await via.react(by, room_id, seq, "👍", False)
        assert (
            await notifications_about(ann, room_id) == []
            and await unread_notifications(ann) == before
        )
    await HTTP.react(elsewhere_bob, room_id, seq, "🎉")
    assert [each["id"] for each in await notifications_about(ann, room_id)] == list(ids)
    await all_settled([bob, ann, there, elsewhere_bob])
    for socket in (ann.socket, there.socket):
        await socket.hear("notifications_read", ids=list(ids))
        assert len(socket.all("notification", notification=ObjectWith(room_id=room_id))) == 1

    # Once it was read it is no news any more.
    before = await mark_notifications(ann, ids=list(ids))
    for on in (False, True, False, True):
        await SOCKET.react(bob, room_id, seq, "🎉", on)
        assert await unread_notifications(ann) == before
        assert [each["id"] for each in await notifications_about(ann, room_id)] == list(ids) * on
    await all_settled([bob, ann, there, elsewhere_bob])
    for socket in (ann.socket, there.socket):
        assert len(socket.all("notification", notification=ObjectWith(room_id=room_id))) == 1


async def test_notification_reaction_that_was_off_while_it_was_read(
    shared_world: SharedWorld,
) -> None:
    """A read mark reads what is hidden too: it is no news when it comes back."""
    room_id, (ann, bob) = await group_of(shared_world)
    seq = (await ann.send(room_id, "hello"))["seq"]
    before = await unread_notifications(ann)
    for on in (True, False):
        await SOCKET.react(bob, room_id, seq, "👍", on)
    await SOCKET.mark_read(ann, room_id, (await bob.send(room_id, "another"))["seq"])
    await SOCKET.react(bob, room_id, seq, "👍")
    assert await unread_notifications(ann) == before
    [found] = await notifications_about(ann, room_id)
    assert found["read_at"]


async def test_notification_reactions_of_two_are_two(shared_world: SharedWorld) -> None:
    room_id, (ann, bob, cat) = await group_of(shared_world, count=3)
    seq = (await ann.send(room_id, "hello"))["seq"]
    for user in (bob, cat):
        await SOCKET.react(user, room_id, seq, "👍")
        await notification_told(ann.socket, room_id=room_id, actor=ObjectWith(id=user.id))
    await SOCKET.react(bob, room_id, seq, "👍", False)
    [left] = await notifications_about(ann, room_id)
    assert left["actor"]["id"] == cat.id


async def test_notification_reaction_only_of_others(shared_world: SharedWorld) -> None:
    room_id, (ann, _) = await group_of(shared_world)
    seq = (await ann.send(room_id, "hello"))["seq"]
    await SOCKET.react(ann, room_id, seq, "👍")
    assert await notifications_about(ann, room_id) == []


@pytest.mark.parametrize(
    ("notify", "expected"),
    [("all", ["mention", "reaction"]), ("mentions", ["mention"]), ("none", [])],
)
async def test_notification_by_level(
    shared_world: SharedWorld, notify: str, expected: list[str]
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    await ann.http("PATCH", f"/rooms/{room_id}/me", {"notify": notify})
    mine = await ann.send(room_id, "hello")
    await SOCKET.react(bob, room_id, mine["seq"], "👍")
    his = await bob.send(room_id, "hello")
    await SOCKET.edit(bob, room_id, his["seq"], f"hello @{ann.username}")
    assert sorted(each["kind"] for each in await notifications_about(ann, room_id)) == expected


async def test_notification_not_across_blocks(world: World) -> None:
    room, (ann, bob, carol) = await world.room("ann", "bob", "carol")
    room_id = room["id"]
    seq = (await ann.send(room_id, "hello"))["seq"]
    await ann.http("PUT", f"/users/me/blocks/{bob.id}")
    await carol.http("PUT", f"/users/me/blocks/{ann.id}")
    for other in (bob, carol):
        await SOCKET.react(other, room_id, seq, "👍")
        his = await other.send(room_id, "hello")
        await SOCKET.edit(other, room_id, his["seq"], f"hello @{ann.username}")
    assert await list_notifications(ann) == []


async def test_notification_added_to_room(shared_world: SharedWorld) -> None:
    ann, bob, carol = [await shared_world.user() for _ in range(3)]
    devices = bob, await other_device(shared_world, bob)
    room_id = (await ann.group(bob))["id"]
    heard = await notification_told(*(d.socket for d in devices), room_id=room_id)
    assert (heard["kind"], heard["seq"], heard["actor"]["id"]) == ("added_to_room", 1, ann.id)
    assert heard["preview"] is None
    assert await notifications_about(bob, room_id) == [heard]

    await bob.call("add_members", room_id=room_id, user_ids=[carol.id])
    heard = await notification_told(carol.socket, room_id=room_id)
    assert (heard["kind"], heard["seq"], heard["actor"]["id"]) == ("added_to_room", 2, bob.id)
    await carol.call("leave_room", room_id=room_id)
    await ann.call("add_members", room_id=room_id, user_ids=[carol.id])
    # It is the same one, which leads to where she has come in now.
    [again] = await notifications_about(carol, room_id)
    assert again == heard | {"seq": 4, "actor": await carol.http("GET", f"/users/{ann.id}")}
    assert await notifications_about(ann, room_id) == []


async def test_notification_added_to_room_not_by_oneself_and_not_in_a_direct_room(
    world: World,
) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    room = await ann.group(visibility="public")
    await bob.call("join_room", room_id=room["id"])
    await ann.direct(bob)
    assert await list_notifications(bob) == await list_notifications(ann) == []


async def test_notification_mention_by_an_edit(shared_world: SharedWorld) -> None:
    room_id, (ann, bob, carol) = await group_of(shared_world, count=3)
    devices = bob, await other_device(shared_world, bob)
    seq = (await ann.send(room_id, "hello"))["seq"]
    await SOCKET.edit(ann, room_id, seq, f"hello @{bob.username}")
    heard = await notification_told(*(d.socket for d in devices), room_id=room_id, kind="mention")
    assert (heard["seq"], heard["preview"]) == (seq, f"hello @{bob.username}")
    await SOCKET.edit(ann, room_id, seq, f"hello @{bob.username} @{carol.username}")
    await notification_told(carol.socket, room_id=room_id, kind="mention")
    assert kinds_of(await notifications_about(carol, room_id, kind="mention")) == [("mention", seq)]
    assert kinds_of(await notifications_about(bob, room_id, kind="mention")) == [("mention", seq)]
    assert len(bob.socket.all("notification", notification=ObjectWith(id=heard["id"]))) == 1


async def test_notification_direct_message_and_reply(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    direct_id = (await ann.direct(bob))["id"]
    there = await other_device(shared_world, bob)
    first = await ann.send(direct_id, "hello")
    heard = await notification_told(
        bob.socket, there.socket, kind="direct_message", room_id=direct_id
    )
    assert (heard["seq"], heard["preview"]) == (first["seq"], "hello")
    assert heard["actor"]["id"] == ann.id
    said = await bob.send(room_id, "what?")
    answer = await ann.send(room_id, "this", reply_to_seq=said["seq"])
    heard = await notification_told(bob.socket, there.socket, kind="reply", room_id=room_id)
    assert (heard["seq"], heard["preview"]) == (answer["seq"], "this")
    # One's own doings tell oneself nothing.
    await bob.send(room_id, f"@{bob.username} more", reply_to_seq=said["seq"])
    assert kinds_of(await notifications_about(bob, room_id, read_at=None)) == []
    assert await notifications_about(ann, direct_id) == []
