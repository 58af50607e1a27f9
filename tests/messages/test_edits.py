"""What happens to a message after it was sent: it is edited, deleted or pinned."""

from __future__ import annotations

import re

from tests.support.database import query
from tests.support.message_calls import (
    HTTP,
    SOCKET,
    Via,
    all_settled,
    get_message,
    group_of,
    over_both,
    over_either,
    refusals,
    room_and_messages,
    told_of_change,
    whole_history,
)
from tests.support.room_calls import get_room
from tests.support.shared_world import SharedWorld
from tests.support.world import settled

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


# Editing


@over_both
async def test_edit_message_changes_the_text_and_tells(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    await via.send(bob, room_id, text="before")
    sent = (await via.send(ann, room_id, text="helo", reply_to_seq=2)).message
    room = await get_room(ann, room_id)

    edited = await via.edit(ann, room_id, sent["seq"], "hello")

    assert TIME.fullmatch(edited["edited_at"]) and edited["edited_at"] >= sent["created_at"]
    changed = {"text": "hello", "version": room["version"] + 1, "edited_at": edited["edited_at"]}
    assert edited == sent | changed
    await told_of_change(bob, edited, "edited", ann)
    assert await get_message(bob, room_id, sent["seq"]) == edited
    after = await get_room(ann, room_id)
    assert after == room | {"version": edited["version"], "last_message": edited}


@over_either
async def test_edit_message_to_the_same_text_changes_nothing(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    sent = (await via.send(ann, room_id, text="hello")).message
    before = await room_and_messages(bob, room_id)
    assert await via.edit(ann, room_id, sent["seq"], "hello") == sent
    assert await room_and_messages(bob, room_id) == before
    await settled(ann, bob)
    assert bob.socket.all("message_updated", room_id=room_id) == []


@over_either
async def test_edit_message_keeps_what_is_not_text(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    seq = (await via.send(ann, room_id, text="hello")).message["seq"]
    await via.react(bob, room_id, seq, "👍")
    pinned = await via.pin(ann, room_id, seq)
    edited = await via.edit(ann, room_id, seq, "hello!")
    for name in ("seq", "client_id", "created_at", "pinned_at", "reactions"):
        assert edited[name] == pinned[name]
    assert edited["pinned_at"] and edited["reactions"]


@over_either
async def test_edit_message_is_for_its_author_alone(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob, cat) = await group_of(shared_world, count=3)
    await ann.call("set_role", room_id=room_id, user_id=cat.id, role="admin")
    seq = (await via.send(bob, room_id, text="bob's")).message["seq"]
    before = await room_and_messages(bob, room_id)
    assert (
        await refusals(
            via.edit(ann, room_id, seq, "the owner's"),
            via.edit(cat, room_id, seq, "an admin's"),
        )
        == ["forbidden"] * 2
    )
    assert await room_and_messages(bob, room_id) == before


# Deleting


@over_both
async def test_delete_message_leaves_an_empty_place(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    text = f"a secret for @{bob.username}"
    sent = (await via.send(ann, room_id, text=text)).message
    seq = sent["seq"]
    await via.edit(ann, room_id, seq, text + "!")
    await via.react(bob, room_id, seq, "👍")
    await via.pin(ann, room_id, seq)
    last = (await via.send(bob, room_id, text="after it")).message

    deleted = await via.delete(ann, room_id, seq)

    assert TIME.fullmatch(deleted["deleted_at"])
    assert deleted == sent | {
        "text": "",
        "mentions": [],
        "mention_names": {},
        "version": last["version"] + 1,
        "edited_at": deleted["edited_at"],
        "deleted_at": deleted["deleted_at"],
    }
    await bob.hear("message_updated", change="pinned", room_id=room_id)
    told = await bob.hear("message_updated", change="deleted", room_id=room_id)
    assert told["message"] == deleted
    assert (told["version"], told["actor_id"]) == (deleted["version"], ann.id)
    assert told["reactions_changed"] == []
    history = await whole_history(bob, room_id)
    assert [each["seq"] for each in history] == [1, 2, 3]
    assert history[1] == deleted
    assert (await bob.http("GET", f"/rooms/{room_id}/pins"))["items"] == []
    room = await get_room(ann, room_id)
    assert (room["last_seq"], room["last_message"]) == (3, last)


async def test_delete_message_leaves_nothing_in_the_database(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    sent = await ann.send(room_id, f"a secret for @{bob.username}")
    await SOCKET.react(bob, room_id, sent["seq"], "👍")
    await SOCKET.delete(ann, room_id, sent["seq"])
    at = (room_id, sent["seq"])
    stored = "SELECT text, mentions, reactions FROM messages WHERE room_id = $1 AND seq = $2"
    assert await query(ann.node, stored, *at) == [{"text": "", "mentions": None, "reactions": None}]
    for table in ("reactions", "mentions"):
        left = f"SELECT user_id FROM {table} WHERE room_id = $1 AND seq = $2"
        assert await query(ann.node, left, *at) == []


@over_either
async def test_delete_message_again_is_fine_and_changes_nothing(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    seq = (await via.send(bob, room_id, text="bob's")).message["seq"]
    deleted = await via.delete(bob, room_id, seq)
    before = await room_and_messages(bob, room_id)
    assert await via.delete(bob, room_id, seq) == deleted
    assert await via.delete(ann, room_id, seq) == deleted
    assert await room_and_messages(bob, room_id) == before
    await all_settled((ann, bob))
    assert len(ann.socket.all("message_updated", room_id=room_id)) == 1


@over_either
async def test_delete_message_of_others_is_for_admins(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob, cat) = await group_of(shared_world, count=3)
    await ann.call("set_role", room_id=room_id, user_id=cat.id, role="admin")
    seqs = {
        user: (await via.send(user, room_id, text="mine")).message["seq"]
        for user in (ann, bob, cat)
    }
    before = await room_and_messages(bob, room_id)
    assert (
        await refusals(via.delete(bob, room_id, seqs[ann]), via.delete(bob, room_id, seqs[cat]))
        == ["forbidden"] * 2
    )
    assert await room_and_messages(bob, room_id) == before

    for user, author in ((cat, ann), (cat, bob), (ann, cat)):
        deleted = await via.delete(user, room_id, seqs[author])
        assert (deleted["text"], deleted["author_id"]) == ("", author.id)
        told = await bob.hear("message_updated", room_id=room_id, change="deleted")
        assert (told["message"]["seq"], told["actor_id"]) == (seqs[author], user.id)


@over_either
async def test_delete_message_of_the_peer_in_a_direct_room_is_forbidden(
    shared_world: SharedWorld, via: Via
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room_id = (await ann.direct(bob))["id"]
    ours = [(await via.send(user, room_id, text="mine")).message["seq"] for user in (ann, bob)]
    assert (
        await refusals(via.delete(ann, room_id, ours[1]), via.delete(bob, room_id, ours[0]))
        == ["forbidden"] * 2
    )
    assert (await via.delete(ann, room_id, ours[0]))["deleted_at"]


@over_either
async def test_a_deleted_message_cannot_be_changed(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    seq = (await via.send(ann, room_id, text="hello")).message["seq"]
    await via.delete(ann, room_id, seq)
    before = await room_and_messages(bob, room_id)
    assert (
        await refusals(
            via.edit(ann, room_id, seq, "again"),
            via.react(bob, room_id, seq, "👍"),
            via.pin(ann, room_id, seq),
        )
        == ["conflict"] * 3
    )
    assert await room_and_messages(bob, room_id) == before


@over_either
async def test_what_the_system_says_cannot_be_changed(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    await ann.call("update_room", room_id=room_id, name="renamed")
    await bob.call("leave_room", room_id=room_id)
    before = await room_and_messages(ann, room_id)
    assert [each["kind"] for each in before[1]] == ["system"] * 3
    for seq in (1, 2, 3):
        assert (
            await refusals(
                via.edit(ann, room_id, seq, "mine"),
                via.delete(ann, room_id, seq),
                via.react(ann, room_id, seq, "👍"),
                via.react(ann, room_id, seq, "👍", on=False),
                via.pin(ann, room_id, seq),
                via.pin(ann, room_id, seq, on=False),
            )
            == ["forbidden"] * 6
        )
    assert await room_and_messages(ann, room_id) == before


@over_either
async def test_a_message_that_is_not_there_is_not_found(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    await via.send(ann, room_id, text="hello")
    before = await room_and_messages(bob, room_id)
    for seq in (0, 3, 2**53 - 1):
        assert (
            await refusals(
                via.edit(ann, room_id, seq, "x"),
                via.delete(ann, room_id, seq),
                via.react(ann, room_id, seq, "👍"),
                via.pin(ann, room_id, seq),
                get_message(ann, room_id, seq),
            )
            == ["not_found"] * 5
        )
    assert await room_and_messages(bob, room_id) == before


async def test_a_message_is_nothing_to_who_is_not_in_its_room(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    seq = (await ann.send(room_id, "hello"))["seq"]
    await SOCKET.pin(ann, room_id, seq)
    await bob.call("leave_room", room_id=room_id)
    before = await room_and_messages(ann, room_id)
    for via in (SOCKET, HTTP):
        assert (
            await refusals(
                via.edit(bob, room_id, seq, "x"),
                via.delete(bob, room_id, seq),
                via.react(bob, room_id, seq, "👍"),
                via.pin(bob, room_id, seq, on=False),
                via.history(bob, room_id),
                via.mark_read(bob, room_id, seq),
                get_message(bob, room_id, seq),
                bob.http("GET", f"/rooms/{room_id}/pins"),
            )
            == ["not_found"] * 8
        )
    assert await room_and_messages(ann, room_id) == before
