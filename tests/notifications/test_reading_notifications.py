"""How notifications are shown, listed and read; messages to everybody, which each user reads
alone."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.client import Refused, new_id
from tests.support.database import query
from tests.support.matching import ObjectWith
from tests.support.message_calls import (
    HTTP,
    SOCKET,
    all_settled,
    get_message,
    group_of,
    other_device,
)
from tests.support.notification_calls import (
    NAMESPACE,
    list_notifications,
    mark_notifications,
    notifications_about,
    send_mention,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import World

Json = dict[str, Any]


# What is shown


async def test_notification_preview_is_the_text_as_it_is_now(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    message, _ = await send_mention(ann, bob, room_id)
    text = f"another @{bob.username}"
    await SOCKET.react(bob, room_id, message["seq"], "👍")
    shown = [each["preview"] for each in await notifications_about(bob, room_id, kind="mention")]
    assert shown == [message["text"]]
    await SOCKET.edit(ann, room_id, message["seq"], text)
    assert [each["preview"] for each in await notifications_about(ann, room_id)] == [text]
    shown = [each["preview"] for each in await notifications_about(bob, room_id, kind="mention")]
    assert shown == [text]


async def test_list_notifications_pages_hide_nothing(world: World) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    expected = []
    for n in range(12):
        text = f"hello @{bob.username}" if n % 2 else "hello @all"
        expected.append((await ann.send(room["id"], text))["seq"])
    # Some of the same moment.
    for table in ("notifications", "room_notices"):
        blurred = f"UPDATE {table} SET created_at = created_at / 50 * 50 + 50 WHERE room_id = $1"
        await query(bob.node, blurred, room["id"])
    seen: list[Json] = []
    text = "?limit=1"
    while text:
        page = await bob.http("GET", f"/notifications{text}")
        seen += page["items"]
        text = f"?limit=5&cursor={page['next']}" if page["next"] else ""
        # What is read meanwhile may come again, and hides nothing.
        await mark_notifications(bob, ids=[page["items"][0]["id"]])
    assert len({each["id"] for each in seen}) == 13
    assert {each["seq"] for each in seen} == {1, *expected}
    times = [each["created_at"] for each in seen]
    assert times == sorted(times, reverse=True)


# Messages to everybody


async def test_notification_to_everybody(world: World) -> None:
    room, (ann, bob, carol, dan) = await world.room("ann", "bob", "carol", "dan")
    room_id = room["id"]
    await carol.http("PATCH", f"/rooms/{room_id}/me", {"notify": "none"})
    await dan.http("PUT", f"/users/me/blocks/{ann.id}")
    message = await ann.send(room_id, "hear @all")
    late = await world.user("late")
    await ann.call("add_members", room_id=room_id, user_ids=[late.id])

    [found] = await notifications_about(bob, room_id, kind="mention")
    assert (found["seq"], found["preview"]) == (message["seq"], "hear @all")
    assert found["actor"]["id"] == ann.id and found["read_at"] is None
    for user in (ann, carol, dan, late):
        assert await notifications_about(user, room_id, kind="mention") == []
    expected = {bob: 1, ann: 0, carol: 0, dan: 0, late: 0}
    for user, count in expected.items():
        assert (await HTTP.unread(user))["mentions"] == count
    await SOCKET.delete(ann, room_id, message["seq"])
    assert (await HTTP.unread(bob))["mentions"] == 0
    assert await notifications_about(bob, room_id, kind="mention") == []


async def test_notification_to_everybody_is_each_ones_own_to_read(world: World) -> None:
    room, (ann, bob, carol) = await world.room("ann", "bob", "carol")
    room_id = room["id"]
    for text in ("one @all", "two @all"):
        await ann.send(room_id, text)
    second, first = await notifications_about(bob, room_id, kind="mention")
    assert await mark_notifications(bob, ids=[first["id"]]) == 2
    assert await mark_notifications(bob, ids=[first["id"]]) == 2
    again = await notifications_about(bob, room_id, kind="mention")
    assert [each["id"] for each in again] == [second["id"], first["id"]]
    assert [bool(each["read_at"]) for each in again] == [False, True]
    # Hers have other ids, and are as they were.
    hers = await notifications_about(carol, room_id, kind="mention")
    assert not {each["id"] for each in hers} & {first["id"], second["id"]}
    assert [each["read_at"] for each in hers] == [None, None]
    assert await mark_notifications(carol, ids=[first["id"], second["id"]]) == 3

    await SOCKET.mark_read(carol, room_id, 3)
    heard = await carol.hear("notifications_read")
    mine = await notifications_about(carol, room_id)
    assert set(heard["ids"]) == {each["id"] for each in mine}
    assert [each["id"] for each in mine[:2]] == [each["id"] for each in hers]
    assert all(each["read_at"] for each in mine)
    assert await mark_notifications(bob, all=True) == 0


# Reading them


async def test_mark_notifications_read_by_id(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    devices = bob, await other_device(shared_world, bob)
    ids = [(await send_mention(ann, bob, room_id))[1] for _ in range(3)]
    before = await mark_notifications(bob, ids=[])
    body = {"ids": [ids[0], ids[1].upper()]}
    ack = await bob.socket.call("mark_notifications_read", NAMESPACE, **body)
    assert ack == {"ok": True, "unread": before - 2}
    for device in devices:
        heard = await device.hear("notifications_read")
        assert (set(heard["ids"]), heard["up_to"]) == (set(ids[:2]), None)
    found = {each["id"]: bool(each["read_at"]) for each in await notifications_about(bob, room_id)}
    assert [found[id] for id in ids] == [True, True, False]
    # Once is enough.
    assert await mark_notifications(bob, **body) == before - 2
    await all_settled([ann, *devices])
    assert [len(d.socket.all("notifications_read")) for d in devices] == [1, 1]


async def test_mark_notifications_read_all(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    devices = bob, await other_device(shared_world, bob)
    for n in range(3):
        await send_mention(ann, bob, room_id, f"message {n}")
    assert await mark_notifications(bob, all=True) == 0
    for device in devices:
        heard = await device.hear("notifications_read")
        assert heard["ids"] is None
        assert all(each["created_at"] <= heard["up_to"] for each in await list_notifications(bob))
    assert all(each["read_at"] for each in await list_notifications(bob))


async def test_mark_read_reads_the_rooms_notifications_up_to_it(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    other_id = (await ann.group(bob))["id"]
    devices = bob, await other_device(shared_world, bob)
    await mark_notifications(bob, all=True)
    await bob.hear("notifications_read", ids=None)
    mentions = [await send_mention(ann, bob, room_id) for _ in range(3)]
    ids, seqs = [id for _, id in mentions], [message["seq"] for message, _ in mentions]
    _, other = await send_mention(ann, bob, other_id)
    await HTTP.mark_read(bob, room_id, seqs[1])
    heard = await bob.hear("notifications_read")
    assert (set(heard["ids"]), heard["up_to"]) == (set(ids[:2]), None)
    assert await devices[1].hear("notifications_read", ids=heard["ids"])
    unread = [each["id"] for each in await list_notifications(bob) if not each["read_at"]]
    assert set(unread) == {ids[2], other}
    assert await mark_notifications(bob, ids=[]) == 2


async def test_mark_notifications_read_of_others_and_of_nobody_changes_nothing(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    _, id = await send_mention(ann, bob, room_id)
    before = await list_notifications(bob)
    unread = await mark_notifications(ann, ids=[])
    assert await mark_notifications(ann, ids=[id, new_id(), room_id]) == unread
    assert await list_notifications(bob) == before
    assert await notifications_about(ann, room_id) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "ids"),
        ({"ids": None, "all": None}, "ids"),
        ({"ids": [], "all": True}, "ids"),
        ({"all": False}, "all"),
        ({"ids": [], "all": False}, "all"),
        ({"ids": [new_id() for _ in range(101)]}, "ids"),
    ],
)
async def test_mark_notifications_read_takes_one_of_ids_and_all(
    shared_world: SharedWorld, body: Json, field: str
) -> None:
    ann = await shared_world.user()
    with pytest.raises(Refused) as over_http:
        await mark_notifications(ann, **body)
    with pytest.raises(Refused) as over_socket:
        await ann.socket.call("mark_notifications_read", NAMESPACE, **body)
    for refused in (over_http.value, over_socket.value):
        assert (refused.code, refused.field) == ("validation_failed", field)


async def test_list_notifications_with_a_cursor_that_is_none(shared_world: SharedWorld) -> None:
    ann = await shared_world.user()
    for cursor in ("x", "W10", quote("é")):
        with pytest.raises(Refused) as refused:
            await ann.http("GET", f"/notifications?cursor={cursor}")
        assert (refused.value.code, refused.value.field) == ("validation_failed", "cursor")


# Many at once


async def test_notification_many_at_once_end_in_one_unread(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    seqs = [(await ann.send(room_id, f"message {n}"))["seq"] for n in range(40)]
    version = (await ann.http("GET", f"/rooms/{room_id}"))["version"]
    await ann.hear("unread", room_id=room_id, version=version)
    began = time.monotonic()
    await asyncio.gather(*(HTTP.react(bob, room_id, seq, "👍") for seq in seqs))
    seconds = int(time.monotonic() - began) + 2
    assert len(await notifications_about(ann, room_id)) == len(seqs)
    await all_settled([bob, ann])
    heard = ann.socket.all("notification", notification=ObjectWith(room_id=room_id))
    assert 10 <= len(heard) <= 10 * seconds
    told_of = {each["notification"]["seq"] for each in heard}
    left = [await get_message(ann, room_id, seq) for seq in seqs if seq not in told_of]
    last = max((each["version"] for each in left), default=0)
    while last > version:
        version = (await ann.hear("unread", room_id=room_id))["version"]
