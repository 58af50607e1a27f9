"""How much one answer of ``sync`` brings, and what a client does to get the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.client import Refused, User, new_id
from tests.support.database import strangers
from tests.support.shared_world import SharedWorld
from tests.support.sync_calls import sync, sync_one
from tests.support.world import World

Json = dict[str, Any]

LIMIT = 512 * 1024


# Heads


async def test_sync_brings_unnamed_rooms_as_heads_unless_listed(world: World) -> None:
    held, (ann, bob) = await world.room("ann", "bob")
    other = await ann.group(bob, name="unnamed")
    direct = await ann.direct(bob)
    await ann.send(other["id"], "hello")
    for scope in ({}, {"scope": "all"}, {"scope": None}):
        answer = await sync(bob, {held["id"]: held["version"]}, **scope)
        heads = answer["rooms"]
        assert [head["room"]["id"] for head in heads] == [other["id"], direct["id"]]
        assert heads[0]["room"] == await bob.http("GET", f"/rooms/{other['id']}")
        assert heads[1]["room"]["peer"]["id"] == ann.id
        for head in heads:
            nothing = {"messages": [], "members": [], "gone": [], "complete": False}
            assert {k: v for k, v in head.items() if k != "room"} == nothing
        assert answer["has_more"] is False
    answer = await sync(bob, {held["id"]: held["version"]}, scope="listed")
    assert (answer["rooms"], answer["has_more"]) == ([], False)


async def test_sync_brings_the_200_latest_heads_and_the_rest_when_they_are_named(
    ann: User,
) -> None:
    rooms = [
        (await ann.call("create_room", kind="group", name=f"room {n}"))["room"] for n in range(202)
    ]
    await ann.send(rooms[0]["id"], "the latest again")
    answer = await sync(ann, {})
    latest = [rooms[0], *rooms[:2:-1]]
    assert [head["room"]["id"] for head in answer["rooms"]] == [room["id"] for room in latest]
    assert (answer["more"], answer["has_more"]) == (False, True)

    held = {head["room"]["id"]: head["room"]["version"] for head in answer["rooms"]}
    answer = await sync(ann, held)
    assert [head["room"]["id"] for head in answer["rooms"]] == [rooms[2]["id"], rooms[1]["id"]]
    assert (answer["more"], answer["has_more"]) == (False, False)
    assert set(answer["reads"]) == set(held)

    # Exactly 200 heads: there are no others.
    named = {rooms[n]["id"]: rooms[n]["version"] for n in (1, 2)}
    answer = await sync(ann, named)
    assert len(answer["rooms"]) == 200
    assert answer["has_more"] is False


# Bounds


async def test_sync_of_more_than_200_changed_messages_is_not_complete(
    shared_world: SharedWorld,
) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    for n in range(200):
        last = await ann.send(room["id"], f"message {n}")
    # A message that changed twice is one.
    await ann.call("edit_message", room_id=room["id"], seq=last["seq"], text="edited")
    entry = await sync_one(bob, room["id"], room["version"])
    assert entry["complete"] is True
    assert [m["seq"] for m in entry["messages"]] == [n + 2 for n in range(200)]
    assert entry["room"]["version"] == room["version"] + 201

    await ann.send(room["id"], "one more")
    entry = await sync_one(bob, room["id"], room["version"])
    assert entry["complete"] is False
    assert (entry["messages"], entry["members"], entry["gone"]) == ([], [], [])
    assert entry["room"]["version"] == room["version"] + 202


async def test_sync_of_more_than_200_changed_members_is_not_complete(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user("ann"), await shared_world.user("bob")
    others = await strangers(shared_world.nodes[0], 199)
    room = await ann.group(member_ids=[bob.id, *others[1:]])
    entry = await sync_one(bob, room["id"], 0)
    assert entry["complete"] is True
    assert len(entry["members"]) == 200
    assert len(entry["messages"]) == 1

    await ann.call("add_members", room_id=room["id"], user_ids=others[:1])
    entry = await sync_one(bob, room["id"], 0)
    assert (entry["complete"], entry["members"], entry["messages"]) == (False, [], [])
    assert entry["room"]["member_count"] == 201


async def test_sync_of_more_than_200_who_are_gone_is_not_complete(
    shared_world: SharedWorld,
) -> None:
    ann = await shared_world.user("ann")
    others = await strangers(shared_world.nodes[0], 201)
    room = await ann.group(member_ids=others)
    for user_id in others:
        await ann.call("remove_member", room_id=room["id"], user_id=user_id)
    entry = await sync_one(ann, room["id"], room["version"])
    assert (entry["complete"], entry["gone"], entry["messages"]) == (False, [], [])
    entry = await sync_one(ann, room["id"], room["version"] + 1)
    assert entry["complete"] is True
    assert entry["gone"] == others[1:]


async def test_sync_refuses_more_than_1000_rooms(ann: User) -> None:
    named = {new_id(): 0 for _ in range(1_000)}
    answer = await sync(ann, named)
    assert sorted(answer["left"]) == sorted(named)
    with pytest.raises(Refused) as refused:
        await sync(ann, named | {new_id(): 0})
    assert (refused.value.code, refused.value.field) == ("validation_failed", "rooms")
    assert (await sync(ann, {}))["rooms"] == []


@pytest.mark.parametrize(
    "rooms", (None, [], {"nothing": 0}, {new_id(): -1}, {new_id(): 2**53}, {new_id(): "1"})
)
async def test_sync_refuses_what_is_no_map_of_versions(ann: User, rooms: Any) -> None:
    with pytest.raises(Refused) as refused:
        await ann.call("sync", rooms=rooms)
    assert (refused.value.code, refused.value.field) == ("validation_failed", "rooms")


async def test_sync_refuses_an_unknown_scope(ann: User) -> None:
    with pytest.raises(Refused) as refused:
        await sync(ann, {}, scope="some")
    assert (refused.value.code, refused.value.field) == ("validation_failed", "scope")


async def finish(user: User, held: dict[str, int], **scope: str) -> tuple[list[Json], list[int]]:
    """Calls again while there is more, as a client does; all entries, and each answer's size."""
    entries, sizes = [], []
    more = True
    while more:
        answer = await sync(user, held, **scope)
        more = answer["more"]
        assert answer["rooms"] or not more
        sizes.append(len(json.dumps(answer, ensure_ascii=False).encode()))
        entries += answer["rooms"]
        held |= {entry["room"]["id"]: entry["room"]["version"] for entry in answer["rooms"]}
    return entries, sizes


