"""Web Push: who is told of what while no socket is open, over a push service of the tests' own
that decrypts and verifies as a browser and its vendor do."""

from __future__ import annotations

from typing import Any

import pytest

from server.kernel.clock import now_ms, timestamp
from tests.support.client import User, new_id
from tests.support.database import query
from tests.support.push import (
    Answer,
    Device,
    PushService,
    group_heard_of,
    outbox_is_done,
    send_text,
    set_levels,
)
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("no_errors_logged")


# --- Who is told, and what ---


async def test_push_goes_to_who_is_offline(
    ann: User, bob: User, shared_world: World, device: Device, service: PushService
) -> None:
    """Encrypted for the device and signed for its service. Carol, who has a socket open at some
    node, gets none; nor does the author."""
    carol = await shared_world.user("carol")
    theirs = service.device(), service.device()
    for user, other in zip((ann, carol), theirs, strict=True):
        await other.subscribe(user)
    room = await group_heard_of(ann, bob, carol, heard=(device, *theirs), name="Garden")
    message = await send_text(ann, room["id"], "tea at five?")
    (content,) = await device.hear()
    assert content == {
        "kind": "message",
        "room_id": room["id"],
        "seq": message["seq"],
        "title": f"\u2068{ann.session['user']['display_name']}\u2069 · \u2068Garden\u2069",
        "body": "tea at five?",
        "unread": content["unread"],
    }
    assert content["unread"] >= 1
    key = (await bob.http("GET", "/push/key"))["key"]
    assert device.claims(key)["sub"].startswith("mailto:")
    headers = device.received[0].headers
    assert 0 < int(headers["TTL"]) <= 24 * 3600
    assert headers["Urgency"] == "normal" and len(headers["Topic"]) == 32
    await outbox_is_done(ann.node, room["id"])
    assert [other.received for other in theirs] == [[], []]
    for user, other in zip((ann, carol), theirs, strict=True):
        await user.http("DELETE", "/push/subscriptions", {"endpoint": other.endpoint})


async def test_push_topic_is_one_for_each_room(ann: User, bob: User, device: Device) -> None:
    """So a newer push takes the place of the one that still waits at the service."""
    rooms = [await group_heard_of(ann, bob, heard=[device]), await ann.direct(bob)]
    for room in (*rooms, rooms[0]):
        await send_text(ann, room["id"])
        await outbox_is_done(ann.node, room["id"])
    first, other, again = (one.headers["Topic"] for one in device.received)
    assert first == again != other
    assert [one.headers["Urgency"] for one in device.received] == ["normal", "high", "normal"]


async def test_push_levels(ann: User, bob: User, device: Device) -> None:
    """all: everything; mentions: mentions and replies; none and muted: nothing."""
    room = await group_heard_of(ann, bob, heard=[device])
    room_id = room["id"]
    mine = await bob.http(
        "POST", f"/rooms/{room_id}/messages", {"client_id": new_id(), "text": "mine"}
    )

    async def told(**levels: Any) -> list[str]:
        await set_levels(bob, room_id, **levels)
        seen = len(device.received)
        await send_text(ann, room_id, "plain")
        await outbox_is_done(ann.node, room_id)
        await send_text(ann, room_id, f"hello @{bob.username}")
        await outbox_is_done(ann.node, room_id)
        await send_text(ann, room_id, "indeed", reply_to_seq=mine["seq"])
        await outbox_is_done(ann.node, room_id)
        return [one["kind"] for one in device.contents[seen:]]

    assert await told(notify="all") == ["message", "mention", "reply"]
    assert await told(notify="mentions") == ["mention", "reply"]
    assert await told(notify="none") == []
    assert await told(notify="all", muted_until=timestamp(now_ms() + 60_000)) == []
    assert await told(muted_until=None) == ["message", "mention", "reply"]


async def test_push_in_a_direct_room_counts_as_all(ann: User, bob: User, device: Device) -> None:
    room = await ann.direct(bob)
    await set_levels(bob, room["id"], notify="mentions")
    await send_text(ann, room["id"])
    assert [one["kind"] for one in await device.hear()] == ["direct_message"]
    await outbox_is_done(ann.node, room["id"])
    await set_levels(bob, room["id"], notify="all")


@pytest.mark.parametrize("who", ["bob", "ann"])
async def test_push_not_between_blocked(ann: User, bob: User, device: Device, who: str) -> None:
    """Whichever of them blocked the other."""
    room = await group_heard_of(ann, bob, heard=[device])
    pair = (bob.id, ann.id) if who == "bob" else (ann.id, bob.id)
    await query(
        ann.node, "INSERT INTO blocks (user_id, blocked_id, created_at) VALUES ($1, $2, 0)", *pair
    )
    await send_text(ann, room["id"])
    await outbox_is_done(ann.node, room["id"])
    await query(ann.node, "DELETE FROM blocks WHERE user_id = $1 AND blocked_id = $2", *pair)
    assert device.received == []


async def test_push_not_of_a_mention_that_was_edited_out(
    ann: User, bob: User, device: Device
) -> None:
    room = await group_heard_of(ann, bob, heard=[device])
    await set_levels(bob, room["id"], notify="mentions")
    device.answers = [Answer(503, {"Retry-After": "1"})]
    message = await send_text(ann, room["id"], f"hello @{bob.username}")
    await device.hear()
    at = f"/rooms/{room['id']}/messages/{message['seq']}"
    await ann.http("PATCH", at, {"text": "hello"})
    await outbox_is_done(ann.node, room["id"])
    assert len(device.received) == 1


async def test_push_of_an_all_that_an_edit_adds(ann: User, bob: User, device: Device) -> None:
    """Also to who has read the message before."""
    room = await group_heard_of(ann, bob, heard=[device])
    await set_levels(bob, room["id"], notify="mentions")
    message = await send_text(ann, room["id"], "hello")
    await outbox_is_done(ann.node, room["id"])
    await bob.http("PUT", f"/rooms/{room['id']}/read", {"seq": message["seq"]})
    at = f"/rooms/{room['id']}/messages/{message['seq']}"
    await ann.http("PATCH", at, {"text": "hello @all"})
    (content,) = await device.hear()
    assert (content["kind"], content["seq"], content["body"]) == (
        "mention",
        message["seq"],
        "hello @all",
    )
    await outbox_is_done(ann.node, room["id"])
    await ann.http("PATCH", at, {"text": "hello, @all"})
    await outbox_is_done(ann.node, room["id"])
    assert len(device.received) == 1


async def test_push_not_of_what_was_deleted_or_left(ann: User, bob: User, device: Device) -> None:
    """Between the message and its push the message, or the member, may have gone."""
    rooms = [await group_heard_of(ann, bob, heard=[device]) for _ in range(2)]
    device.answers = [Answer(503, {"Retry-After": "1"}) for _ in rooms]
    for room in rooms:
        message = await send_text(ann, room["id"])
    await device.hear(2)
    await bob.http("DELETE", f"/rooms/{rooms[0]['id']}/members/{bob.id}")
    await ann.http("DELETE", f"/rooms/{rooms[1]['id']}/messages/{message['seq']}")
    for room in rooms:
        await outbox_is_done(ann.node, room["id"])
    assert len(device.received) == 2


async def test_push_ends_with_the_session(ann: User, world: World, service: PushService) -> None:
    dora = await world.user("dora", connect=False)
    device = service.device()
    await device.subscribe(dora)
    room = await ann.direct(dora)
    await dora.http("POST", "/auth/signout")
    await send_text(ann, room["id"])
    await outbox_is_done(ann.node, room["id"])
    assert device.received == []
