"""An edit that adds `@all` notifies as one that adds a name does: also those who have read the
message, and nobody twice."""

from __future__ import annotations

from tests.support.client import User
from tests.support.matching import ObjectWith
from tests.support.message_calls import HTTP, SOCKET, all_settled, group_of, other_device, unread_of
from tests.support.notification_calls import (
    mark_notifications,
    notification_told,
    notifications_about,
    unread_notifications,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import World


async def told_so_far(room_id: str, *users: User) -> list[int]:
    """How many notifications of the room each user was told of over the socket."""
    await all_settled(users)
    of_room = ObjectWith(room_id=room_id)
    return [len(user.socket.all("notification", notification=of_room)) for user in users]


async def test_an_edit_that_adds_all_notifies_everybody(world: World) -> None:
    room, (ann, bob, carol, dan) = await world.room("ann", "bob", "carol", "dan")
    room_id = room["id"]
    there = await other_device(world, bob)
    await dan.http("PATCH", f"/rooms/{room_id}/me", {"notify": "none"})
    sent = await ann.send(room_id, "lunch?")
    eve = await world.user("eve")
    await ann.call("add_members", room_id=room_id, user_ids=[eve.id])
    last = await carol.send(room_id, "where?")
    # Bob has read it, and Carol too; Eve came after it.
    await SOCKET.mark_read(bob, room_id, last["seq"])
    before = await unread_notifications(bob)

    await SOCKET.edit(ann, room_id, sent["seq"], "lunch, @all?")
    told = await notification_told(bob.socket, there.socket, seq=sent["seq"])
    assert (told["kind"], told["read_at"], told["preview"]) == ("mention", None, "lunch, @all?")
    for user in (carol, eve):
        heard = await notification_told(user.socket, seq=sent["seq"])
        assert heard["read_at"] is None
    assert await notifications_about(bob, room_id, kind="mention") == [told]
    assert await unread_notifications(bob) == before + 1
    # It is not for its author, for who wants nothing, or for who comes after the edit.
    late = await world.user("late")
    await ann.call("add_members", room_id=room_id, user_ids=[late.id])
    for user in (ann, dan, late):
        assert await notifications_about(user, room_id, kind="mention") == []

    # A correction is no news.
    seen = await told_so_far(room_id, bob, carol, eve)
    await SOCKET.edit(ann, room_id, sent["seq"], "dinner, @all?")
    assert await told_so_far(room_id, bob, carol, eve) == seen

    # It is read by its id, or with what comes next, by reading or by writing.
    unread = await unread_notifications(bob)
    assert await mark_notifications(bob, ids=[told["id"]]) == unread - 1
    after = await ann.send(room_id, "well?")
    await SOCKET.mark_read(carol, room_id, after["seq"])
    await eve.send(room_id, "yes")
    for user in (bob, carol, eve):
        [found] = await notifications_about(user, room_id, kind="mention")
        assert found["read_at"] is not None

    await SOCKET.edit(ann, room_id, sent["seq"], "dinner?")
    for user in (bob, carol, eve):
        assert await notifications_about(user, room_id, kind="mention") == []


async def test_who_has_not_read_so_far_reads_an_added_all_with_the_message(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    sent = await ann.send(room_id, "lunch?")
    last = await ann.send(room_id, "anybody?")
    await HTTP.edit(ann, room_id, sent["seq"], "lunch, @all?")
    assert (await notification_told(bob.socket, seq=sent["seq"], room_id=room_id))[
        "read_at"
    ] is None
    mentions = (await unread_of(bob))["mentions"]
    await HTTP.mark_read(bob, room_id, last["seq"])
    [found] = await notifications_about(bob, room_id, kind="mention")
    assert found["read_at"] is not None
    assert (await unread_of(bob))["mentions"] == mentions - 1


async def test_an_added_all_is_for_admins_when_it_is_added(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    sent = await bob.send(room_id, "hello")
    await SOCKET.edit(bob, room_id, sent["seq"], "hello @all")
    assert await notifications_about(ann, room_id, kind="mention") == []
    # A correction by who may now notify everybody does not: it stood there before.
    await ann.call("set_role", room_id=room_id, user_id=bob.id, role="admin")
    await SOCKET.edit(bob, room_id, sent["seq"], "hello, @all")
    assert await notifications_about(ann, room_id, kind="mention") == []
    await SOCKET.edit(bob, room_id, sent["seq"], "hello")
    await SOCKET.edit(bob, room_id, sent["seq"], "hello, @all!")
    assert len(await notifications_about(ann, room_id, kind="mention")) == 1

    direct = (await ann.direct(bob))["id"]
    own = await ann.send(direct, "hello")
    await SOCKET.edit(ann, direct, own["seq"], "hello @all")
    assert await notifications_about(bob, direct, kind="mention") == []


async def test_an_added_all_tells_nobody_twice_and_nobody_too_little(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, bob, cat) = await group_of(shared_world, count=3)
    text = f"@{bob.username} and @{cat.username}"
    sent = await ann.send(room_id, text)
    for user in (bob, cat):
        await notification_told(user.socket, room_id=room_id, seq=sent["seq"])
    # Cat's name goes in one edit, and @all comes in the next.
    await SOCKET.edit(ann, room_id, sent["seq"], f"@{bob.username}")
    assert await notifications_about(cat, room_id, kind="mention") == []
    [was] = await notifications_about(bob, room_id, kind="mention")
    seen = await told_so_far(room_id, bob)
    await SOCKET.edit(ann, room_id, sent["seq"], f"@{bob.username} and @all")
    told = await notification_told(cat.socket, room_id=room_id, seq=sent["seq"])
    assert [each["id"] for each in await notifications_about(cat, room_id, kind="mention")] == [
        told["id"]
    ]
    assert await told_so_far(room_id, bob) == seen
    [now] = await notifications_about(bob, room_id, kind="mention")
    assert now["id"] == was["id"]
    # Without its @all, the message still has Bob's name.
    await SOCKET.edit(ann, room_id, sent["seq"], f"@{bob.username} alone")
    assert await notifications_about(cat, room_id, kind="mention") == []
    [left] = await notifications_about(bob, room_id, kind="mention")
    assert left["id"] == was["id"]