async def test_sync_ends_early_near_512_kib_and_calling_again_finishes(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user("ann"), await shared_world.user("bob")
    rooms = [await ann.group(bob) for _ in range(4)]
    for room in rooms:
        for n in range(7):
            # 4 bytes a character: 224,000 in each room.
            await ann.send(room["id"], f"{n:04}" + "😀" * 7_996)
    entries, sizes = await finish(
        bob, {room["id"]: room["version"] for room in rooms}, scope="listed"
    )
    assert len(sizes) > 1
    assert max(sizes) <= LIMIT + 1_000
    changed = {entry["room"]["id"]: entry for entry in entries if entry["complete"]}
    assert set(changed) == {room["id"] for room in rooms}
    assert all([m["seq"] for m in e["messages"]] == [*range(2, 9)] for e in changed.values())


async def test_sync_ends_heads_early_near_512_kib_and_calling_again_finishes(
    world: World,
) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    rooms = [await ann.group(bob) for _ in range(20)]
    for room in rooms:
        await ann.send(room["id"], "😀" * 8_000)
    entries, sizes = await finish(bob, {})
    assert len(sizes) == 2
    assert max(sizes) <= LIMIT + 1_000
    assert [e["room"]["id"] for e in entries] == [room["id"] for room in reversed(rooms)]


async def test_sync_of_changes_beyond_an_answer_is_not_complete(shared_world: SharedWorld) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    for _ in range(20):
        await ann.send(room["id"], "😀" * 8_000)
    answer = await sync(bob, {room["id"]: room["version"]}, scope="listed")
    (entry,) = answer["rooms"]
    assert (entry["complete"], entry["messages"], answer["more"]) == (False, [], False)
