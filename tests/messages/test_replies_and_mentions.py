"""Replies show what they reply to; a message mentions who is in its room."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.client import Refused, new_id
from tests.support.files import picture, upload
from tests.support.message_calls import (
    Via,
    get_message,
    group_of,
    over_both,
    over_either,
    room_and_messages,
)
from tests.support.room_calls import get_room
from tests.support.shared_world import SharedWorld

EXCERPT = 140


# Replies


def quoted(
    seq: int, author_id: str | None, excerpt: str | None, content_type: str | None = None
) -> dict[str, Any]:
    return {
        "seq": seq,
        "author_id": author_id,
        "excerpt": excerpt,
        "content_type": content_type,
    }


@over_both
async def test_send_message_reply_shows_the_original(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    original = (await via.send(ann, room_id, text="😀" * EXCERPT + "and more")).message
    sent = await via.send(bob, room_id, text="indeed", reply_to_seq=original["seq"])

    shown = quoted(original["seq"], ann.id, "😀" * EXCERPT)
    assert sent.message["reply_to"] == shown
    told = await ann.hear("message_created", message=sent.message)
    assert told["message"]["reply_to"] == shown
    assert await get_message(ann, room_id, sent.message["seq"]) == sent.message

    # A reply may be replied to, and so may what the system says.
    for seq, author_id, excerpt in ((3, bob.id, "indeed"), (1, None, "")):
        reply = (await via.send(ann, room_id, text="again", reply_to_seq=seq)).message
        assert reply["reply_to"] == quoted(seq, author_id, excerpt)


@over_either
async def test_a_reply_to_a_file_tells_its_kind(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    ids = [(await upload(ann, data))["id"] for data in (picture(), b"some notes")]
    original = (await via.send(ann, room_id, attachment_ids=ids)).message["seq"]
    reply = (await via.send(bob, room_id, text="nice", reply_to_seq=original)).message
    assert reply["reply_to"] == quoted(original, ann.id, "", "image/png")
    assert (await ann.hear("message_created", message=reply))["message"] == reply
    assert await get_message(ann, room_id, reply["seq"]) == reply

    await via.edit(ann, room_id, original, "with words")
    edited = await get_message(ann, room_id, reply["seq"])
    assert edited["reply_to"] == quoted(original, ann.id, "with words")
    await via.delete(ann, room_id, original)
    gone = await get_message(ann, room_id, reply["seq"])
    assert gone["reply_to"] == quoted(original, ann.id, None)


@over_either
async def test_a_reply_follows_the_original(shared_world: SharedWorld, via: Via) -> None:
    """The excerpt is made when it is read: the reply itself does not change."""
    room_id, (ann, bob) = await group_of(shared_world)
    original = (await via.send(ann, room_id, text="first words")).message["seq"]
    reply = (await via.send(bob, room_id, text="indeed", reply_to_seq=original)).message

    await via.edit(ann, room_id, original, "other words")
    edited = reply | {"reply_to": reply["reply_to"] | {"excerpt": "other words"}}
    assert await get_message(ann, room_id, reply["seq"]) == edited
    assert (await via.history(bob, room_id))["items"][0] == edited
    assert (await get_room(ann, room_id))["last_message"] == edited

    await via.delete(ann, room_id, original)
    gone = reply | {"reply_to": quoted(original, ann.id, None)}
    assert await get_message(ann, room_id, reply["seq"]) == gone
    assert (await via.history(bob, room_id))["items"][0] == gone
    assert (await get_room(ann, room_id))["last_message"] == gone
    late = (await via.send(bob, room_id, text="what was it?", reply_to_seq=original)).message
    assert late["reply_to"] == gone["reply_to"]
    assert (await ann.hear("message_created", message=late))["message"] == late


@over_either
async def test_a_reply_to_nothing_is_not_found(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    other = await bob.group()
    for n in range(5):
        await via.send(bob, other["id"], text=f"in another room {n}")
    client_id = new_id()
    before = await room_and_messages(ann, room_id)
    for seq in (0, 2, 5, 2**53 - 1):
        with pytest.raises(Refused) as refused:
            await via.send(ann, room_id, client_id=client_id, text="to what?", reply_to_seq=seq)
        assert (refused.value.code, refused.value.field) == ("not_found", "reply_to_seq")
    assert await room_and_messages(ann, room_id) == before
    # What was refused has not used up its client_id.
    assert not (await via.send(ann, room_id, client_id=client_id, text="to all")).duplicate


# Mentions


@over_either
async def test_send_message_mentions_members_by_username(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, bob, cat) = await group_of(shared_world, count=3)
    dan = await shared_world.user()
    them = sorted((bob.id, cat.id))
    a, b, c, d = (user.username for user in (ann, bob, cat, dan))
    for text, mentioned in (
        (f"@{b}", [bob.id]),
        (f"@{b.upper()} and @{c.title()}", them),
        (f"(@{b}), «@{c}»!", them),
        (f"@{b}. @{c}...", them),
        (f"so: @{b}'s and\n@{c}\u2019s; @{b} again", them),
        (f"@{b}, @{a}", sorted((ann.id, bob.id))),
        (f"@{d} is no member, nor is @{b}x, @{b[:-1]} or @nobody", []),
        (f"{b} me@{b} me@example.com @@{b} @ {b} @", []),
        (f"ü@{b} x_@{c}", []),
        (f"_@{c}_ and **@{b}**", them),
        (f"`@{b}` and \\@{c}, [@{b}](https://a.example/), https://a.example/@{c}", []),
        (f"```\n@{b}\n```\n@{c}/pkg", []),
        (f"你好@{b}--\uff20{c}", them),
    ):
        sent = (await via.send(ann, room_id, text=text)).message
        assert sent["mentions"] == mentioned, text
        assert (await get_message(bob, room_id, sent["seq"]))["mentions"] == mentioned


@over_either
async def test_edit_message_changes_whom_it_mentions(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob, cat) = await group_of(shared_world, count=3)
    seq = (await via.send(ann, room_id, text=f"@{bob.username}")).message["seq"]
    for text, mentioned in (
        (f"rather @{cat.username}", [cat.id]),
        (f"both @{cat.username} @{bob.username}", sorted((bob.id, cat.id))),
        ("nobody", []),
        (f"after all @{bob.username.upper()}", [bob.id]),
    ):
        edited = await via.edit(ann, room_id, seq, text)
        assert edited["mentions"] == mentioned
        told = await bob.hear("message_updated", room_id=room_id, version=edited["version"])
        assert told["message"]["mentions"] == mentioned
    assert (await via.delete(ann, room_id, seq))["mentions"] == []


async def test_send_message_mentions_no_one_who_has_left(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    early = await ann.send(room_id, f"hello @{bob.username}")
    await bob.call("leave_room", room_id=room_id)
    late = await ann.send(room_id, f"bye @{bob.username}")
    assert (early["mentions"], late["mentions"]) == ([bob.id], [])
