"""Pinning messages: who may, what is told, and the list of pins."""

from __future__ import annotations

import random
import re

from tests.support.message_calls import (
    SOCKET,
    Via,
    get_message,
    group_of,
    over_both,
    over_either,
    refusals,
    room_and_messages,
    told_of_change,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import settled

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


# Pinning


@over_both
async def test_pin_message_and_unpin_tell_the_room(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    sent = (await via.send(bob, room_id, text="important")).message

    pinned = await via.pin(ann, room_id, sent["seq"])
    assert TIME.fullmatch(pinned["pinned_at"])
    assert pinned == sent | {"version": sent["version"] + 1, "pinned_at": pinned["pinned_at"]}
    await told_of_change(bob, pinned, "pinned", ann)
    assert (await bob.http("GET", f"/rooms/{room_id}/pins"))["items"] == [pinned]

    unpinned = await via.pin(ann, room_id, sent["seq"], on=False)
    assert unpinned == sent | {"version": sent["version"] + 2}
    await told_of_change(bob, unpinned, "unpinned", ann)
    assert (await bob.http("GET", f"/rooms/{room_id}/pins"))["items"] == []


@over_either
async def test_pin_message_again_changes_nothing(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    seq = (await via.send(ann, room_id, text="important")).message["seq"]
    before = await room_and_messages(bob, room_id)
    assert await via.pin(ann, room_id, seq, on=False) == before[1][-1]
    assert await room_and_messages(bob, room_id) == before
    await via.pin(ann, room_id, seq)
    before = await room_and_messages(bob, room_id)
    assert await via.pin(ann, room_id, seq) == before[1][-1]
    assert await room_and_messages(bob, room_id) == before
    await settled(ann, bob)
    assert len(bob.socket.all("message_updated", room_id=room_id)) == 1


@over_either
async def test_pin_message_is_for_admins_and_for_both_in_a_direct_room(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, bob, cat) = await group_of(shared_world, count=3)
    await ann.call("set_role", room_id=room_id, user_id=cat.id, role="admin")
    seq = (await via.send(bob, room_id, text="bob's")).message["seq"]
    assert await refusals(via.pin(bob, room_id, seq)) == ["forbidden"]
    assert (await via.pin(cat, room_id, seq))["pinned_at"]
    assert await refusals(via.pin(bob, room_id, seq, on=False)) == ["forbidden"]

    direct_id = (await ann.direct(bob))["id"]
    seq = (await via.send(ann, direct_id, text="ann's")).message["seq"]
    assert (await via.pin(bob, direct_id, seq))["pinned_at"]
    assert (await via.pin(ann, direct_id, seq, on=False))["pinned_at"] is None


async def test_pins_are_listed_latest_pin_first_page_by_page(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    seqs = [(await ann.send(room_id, f"message {n}"))["seq"] for n in range(7)]
    order = random.Random(7).sample(seqs, len(seqs))
    for seq in order:
        await SOCKET.pin(ann, room_id, seq)
    await SOCKET.pin(ann, room_id, order[2], on=False)
    await SOCKET.react(bob, room_id, order[3], "👍")
    await SOCKET.pin(ann, room_id, order[1], on=False)
    await SOCKET.pin(ann, room_id, order[1])
    expected = [order[1], *reversed(order[3:]), order[0]]

    page = await bob.http("GET", f"/rooms/{room_id.upper()}/pins")
    assert [each["seq"] for each in page["items"]] == expected
    assert (page["has_more"], page["next"]) == (False, None)
    for each in page["items"]:
        assert each == await get_message(bob, room_id, each["seq"])
    assert [r["me"] for each in page["items"] for r in each["reactions"]] == [True]

    listed: list[int] = []
    cursor = ""
    for more in (True, True, False):
        page = await bob.http("GET", f"/rooms/{room_id}/pins?limit=2{cursor}")
        assert (len(page["items"]), page["has_more"]) == (2, more)
        listed += [each["seq"] for each in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert listed == expected
