"""What one is told of: by whom, on which devices, and until when it counts as unread."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.client import Refused, Socket, User, new_id
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
from tests.support.node import Node
from tests.support.shared_world import KeptSessions, SharedWorld, shared_world_of
from tests.support.world import World

Json = dict[str, Any]
THERE = "/notifications"


@pytest.fixture(scope="module")
def session_sets() -> dict[str, itertools.cycle[KeptSessions]]:
    return {
        kind: itertools.cycle([KeptSessions() for _ in range(4)]) for kind in ("sqlite", "postgres")
    }


@pytest.fixture
async def shared_world(
    kind: str, nodes: list[Node], session_sets: dict[str, itertools.cycle[KeptSessions]]
) -> AsyncIterator[SharedWorld]:
    """Tests in a row have different users: nobody is told more than some notifications a second."""
    async with shared_world_of(nodes, next(session_sets[kind])) as shared_world:
        yield shared_world


async def listed(user: User, text: str = "") -> list[Json]:
    """All of them, newest first, which both ways to ask must answer alike."""
    items: list[Json] = []
    cursor = None
    while True:
        page = await user.http("GET", "/notifications?limit=100" + (cursor or ""))
        items += page["items"]
        assert page["has_more"] == (page["next"] is not None)
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next']}"
    ack = await user.socket.call("list_notifications", THERE, limit=100)
    assert ack["items"] == items[:100]
    return items


async def about(user: User, room_id: str, **fields: Any) -> list[Json]:
    """Those of one room: the users have others from before."""
    return [each for each in await listed(user) if each == ObjectWith(room_id=room_id, **fields)]


async def mark(user: User, **body: Any) -> int:
    answer: Json = await user.http("POST", "/notifications/read", body)
    assert set(answer) == {"unread"}
    return int(answer["unread"])


async def mention(by: User, user: User, room_id: str, text: str = "hello") -> tuple[Json, str]:
    """A message that mentions the user, and the id of what they are told of it."""
    message = await by.send(room_id, f"{text} @{user.username}")
    of_it = ObjectWith(room_id=room_id, seq=message["seq"])
    heard = await user.hear("notification", notification=of_it)
    return message, heard["notification"]["id"]


async def told(*sockets: Socket, **fields: Any) -> Json:
    """The next notification with these fields, which all of the sockets hear alike."""
    found = [await s.hear("notification", notification=ObjectWith(**fields)) for s in sockets]
    assert all(each == found[0] for each in found)
    notification: Json = found[0]["notification"]
    return notification


def kinds(items: list[Json]) -> list[tuple[str, int | None]]:
    return [(each["kind"], each["seq"]) for each in items]


# What makes them


async def test_notification_reaction(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    there = await other_device(shared_world, ann)
    message = await ann.send(room_id, "x" * 139 + "äöü")
    await SOCKET.react(bob, room_id, message["seq"], "👍")
    heard = await told(ann.socket, there.socket, kind="reaction", room_id=room_id)
    assert set(heard) == {
        *("id", "kind", "room_id", "seq", "actor", "preview", "created_at", "read_at")
    }
    assert heard["actor"] == await ann.http("GET", f"/users/{bob.id}")
    assert (heard["seq"], heard["preview"]) == (message["seq"], "x" * 139 + "ä")
    assert heard["read_at"] is None
    assert await about(ann, room_id) == [heard]
    assert await about(bob, room_id, kind="reaction") == []

    # A second one of his tells nothing new.
    await SOCKET.react(bob, room_id, message["seq"], "🎉")
    await all_settled([bob, ann])
    assert await about(ann, room_id) == [heard]
    assert len(ann.socket.all("notification", notification=heard)) == 1


async def test_notification_reaction_taken_back_is_gone(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    seq = (await ann.send(room_id, "hello"))["seq"]
    for emoji in ("👍", "🎉"):
        await SOCKET.react(bob, room_id, seq, emoji)
    await SOCKET.react(bob, room_id, seq, "👍", False)
    assert len(await about(ann, room_id)) == 1
    await SOCKET.react(bob, room_id, seq, "🎉", False)
    assert await about(ann, room_id) == []

    await SOCKET.react(bob, room_id, seq, "👍")
    [found] = await about(ann, room_id)
    await mark(ann, ids=[found["id"]])
    await SOCKET.react(bob, room_id, seq, "👍", False)
    assert await about(ann, room_id) == []
    await SOCKET.react(bob, room_id, seq, "👍")
    [again] = await about(ann, room_id)
    assert again["id"] == found["id"] and again["read_at"]


async def unread(user: User) -> int:
    """How many notifications are."""
    return await mark(user, ids=[])


async def test_notification_reaction_on_and_off_is_one(shared_world: SharedWorld) -> None:
    """However often, over either node: one told, the same one listed, none while it is off."""
    room_id, (ann, bob) = await group_of(shared_world)
    there = await other_device(shared_world, ann)
    elsewhere_bob = await other_device(shared_world, bob)
    seq = (await ann.send(room_id, "hello"))["seq"]
    before = await unread(ann)
    ids = set()
    for n in range(20):
        by, via = ((bob, SOCKET), (elsewhere_bob, HTTP))[n % 2]
        await via.react(by, room_id, seq, "👍")
        [found] = await about(ann, room_id)
        ids.add(found["id"])
        assert found["read_at"] is None and await unread(ann) == before + 1
        await via.react(by, room_id, seq, "👍", False)
        assert await about(ann, room_id) == [] and await unread(ann) == before
    await HTTP.react(elsewhere_bob, room_id, seq, "🎉")
    assert [each["id"] for each in await about(ann, room_id)] == list(ids)
    await all_settled([bob, ann, there, elsewhere_bob])
    for socket in (ann.socket, there.socket):
        await socket.hear("notifications_read", ids=list(ids))
        assert len(socket.all("notification", notification=ObjectWith(room_id=room_id))) == 1

    # Once it was read it is no news any more.
    before = await mark(ann, ids=list(ids))
    for on in (False, True, False, True):
        await SOCKET.react(bob, room_id, seq, "🎉", on)
        assert await unread(ann) == before
        assert [each["id"] for each in await about(ann, room_id)] == list(ids) * on
    await all_settled([bob, ann, there, elsewhere_bob])
    for socket in (ann.socket, there.socket):
        assert len(socket.all("notification", notification=ObjectWith(room_id=room_id))) == 1


async def test_notification_reaction_that_was_off_while_it_was_read(
    shared_world: SharedWorld,
) -> None:
    """A read mark reads what is hidden too: it is no news when it comes back."""
    room_id, (ann, bob) = await group_of(shared_world)
    seq = (await ann.send(room_id, "hello"))["seq"]
    before = await unread(ann)
    for on in (True, False):
        await SOCKET.react(bob, room_id, seq, "👍", on)
    await SOCKET.mark_read(ann, room_id, (await bob.send(room_id, "another"))["seq"])
    await SOCKET.react(bob, room_id, seq, "👍")
    assert await unread(ann) == before
    [found] = await about(ann, room_id)
    assert found["read_at"]


async def test_notification_reactions_of_two_are_two(shared_world: SharedWorld) -> None:
    room_id, (ann, bob, cat) = await group_of(shared_world, count=3)
    seq = (await ann.send(room_id, "hello"))["seq"]
    for user in (bob, cat):
        await SOCKET.react(user, room_id, seq, "👍")
        await told(ann.socket, room_id=room_id, actor=ObjectWith(id=user.id))
    await SOCKET.react(bob, room_id, seq, "👍", False)
    [left] = await about(ann, room_id)
    assert left["actor"]["id"] == cat.id


async def test_notification_reaction_only_of_others(shared_world: SharedWorld) -> None:
    room_id, (ann, _) = await group_of(shared_world)
    seq = (await ann.send(room_id, "hello"))["seq"]
    await SOCKET.react(ann, room_id, seq, "👍")
    assert await about(ann, room_id) == []


@pytest.mark.parametrize(
    ("notify", "expected"),
    [("all", ["mention", "reaction"]), ("mentions", ["mention"]), ("none", [])],
)
async def test_notification_by_level(
    shared_world: SharedWorld, notify: str, expected: list[str]
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    await ann.http("PATCH", f"/rooms/{room_id}/me", {"notify": notify})
    mine = await ann.send(room_id, "hello")
    await SOCKET.react(bob, room_id, mine["seq"], "👍")
    his = await bob.send(room_id, "hello")
    await SOCKET.edit(bob, room_id, his["seq"], f"hello @{ann.username}")
    assert sorted(each["kind"] for each in await about(ann, room_id)) == expected


async def test_notification_not_across_blocks(world: World) -> None:
    room, (ann, bob, carol) = await world.room("ann", "bob", "carol")
    room_id = room["id"]
    seq = (await ann.send(room_id, "hello"))["seq"]
    await ann.http("PUT", f"/users/me/blocks/{bob.id}")
    await carol.http("PUT", f"/users/me/blocks/{ann.id}")
    for other in (bob, carol):
        await SOCKET.react(other, room_id, seq, "👍")
        his = await other.send(room_id, "hello")
        await SOCKET.edit(other, room_id, his["seq"], f"hello @{ann.username}")
    assert await listed(ann) == []


async def test_notification_added_to_room(shared_world: SharedWorld) -> None:
    ann, bob, carol = [await shared_world.user() for _ in range(3)]
    devices = bob, await other_device(shared_world, bob)
    room_id = (await ann.group(bob))["id"]
    heard = await told(*(d.socket for d in devices), room_id=room_id)
    assert (heard["kind"], heard["seq"], heard["actor"]["id"]) == ("added_to_room", 1, ann.id)
    assert heard["preview"] is None
    assert await about(bob, room_id) == [heard]

    await bob.call("add_members", room_id=room_id, user_ids=[carol.id])
    heard = await told(carol.socket, room_id=room_id)
    assert (heard["kind"], heard["seq"], heard["actor"]["id"]) == ("added_to_room", 2, bob.id)
    await carol.call("leave_room", room_id=room_id)
    await ann.call("add_members", room_id=room_id, user_ids=[carol.id])
    assert kinds(await about(carol, room_id)) == [("added_to_room", 4), ("added_to_room", 2)]
    assert await about(ann, room_id) == []


async def test_notification_added_to_room_not_by_oneself_and_not_in_a_direct_room(
    world: World,
) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    room = await ann.group(visibility="public")
    await bob.call("join_room", room_id=room["id"])
    await ann.direct(bob)
    assert await listed(bob) == await listed(ann) == []


async def test_notification_mention_by_an_edit(shared_world: SharedWorld) -> None:
    room_id, (ann, bob, carol) = await group_of(shared_world, count=3)
    devices = bob, await other_device(shared_world, bob)
    seq = (await ann.send(room_id, "hello"))["seq"]
    await SOCKET.edit(ann, room_id, seq, f"hello @{bob.username}")
    heard = await told(*(d.socket for d in devices), room_id=room_id, kind="mention")
    assert (heard["seq"], heard["preview"]) == (seq, f"hello @{bob.username}")
    await SOCKET.edit(ann, room_id, seq, f"hello @{bob.username} @{carol.username}")
    await told(carol.socket, room_id=room_id, kind="mention")
    assert kinds(await about(carol, room_id, kind="mention")) == [("mention", seq)]
    assert kinds(await about(bob, room_id, kind="mention")) == [("mention", seq)]
    assert len(bob.socket.all("notification", notification=ObjectWith(id=heard["id"]))) == 1


async def test_notification_direct_message_and_reply(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    direct_id = (await ann.direct(bob))["id"]
    there = await other_device(shared_world, bob)
    first = await ann.send(direct_id, "hello")
    heard = await told(bob.socket, there.socket, kind="direct_message", room_id=direct_id)
    assert (heard["seq"], heard["preview"]) == (first["seq"], "hello")
    assert heard["actor"]["id"] == ann.id
    said = await bob.send(room_id, "what?")
    answer = await ann.send(room_id, "this", reply_to_seq=said["seq"])
    heard = await told(bob.socket, there.socket, kind="reply", room_id=room_id)
    assert (heard["seq"], heard["preview"]) == (answer["seq"], "this")
    # One's own doings tell oneself nothing.
    await bob.send(room_id, f"@{bob.username} more", reply_to_seq=said["seq"])
    assert kinds(await about(bob, room_id, read_at=None)) == []
    assert await about(ann, direct_id) == []


# What is shown


async def test_notification_preview_of_a_deleted_message_is_null(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    message, _ = await mention(ann, bob, room_id)
    await SOCKET.react(bob, room_id, message["seq"], "👍")
    shown = [each["preview"] for each in await about(bob, room_id, kind="mention")]
    assert shown == [message["text"]]
    await SOCKET.edit(ann, room_id, message["seq"], "another")
    assert [each["preview"] for each in await about(ann, room_id)] == ["another"]
    await SOCKET.delete(ann, room_id, message["seq"])
    assert [each["preview"] for each in await about(ann, room_id)] == [None]
    assert [each["preview"] for each in await about(bob, room_id, kind="mention")] == [None]


async def test_notification_of_a_room_that_one_has_left_shows_nothing_of_it(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    await mention(ann, bob, room_id)
    await ann.send(room_id, "a secret, @all")
    assert len(await about(bob, room_id)) == 3
    await bob.call("leave_room", room_id=room_id)
    assert [each["preview"] for each in await about(bob, room_id)] == [None, None]
    await ann.call("send_message", room_id=room_id, client_id=new_id(), text="later")
    await ann.http("DELETE", f"/rooms/{room_id}")
    assert [each["preview"] for each in await about(bob, room_id)] == [None, None]


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
        await mark(bob, ids=[page["items"][0]["id"]])
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

    [found] = await about(bob, room_id, kind="mention")
    assert (found["seq"], found["preview"]) == (message["seq"], "hear @all")
    assert found["actor"]["id"] == ann.id and found["read_at"] is None
    for user in (ann, carol, dan, late):
        assert await about(user, room_id, kind="mention") == []
    expected = {bob: 1, ann: 0, carol: 0, dan: 0, late: 0}
    for user, count in expected.items():
        assert (await HTTP.unread(user))["mentions"] == count
    await SOCKET.delete(ann, room_id, message["seq"])
    assert (await HTTP.unread(bob))["mentions"] == 0
    assert [each["preview"] for each in await about(bob, room_id, kind="mention")] == [None]


async def test_notification_to_everybody_is_each_ones_own_to_read(world: World) -> None:
    room, (ann, bob, carol) = await world.room("ann", "bob", "carol")
    room_id = room["id"]
    for text in ("one @all", "two @all"):
        await ann.send(room_id, text)
    second, first = await about(bob, room_id, kind="mention")
    assert await mark(bob, ids=[first["id"]]) == 2
    assert await mark(bob, ids=[first["id"]]) == 2
    again = await about(bob, room_id, kind="mention")
    assert [each["id"] for each in again] == [second["id"], first["id"]]
    assert [bool(each["read_at"]) for each in again] == [False, True]
    # Hers have other ids, and are as they were.
    hers = await about(carol, room_id, kind="mention")
    assert not {each["id"] for each in hers} & {first["id"], second["id"]}
    assert [each["read_at"] for each in hers] == [None, None]
    assert await mark(carol, ids=[first["id"], second["id"]]) == 3

    await SOCKET.mark_read(carol, room_id, 3)
    heard = await carol.hear("notifications_read")
    mine = await about(carol, room_id)
    assert set(heard["ids"]) == {each["id"] for each in mine}
    assert [each["id"] for each in mine[:2]] == [each["id"] for each in hers]
    assert all(each["read_at"] for each in mine)
    assert await mark(bob, all=True) == 0


# Reading them


async def test_mark_notifications_read_by_id(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    devices = bob, await other_device(shared_world, bob)
    ids = [(await mention(ann, bob, room_id))[1] for _ in range(3)]
    before = await mark(bob, ids=[])
    body = {"ids": [ids[0], ids[1].upper()]}
    ack = await bob.socket.call("mark_notifications_read", THERE, **body)
    assert ack == {"ok": True, "unread": before - 2}
    for device in devices:
        heard = await device.hear("notifications_read")
        assert (set(heard["ids"]), heard["up_to"]) == (set(ids[:2]), None)
    found = {each["id"]: bool(each["read_at"]) for each in await about(bob, room_id)}
    assert [found[id] for id in ids] == [True, True, False]
    # Once is enough.
    assert await mark(bob, **body) == before - 2
    await all_settled([ann, *devices])
    assert [len(d.socket.all("notifications_read")) for d in devices] == [1, 1]


async def test_mark_notifications_read_all(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    devices = bob, await other_device(shared_world, bob)
    for n in range(3):
        await mention(ann, bob, room_id, f"message {n}")
    assert await mark(bob, all=True) == 0
    for device in devices:
        heard = await device.hear("notifications_read")
        assert heard["ids"] is None
        assert all(each["created_at"] <= heard["up_to"] for each in await listed(bob))
    assert all(each["read_at"] for each in await listed(bob))


async def test_mark_read_reads_the_rooms_notifications_up_to_it(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    other_id = (await ann.group(bob))["id"]
    devices = bob, await other_device(shared_world, bob)
    await mark(bob, all=True)
    await bob.hear("notifications_read", ids=None)
    mentions = [await mention(ann, bob, room_id) for _ in range(3)]
    ids, seqs = [id for _, id in mentions], [message["seq"] for message, _ in mentions]
    _, other = await mention(ann, bob, other_id)
    await HTTP.mark_read(bob, room_id, seqs[1])
    heard = await bob.hear("notifications_read")
    assert (set(heard["ids"]), heard["up_to"]) == (set(ids[:2]), None)
    assert await devices[1].hear("notifications_read", ids=heard["ids"])
    unread = [each["id"] for each in await listed(bob) if not each["read_at"]]
    assert set(unread) == {ids[2], other}
    assert await mark(bob, ids=[]) == 2


async def test_mark_notifications_read_of_others_and_of_nobody_changes_nothing(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    _, id = await mention(ann, bob, room_id)
    before = await listed(bob)
    unread = await mark(ann, ids=[])
    assert await mark(ann, ids=[id, new_id(), room_id]) == unread
    assert await listed(bob) == before
    assert await about(ann, room_id) == []


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
        await mark(ann, **body)
    with pytest.raises(Refused) as over_socket:
        await ann.socket.call("mark_notifications_read", THERE, **body)
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
    assert len(await about(ann, room_id)) == len(seqs)
    await all_settled([bob, ann])
    heard = ann.socket.all("notification", notification=ObjectWith(room_id=room_id))
    assert 10 <= len(heard) <= 10 * seconds
    told_of = {each["notification"]["seq"] for each in heard}
    left = [await get_message(ann, room_id, seq) for seq in seqs if seq not in told_of]
    last = max((each["version"] for each in left), default=0)
    while last > version:
        version = (await ann.hear("unread", room_id=room_id))["version"]
