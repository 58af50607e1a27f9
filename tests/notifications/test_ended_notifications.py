"""What a notification is about may be gone: then it is gone too, on all devices at once."""

from __future__ import annotations

import pytest

from tests.support.client import User
from tests.support.database import query
from tests.support.matching import ObjectWith
from tests.support.message_calls import HTTP, SOCKET, all_settled, group_of, other_device, unread_of
from tests.support.notification_calls import (
    kinds_of,
    mark_notifications,
    notification_told,
    notifications_about,
    send_mention,
    unread_notifications,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import World


async def gone_for(user: User, there: User, *ids: str) -> None:
    """Both devices of the user are told that these are gone."""
    told: set[str] = set()
    for socket in (user.socket, there.socket):
        told.clear()
        while not told >= set(ids):
            heard = await socket.hear("notifications_read")
            told |= set(heard["ids"])
    listed = {each["id"] for each in (await user.http("GET", "/notifications?limit=100"))["items"]}
    assert not listed & set(ids)


async def test_a_mention_that_is_edited_out_is_no_notification(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    there = await other_device(shared_world, bob)
    before = await unread_notifications(bob)
    message, found = await send_mention(ann, bob, room_id)
    await notification_told(there.socket, id=found)
    assert (await unread_of(bob))["mentions"] > 0

    await SOCKET.edit(ann, room_id, message["seq"], "hello")
    await gone_for(bob, there, found)
    assert await unread_notifications(bob) == before

    # The mention comes back as the same notification, and is told again.
    await SOCKET.edit(ann, room_id, message["seq"], f"hello @{bob.username}!")
    heard = await notification_told(bob.socket, there.socket, id=found)
    assert (heard["seq"], heard["read_at"]) == (message["seq"], None)
    assert await unread_notifications(bob) == before + 1


async def test_a_reply_stays_one_without_its_mention(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    question = await bob.send(room_id, "who?")
    body = {"text": f"@{bob.username} me", "reply_to_seq": question["seq"]}
    sent = (await SOCKET.send(ann, room_id, **body)).message
    [mention] = await notifications_about(bob, room_id, seq=sent["seq"])
    assert mention["kind"] == "mention"
    await SOCKET.edit(ann, room_id, sent["seq"], "me")
    [reply] = await notifications_about(bob, room_id, seq=sent["seq"])
    assert reply == mention | {"kind": "reply", "preview": "me"}


async def test_a_direct_message_stays_one_without_its_mention(world: World) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    room_id = (await ann.direct(bob))["id"]
    first = await ann.send(room_id, f"hello @{bob.username}")
    await HTTP.edit(ann, room_id, first["seq"], "hello")
    assert kinds_of(await notifications_about(bob, room_id)) == [("direct_message", first["seq"])]
    # Who hears mentions alone has nothing left.
    await bob.http("PATCH", f"/rooms/{room_id}/me", {"notify": "mentions"})
    second = await ann.send(room_id, f"hello @{bob.username}")
    await HTTP.edit(ann, room_id, second["seq"], "hello")
    assert kinds_of(await notifications_about(bob, room_id)) == [("direct_message", first["seq"])]
    await HTTP.delete(ann, room_id, first["seq"])
    assert await notifications_about(bob, room_id) == []


async def test_an_all_that_is_edited_out_notifies_nobody(world: World) -> None:
    room, (ann, bob, carol) = await world.room("ann", "bob", "carol")
    room_id = room["id"]
    there = await other_device(world, bob)
    sent = await ann.send(room_id, "hear @all")
    told = await notification_told(bob.socket, there.socket, seq=sent["seq"])
    [hers] = await notifications_about(carol, room_id, kind="mention")
    await mark_notifications(carol, ids=[hers["id"]])
    # This is still to everybody.
    await HTTP.edit(ann, room_id, sent["seq"], "hear, @all")
    assert len(await notifications_about(bob, room_id, kind="mention")) == 1

    await HTTP.edit(ann, room_id, sent["seq"], "hear all")
    await gone_for(bob, there, told["id"])
    for user in (bob, carol):
        assert await notifications_about(user, room_id, kind="mention") == []
        assert (await unread_of(user))["mentions"] == 0


async def test_an_all_that_is_edited_out_leaves_names(world: World) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    sent = await ann.send(room["id"], f"@all and @{bob.username}")
    await HTTP.edit(ann, room["id"], sent["seq"], f"you and @{bob.username}")
    [found] = await notifications_about(bob, room["id"], kind="mention")
    assert found["read_at"] is None and found["seq"] == sent["seq"]


async def test_what_was_told_of_a_deleted_message_is_gone(world: World) -> None:
    room, (ann, bob, carol) = await world.room("ann", "bob", "carol")
    room_id = room["id"]
    question = await carol.send(room_id, "who?")
    text = f"@all @{bob.username}"
    sent = (await SOCKET.send(ann, room_id, text=text, reply_to_seq=question["seq"])).message
    await SOCKET.react(bob, room_id, sent["seq"], "👍")
    people = {user: await other_device(world, user) for user in (ann, bob, carol)}
    found = {}
    for user, kind in ((ann, "reaction"), (bob, "mention"), (carol, "reply")):
        [found[user]] = await notifications_about(user, room_id, seq=sent["seq"])
        assert found[user]["kind"] == kind
    await SOCKET.delete(ann, room_id, sent["seq"])
    for user, there in people.items():
        await gone_for(user, there, found[user]["id"])
        assert (await unread_of(user))["mentions"] == 0


@pytest.mark.parametrize("how", ["leaves", "is removed", "is deleted"])
async def test_what_was_told_of_a_room_is_gone_with_it(world: World, how: str) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    room_id = room["id"]
    there = await other_device(world, bob)
    own = await bob.send(room_id, "mine")
    await SOCKET.react(ann, room_id, own["seq"], "👍")
    await send_mention(ann, bob, room_id)
    await ann.send(room_id, "hear @all")
    ids = [each["id"] for each in await notifications_about(bob, room_id)]
    assert len(ids) == 4
    elsewhere = (await ann.direct(bob))["id"]
    await ann.send(elsewhere, "hello")

    if how == "leaves":
        await bob.call("leave_room", room_id=room_id)
    elif how == "is removed":
        await ann.call("remove_member", room_id=room_id, user_id=bob.id)
    else:
        await ann.http("DELETE", f"/rooms/{room_id}")
    await gone_for(bob, there, *ids)
    # They were told together.
    assert set(there.socket.all("notifications_read")[-1]["ids"]) == set(ids)
    assert await notifications_about(bob, room_id) == []
    assert await unread_notifications(bob) == 1
    assert (await unread_of(bob))["mentions"] == 0

    if how != "is deleted":
        # They stay gone for who comes back.
        await ann.call("add_members", room_id=room_id, user_ids=[bob.id])
        found = await notifications_about(bob, room_id)
        assert [each["kind"] for each in found] == ["added_to_room"]


async def test_who_is_added_and_removed_over_and_over_is_told_once(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    there = await other_device(shared_world, bob)
    [first] = await notifications_about(bob, room_id)
    for _ in range(20):
        await ann.call("remove_member", room_id=room_id, user_id=bob.id)
        assert await notifications_about(bob, room_id) == []
        await ann.call("add_members", room_id=room_id, user_ids=[bob.id])
        [found] = await notifications_about(bob, room_id)
        assert found["id"] == first["id"]
    # It leads to the last arrival.
    assert found["seq"] == first["seq"] + 40
    await all_settled([ann, bob, there])
    heard = there.socket.all("notification", notification=ObjectWith(room_id=room_id))
    assert heard == []

    # After an hour it is news again.
    await ann.call("remove_member", room_id=room_id, user_id=bob.id)
    hour = "UPDATE notifications SET withdrawn_at = withdrawn_at - 3600000 WHERE id = $1"
    await query(bob.node, hour, first["id"])
    await ann.call("add_members", room_id=room_id, user_ids=[bob.id])
    told = await notification_told(there.socket, kind="added_to_room", room_id=room_id)
    assert told["id"] != first["id"]


async def test_the_clock_may_step_back(world: World) -> None:
    """Whom a message to everybody is for is decided by its number, not by the clock."""
    room, (ann, bob, carol) = await world.room("ann", "bob", "carol")
    room_id = room["id"]
    before = await ann.send(room_id, "too early @all")
    late = await world.user("late")
    await ann.call("add_members", room_id=room_id, user_ids=[late.id])
    # As if it had been an hour later when they came, and as if bob had come in the year 1970.
    ahead = "UPDATE room_members SET joined_at = joined_at + 3600000 WHERE room_id = $1"
    await query(ann.node, ahead, room_id)
    early = "UPDATE room_members SET joined_at = 1 WHERE user_id = $1"
    await query(ann.node, early, late.id)
    after = await ann.send(room_id, "hear @all")
    for user, seqs in ((bob, [after["seq"], before["seq"]]), (late, [after["seq"]])):
        found = await notifications_about(user, room_id, kind="mention")
        assert [each["seq"] for each in found] == seqs
        assert (await unread_of(user))["mentions"] == len(seqs)
    await SOCKET.mark_read(carol, room_id, after["seq"])
    assert all(each["read_at"] for each in await notifications_about(carol, room_id))

    # Who has been there for longest inherits the group, whatever the times say.
    await query(ann.node, "UPDATE room_members SET joined_at = 0 WHERE user_id = $1", late.id)
    await ann.call("leave_room", room_id=room_id)
    members = (await bob.http("GET", f"/rooms/{room_id}/members"))["items"]
    [owner] = [each["user"]["id"] for each in members if each["role"] == "owner"]
    assert owner in (bob.id, carol.id)
