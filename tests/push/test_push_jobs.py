"""Pushes as jobs in the outbox: once each, of notifications too, and none of what was withdrawn."""

from __future__ import annotations

import asyncio
import json

import pytest

from server.kernel.clock import now_ms
from tests.support.client import User, new_id
from tests.support.database import query
from tests.support.push import (
    Answer,
    Device,
    Json,
    PushService,
    group_heard_of,
    outbox_is_done,
    push_service,
    send_text,
)
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("no_errors_logged")


# --- Workers ---


async def test_each_push_is_sent_once_by_all_nodes_together(
    ann: User, bob: User, shared_world: World, service: PushService
) -> None:
    others = [await shared_world.user("other", connect=False) for _ in range(2)]
    owners = [(user, service.device()) for user in (bob, *others) for _ in range(10)]
    for user, device in owners:
        await device.subscribe(user)
    devices = [device for _, device in owners]
    rooms = [await group_heard_of(ann, bob, *others, heard=devices) for _ in range(5)]
    await asyncio.gather(*(send_text(ann, room["id"]) for room in rooms))
    for room in rooms:
        await outbox_is_done(ann.node, room["id"])
    for user, device in owners:
        assert sorted(one["room_id"] for one in device.contents) == sorted(r["id"] for r in rooms)
        await user.http("DELETE", "/push/subscriptions", {"endpoint": device.endpoint})


async def test_a_silent_push_service_does_not_hold_up_others(
    ann: User, bob: User, device: Device, shared_world: World
) -> None:
    """More pushes to it than may be under way at once; it answers none in time."""
    carol = await shared_world.user("carol", connect=False)
    rooms = [await ann.group(carol) for _ in range(8)]
    async with push_service() as silent:
        deaf = [silent.device() for _ in range(16)]
        for one in deaf:
            one.answers = [Answer(delay=60.0) for _ in range(9)]
            await one.subscribe(carol)
        await asyncio.gather(*(send_text(ann, room["id"]) for room in rooms))
        await deaf[0].hear()
        room = await ann.direct(bob)
        await send_text(ann, room["id"])
        await device.hear(within=6)
        for one in deaf:
            await carol.http("DELETE", "/push/subscriptions", {"endpoint": one.endpoint})


async def test_a_push_job_that_cannot_be_read_is_dropped(ann: User, bob: User) -> None:
    room = await ann.direct(bob)
    for payload in ("", "[]", "{}", '{"kind":"unknown"}'):
        await query(
            ann.node,
            "INSERT INTO push_jobs (room_id, payload, attempts, due_at, created_at)"
            " VALUES ($1, $2, 0, 0, 0)",
            *(room["id"], payload),
        )
    await outbox_is_done(ann.node, room["id"])


async def test_push_of_a_notification(ann: User, bob: User, device: Device) -> None:
    """One job for the Notification becomes one for each of the user's subscriptions."""
    room = await group_heard_of(ann, bob, heard=[device], name="Garden")
    notification_id = new_id()
    await query(
        ann.node,
        "INSERT INTO notifications (id, user_id, kind, room_id, actor_id, cause, created_at)"
        " VALUES ($1, $2, 'added_to_room', $3, $4, $5, 0)",
        *(notification_id, bob.id, room["id"], ann.id, f"test {notification_id}"),
    )
    about = json.dumps({"kind": "added_to_room", "notification_id": notification_id})
    await query(
        ann.node,
        "INSERT INTO push_jobs (room_id, payload, attempts, due_at, created_at)"
        " VALUES ($1, $2, 0, 0, $3)",
        *(room["id"], about, now_ms()),
    )
    (content,) = await device.hear()
    assert content["kind"] == "added_to_room" and content["notification_id"] == notification_id
    assert content["title"].endswith(" · \u2068Garden\u2069") and content["seq"] is None
    await outbox_is_done(ann.node, room["id"])
    assert len(device.received) == 1


async def test_push_of_a_reaction_on_and_off_is_one(ann: User, bob: User, device: Device) -> None:
    room = await group_heard_of(ann, bob, heard=[device], name="Garden")
    seq = (await bob.http("POST", f"/rooms/{room['id']}/messages", a_text()))["seq"]
    for n in range(21):
        await ann.call("react", room_id=room["id"], seq=seq, emoji="👍", on=n % 2 == 0)
    (content,) = await device.hear()
    assert (content["kind"], content["seq"]) == ("reaction", seq)
    for on in (False, True):
        await ann.call("react", room_id=room["id"], seq=seq, emoji="👍", on=on)
    await outbox_is_done(ann.node, room["id"])
    assert len(device.received) == 1


async def test_push_of_what_was_withdrawn_waits(ann: User, bob: User, device: Device) -> None:
    """And is sent when it comes back; a later one passes it by."""
    room = await group_heard_of(ann, bob, heard=[device], name="Garden")
    ids = [new_id(), new_id()]
    for id in ids:
        await query(
            ann.node,
            "INSERT INTO notifications (id, user_id, kind, room_id, actor_id, cause, created_at,"
            " withdrawn_at) VALUES ($1, $2, 'reaction', $3, $4, $5, 0, $6)",
            *(id, bob.id, room["id"], ann.id, f"test {id}", 1 if id == ids[0] else None),
        )
        await query(
            ann.node,
            "INSERT INTO push_jobs (room_id, payload, attempts, due_at, created_at)"
            " VALUES ($1, $2, 0, 0, $3)",
            *(room["id"], json.dumps({"kind": "reaction", "notification_id": id}), now_ms()),
        )
    assert [content["notification_id"] for content in await device.hear()] == ids[1:]
    sql = "UPDATE notifications SET withdrawn_at = NULL WHERE id = $1"
    await query(ann.node, sql, ids[0])
    await device.hear(2)
    await outbox_is_done(ann.node, room["id"])
    assert [content["notification_id"] for content in device.contents] == [ids[1], ids[0]]


def a_text() -> Json:
    return {"client_id": new_id(), "text": "hello"}
