"""Sending: what is taken, what is told, and what happens to a message that is sent again."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from tests.support.client import Refused, new_id
from tests.support.field_kinds import SOME_ID
from tests.support.message_calls import (
    HTTP,
    SOCKET,
    Via,
    all_settled,
    get_message,
    group_of,
    other_device,
    over_both,
    over_either,
    room_and_messages,
)
from tests.support.room_calls import get_room
from tests.support.shared_world import SharedWorld

Json = dict[str, Any]

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

# Five code points that are one character to the eye.
FAMILY = "👨\u200d👩\u200d👧"


# Sending


@over_both
async def test_send_message_answers_and_tells_the_message(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    client_id = new_id()

    sent = await via.send(ann, room_id, client_id=client_id, text="hello")

    made = sent.message
    assert sent.duplicate is False
    assert UUID7.fullmatch(made["id"]) and TIME.fullmatch(made["created_at"])
    assert made == {
        "id": made["id"],
        "room_id": room_id,
        "seq": 2,
        "version": 2,
        "kind": "text",
        "author_id": ann.id,
        "client_id": client_id,
        "text": "hello",
        "attachments": [],
        "reply_to": None,
        "mentions": [],
        "mention_names": {},
        "reactions": [],
        "pinned_at": None,
        "system": None,
        "created_at": made["created_at"],
        "edited_at": None,
        "deleted_at": None,
    }
    told = {"room_id": room_id, "version": 2, "message": made}
    assert await bob.hear("message_created", room_id=room_id) == told
    assert await ann.hear("message_created", room_id=room_id) == told
    assert await get_message(bob, room_id, 2) == made
    room = await get_room(bob, room_id)
    assert (room["version"], room["last_seq"], room["last_message"]) == (2, 2, made)


@over_either
async def test_send_message_again_is_a_duplicate_wherever_it_comes_in(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    there = await other_device(shared_world, ann)
    client_id = new_id()
    first = await via.send(ann, room_id, client_id=client_id, text="hello")
    before = await room_and_messages(bob, room_id)

    for user in (ann, there):
        for again in (SOCKET, HTTP):
            for body in ({"text": "hello"}, {"text": "other"}, {"text": "x", "reply_to_seq": 99}):
                sent = await again.send(user, room_id, client_id=client_id.upper(), **body)
                assert sent == (first.message, True)

    assert await room_and_messages(bob, room_id) == before
    await all_settled((ann, there, bob))
    for user in (ann, there, bob):
        assert [
            each["message"] for each in user.socket.all("message_created", room_id=room_id)
        ] == [first.message]


async def test_send_message_again_later_returns_the_message_as_it_is_now(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    client_id = new_id()
    sent = (await SOCKET.send(ann, room_id, client_id=client_id, text="hello")).message
    await SOCKET.react(ann, room_id, sent["seq"], "👍")
    edited = await SOCKET.edit(ann, room_id, sent["seq"], "edited")
    await SOCKET.send(bob, room_id, text="something later")
    assert await HTTP.send(ann, room_id, client_id=client_id, text="hello") == (edited, True)
    deleted = await SOCKET.delete(ann, room_id, sent["seq"])
    assert await SOCKET.send(ann, room_id, client_id=client_id, text="hello") == (deleted, True)


async def test_send_message_20_times_at_once_is_one_message(shared_world: SharedWorld) -> None:
    """The same ``client_id`` by two devices over both transports, on both nodes where there are
    two."""
    room_id, (ann, bob) = await group_of(shared_world)
    there = await other_device(shared_world, ann)
    before = await get_room(bob, room_id)
    client_id = new_id()

    sends = await asyncio.gather(
        *(
            via.send(user, room_id, client_id=client_id, text=f"by {user.node.port} {n}")
            for n in range(5)
            for user in (ann, there)
            for via in (SOCKET, HTTP)
        )
    )

    assert len(sends) == 20
    assert [sent.duplicate for sent in sends].count(False) == 1
    first = sends[0].message
    assert all(sent.message == first for sent in sends)
    after, history = await room_and_messages(bob, room_id)
    assert after["version"] == before["version"] + 1
    assert [each["seq"] for each in history] == [1, 2]
    assert history[-1] == first
    await all_settled((ann, there, bob))
    assert len(bob.socket.all("message_created", room_id=room_id)) == 1


@over_either
async def test_send_message_with_anothers_client_id_is_another_message(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    elsewhere_id = (await ann.group(bob))["id"]
    client_id = new_id()
    sends = [
        await via.send(ann, room_id, client_id=client_id, text="ann's"),
        await via.send(bob, room_id, client_id=client_id, text="bob's"),
        await via.send(ann, elsewhere_id, client_id=client_id, text="in another room"),
    ]
    assert not any(sent.duplicate for sent in sends)
    assert [sent.message["text"] for sent in sends] == ["ann's", "bob's", "in another room"]
    assert [sent.message["seq"] for sent in sends] == [2, 3, 2]
    assert len({sent.message["id"] for sent in sends}) == 3


@over_either
async def test_send_message_takes_ids_in_either_case_and_answers_lower(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, _) = await group_of(shared_world)
    client_id = new_id()
    sent = await via.send(ann, room_id.upper(), client_id=client_id.upper(), text="hello")
    assert sent.message["room_id"] == room_id
    assert sent.message["client_id"] == client_id
    again = await via.send(ann, room_id, client_id=client_id, text="hello")
    assert again == (sent.message, True)
    assert (await via.edit(ann, room_id.upper(), 2, "edited"))["room_id"] == room_id


async def test_send_message_in_a_room_that_one_is_not_in_is_not_found(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    cat = await shared_world.user()
    public = (await ann.group(visibility="public"))["id"]
    await SOCKET.send(bob, room_id, text="still in")
    await bob.call("leave_room", room_id=room_id)
    before = await get_room(ann, room_id), await get_room(ann, public)
    for via in (SOCKET, HTTP):
        for user, where in ((bob, room_id), (cat, room_id), (cat, public), (cat, SOME_ID)):
            with pytest.raises(Refused) as refused:
                await via.send(user, where, text="let me in")
            assert (refused.value.code, refused.value.field) == ("not_found", None)
    assert (await get_room(ann, room_id), await get_room(ann, public)) == before


# Texts


@over_both
async def test_send_message_takes_8000_code_points_and_no_more(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    for text in ("a" * 8000, "😀" * 8000, FAMILY * 1600):
        assert len(text) == 8000
        sent = (await via.send(ann, room_id, text=text)).message
        assert sent["text"] == text
        assert (await bob.hear("message_created", room_id=room_id))["message"] == sent
        assert (await via.edit(ann, room_id, sent["seq"], text[::-1]))["text"] == text[::-1]

        before = await room_and_messages(bob, room_id)
        for call in (
            via.send(ann, room_id, text=text + "!"),
            via.edit(ann, room_id, sent["seq"], text + "!"),
        ):
            with pytest.raises(Refused) as refused:
                await call
            assert (refused.value.code, refused.value.field) == ("validation_failed", "text")
        assert await room_and_messages(bob, room_id) == before


@over_either
async def test_send_message_keeps_the_text_as_it_is(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    for text in (
        "  spaces around \n and lines\r\n",
        'quotes " and \\ and </script> & %s {}',
        "e\u0301 is not é, \u202eright to left\u202c, \ufeff, \u2028, \x01",
        "日本語 עברית العربية 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "0",
    ):
        sent = (await via.send(ann, room_id, text=text)).message
        assert sent["text"] == text
        assert (await bob.hear("message_created", room_id=room_id))["message"]["text"] == text
        assert (await get_message(bob, room_id, sent["seq"]))["text"] == text


@over_either
async def test_send_message_refuses_a_text_that_says_nothing(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    seq = (await via.send(ann, room_id, text="something")).message["seq"]
    before = await room_and_messages(bob, room_id)
    bodies: list[Json] = [
        *({"text": text} for text in ("", " ", "\n\t \r\n", "\u3000\u00a0", "a\0b", "\0", None)),
        {},
        {"attachment_ids": []},
        {"attachment_ids": None, "reply_to_seq": None},
    ]
    for body in bodies:
        with pytest.raises(Refused) as refused:
            await via.send(ann, room_id, **body)
        assert (refused.value.code, refused.value.field) == ("validation_failed", "text"), body
        if body.get("text") is not None:
            with pytest.raises(Refused) as refused:
                await via.edit(ann, room_id, seq, body["text"])
            assert (refused.value.code, refused.value.field) == ("validation_failed", "text"), body
    assert await room_and_messages(bob, room_id) == before


@over_either
async def test_send_message_with_unknown_attachments_is_not_found(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, _) = await group_of(shared_world)
    before = await room_and_messages(ann, room_id)
    for body, code in (
        ({"text": "look", "attachment_ids": [SOME_ID]}, "not_found"),
        ({"attachment_ids": [SOME_ID]}, "not_found"),
        ({"text": "look", "attachment_ids": [new_id() for _ in range(10)]}, "not_found"),
        ({"text": "look", "attachment_ids": [new_id() for _ in range(11)]}, "validation_failed"),
    ):
        with pytest.raises(Refused) as refused:
            await via.send(ann, room_id, **body)
        assert (refused.value.code, refused.value.field) == (code, "attachment_ids")
    assert await room_and_messages(ann, room_id) == before
    assert (await via.send(ann, room_id, text="no link", attachment_ids=[])).message["text"]
