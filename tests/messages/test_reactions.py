"""Reactions: which emoji, how many, by whom, and what each viewer sees of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import emoji
import pytest

from tests.support.client import Refused, User
from tests.support.message_calls import (
    HTTP,
    SOCKET,
    Via,
    all_settled,
    get_message,
    group_of,
    message_in_group,
    over_both,
    over_either,
    room_and_messages,
)
from tests.support.room_calls import get_room
from tests.support.shared_world import SharedWorld

Json = dict[str, Any]

FULL = emoji.STATUS["fully_qualified"]

RGI = {text for text, data in emoji.EMOJI_DATA.items() if data["status"] == FULL}

# Twenty-four, from one end of the list to the other.
KINDS = sorted(RGI - {"🎉"})[:: len(RGI) // 23][:24]

VARIATION = "\ufe0f"


async def tells_of_reaction(
    changed: Json, actor: User, emoji: str, on: bool, listeners: Iterable[User]
) -> None:
    """Each hears the same of a reaction that was just answered."""
    for listener in listeners:
        assert await listener.hear("message_updated", room_id=changed["room_id"]) == {
            "room_id": changed["room_id"],
            "version": changed["version"],
            # It goes to everybody, so it tells of nobody's own.
            "message": changed | {"reactions": [r | {"me": None} for r in changed["reactions"]]},
            "change": "reacted",
            "actor_id": actor.id,
            "reactions_changed": [{"user_id": actor.id, "emoji": emoji, "on": on}],
        }


@over_both
async def test_react_on_and_off_tells_the_room(shared_world: SharedWorld, via: Via) -> None:
    room_id, seq, (ann, bob) = await message_in_group(shared_world)
    start = await get_room(bob, room_id)

    first = await via.react(bob, room_id, seq, "👍")
    assert first["version"] == start["version"] + 1
    assert first["reactions"] == [{"emoji": "👍", "count": 1, "user_ids": [bob.id], "me": True}]
    await tells_of_reaction(first, bob, "👍", True, (ann, bob))
    second = await via.react(ann, room_id, seq, "👍")
    both = {"emoji": "👍", "count": 2, "user_ids": [bob.id, ann.id], "me": True}
    assert second["reactions"] == [both]
    await tells_of_reaction(second, ann, "👍", True, (ann, bob))
    third = await via.react(bob, room_id, seq, "👍", on=False)
    assert third["reactions"] == [{"emoji": "👍", "count": 1, "user_ids": [ann.id], "me": False}]
    await tells_of_reaction(third, bob, "👍", False, (ann, bob))
    last = await via.react(ann, room_id, seq, "👍", on=False)
    assert last["reactions"] == []
    assert last["version"] == start["version"] + 4
    room = await get_room(bob, room_id)
    assert (room["version"], room["last_seq"]) == (last["version"], start["last_seq"])


@over_either
async def test_react_again_changes_nothing(shared_world: SharedWorld, via: Via) -> None:
    room_id, seq, (ann, bob) = await message_in_group(shared_world)
    await via.react(ann, room_id, seq, "❤️")
    for on in (True, False):
        await via.react(bob, room_id, seq, "❤️", on=on)
        before = await room_and_messages(bob, room_id)
        for text in ("❤️", "❤"):
            assert await via.react(bob, room_id, seq, text, on=on) == before[1][-1]
        # Nor does taking back what never was.
        assert await via.react(bob, room_id, seq, "🎉", on=False) == before[1][-1]
        assert await room_and_messages(bob, room_id) == before
    await all_settled((ann, bob))
    assert len(ann.socket.all("message_updated", room_id=room_id)) == 3


@over_either
async def test_react_folds_an_emoji_to_its_fully_qualified_form(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, seq, (ann, bob) = await message_in_group(shared_world)
    for given, folded in (
        ("❤", "❤️"),
        ("1⃣", "1️⃣"),
        ("👁‍🗨", "👁️‍🗨️"),
        ("👁️‍🗨", "👁️‍🗨️"),
        ("🏳‍🌈", "🏳️‍🌈"),
        ("©", "©️"),
    ):
        assert given != folded
        (on,) = (await via.react(ann, room_id, seq, given))["reactions"]
        assert on == {"emoji": folded, "count": 1, "user_ids": [ann.id], "me": True}
        told = await bob.hear("message_updated", room_id=room_id)
        assert told["reactions_changed"] == [{"user_id": ann.id, "emoji": folded, "on": True}]
        # Both forms are the same reaction.
        (both,) = (await via.react(bob, room_id, seq, folded))["reactions"]
        assert both == {"emoji": folded, "count": 2, "user_ids": [ann.id, bob.id], "me": True}
        await via.react(ann, room_id, seq, folded, on=False)
        assert (await via.react(bob, room_id, seq, given, on=False))["reactions"] == []
        for _ in range(3):
            await bob.hear("message_updated", room_id=room_id)


@over_either
async def test_react_takes_emoji_of_each_kind(shared_world: SharedWorld, via: Via) -> None:
    room_id, seq, (ann, _) = await message_in_group(shared_world)
    england = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    for text in ("👍🏽", "🇫🇷", england, "#️⃣", "👩🏾‍❤️‍💋‍👨🏻", "🏃🏿‍♀️‍➡️"):
        assert text in RGI
        (reaction,) = (await via.react(ann, room_id, seq, text))["reactions"]
        assert reaction["emoji"] == text
        await via.react(ann, room_id, seq, text, on=False)


@over_either
async def test_react_refuses_what_is_not_one_emoji(shared_world: SharedWorld, via: Via) -> None:
    room_id, seq, (ann, _) = await message_in_group(shared_world)
    before = await room_and_messages(ann, room_id)
    for text in (
        *("a", "1", "#", ":)", ":thumbsup:", " ", "👍👍", "👍 ", " 👍", "👍a"),
        # A variation, a skin tone, half a flag, a joiner, a tag: parts, and no emoji of their own.
        *(VARIATION, "🏽", "🇫", "\u200d", "\U000e0067"),
        # Joined as nobody does.
        *("👍\u200d👍", "🇫🇫", "👍\u200d", "🏴\U000e0067\U000e007f"),
        "👍" * 100,
    ):
        for on in (True, False):
            with pytest.raises(Refused) as refused:
                await via.react(ann, room_id, seq, text, on=on)
            assert (refused.value.code, refused.value.field) == ("validation_failed", "emoji"), text
    assert await room_and_messages(ann, room_id) == before


@over_either
async def test_react_takes_20_kinds_a_message(shared_world: SharedWorld, via: Via) -> None:
    room_id, seq, (ann, bob) = await message_in_group(shared_world)
    kinds = KINDS[:20]
    await asyncio.gather(*(via.react(ann, room_id, seq, kind) for kind in kinds))
    full = await get_message(ann, room_id, seq)
    assert {r["emoji"] for r in full["reactions"]} == set(kinds)
    before = await room_and_messages(ann, room_id)
    with pytest.raises(Refused) as refused:
        await via.react(bob, room_id, seq, "🎉")
    assert refused.value.code == "conflict"
    assert await room_and_messages(ann, room_id) == before

    # Of the 20 there may be more, and where one ends another may begin; elsewhere nothing is full.
    assert (await via.react(bob, room_id, seq, kinds[0]))["version"] == full["version"] + 1
    await via.react(ann, room_id, seq, kinds[1], on=False)
    reactions = (await via.react(bob, room_id, seq, "🎉"))["reactions"]
    assert len(reactions) == 20 and reactions[-1]["emoji"] == "🎉"
    other = (await via.send(ann, room_id, text="another")).message["seq"]
    assert (await via.react(ann, room_id, other, "🎉"))["reactions"]


async def test_react_21_kinds_at_once_leaves_20(shared_world: SharedWorld) -> None:
    room_id, seq, (ann, bob) = await message_in_group(shared_world)
    before = await get_room(ann, room_id)
    for n in range(18):
        await SOCKET.react(ann, room_id, seq, KINDS[n])
    outcomes = await asyncio.gather(
        *(
            via.react(user, room_id, seq, kind)
            for kind, user, via in zip(
                KINDS[18:], (ann, bob) * 3, (SOCKET, HTTP, HTTP) * 2, strict=True
            )
        ),
        return_exceptions=True,
    )
    refused = [each for each in outcomes if isinstance(each, Refused)]
    assert [each.code for each in refused] == ["conflict"] * 4
    assert len((await get_message(ann, room_id, seq))["reactions"]) == 20
    assert (await get_room(ann, room_id))["version"] == before["version"] + 20


async def test_react_by_many_at_once_counts_each(shared_world: SharedWorld) -> None:
    """Ten users on the kind's nodes turn one reaction on and off: who is on at the end is counted,
    and each change had its version."""
    room_id, users = await group_of(shared_world, count=10)
    seq = (await users[0].send(room_id, "hello"))["seq"]
    start = (await get_room(users[0], room_id))["version"]

    async def play(n: int, user: User) -> None:
        for step in range(2 + n % 2):
            await (SOCKET, HTTP)[step % 2].react(user, room_id, seq, "👍", on=step % 2 == 0)

    await asyncio.gather(*(play(n, user) for n, user in enumerate(users)))

    on = {user.id for n, user in enumerate(users) if n % 2}
    (reaction,) = (await get_message(users[0], room_id, seq))["reactions"]
    assert (reaction["count"], set(reaction["user_ids"])) == (5, on)
    await all_settled(users[:2])
    changes = 10 * 2 + 5
    assert (await get_room(users[0], room_id))["version"] == start + changes
    for user in users[:2]:
        told = user.socket.all("message_updated", room_id=room_id)
        assert sorted(each["version"] for each in told) == list(
            range(start + 1, start + changes + 1)
        )
        held: set[str] = set()
        for each in sorted(told, key=lambda each: int(each["version"])):
            for change in each["reactions_changed"]:
                (held.add if change["on"] else held.discard)(change["user_id"])
            (shown,) = each["message"]["reactions"] or [{"user_ids": []}]
            assert held == set(shown["user_ids"])


async def test_react_over_http_takes_the_emoji_as_percent_encoded_utf_8(
    shared_world: SharedWorld,
) -> None:
    room_id, seq, (ann, _) = await message_in_group(shared_world)
    path = f"/rooms/{room_id}/messages/{seq}/reactions/"
    for text in (quote("❤"), quote("❤️").lower(), quote("❤️")):
        reacted = await ann.http("PUT", path + text)
        assert [r["emoji"] for r in reacted["reactions"]] == ["❤️"]
    assert (await ann.http("DELETE", path + quote("❤")))["reactions"] == []
    keycap = await ann.http("PUT", path + quote("#️⃣"))
    assert [r["emoji"] for r in keycap["reactions"]] == ["#️⃣"]
