"""``sync``: what a client that was away gets, whatever happened meanwhile."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import asyncpg
import pytest

from tests.support.client import Refused, User, new_id
from tests.support.cluster import Cluster
from tests.support.database import strangers
from tests.support.node import Node
from tests.support.reference_client import ReferenceClient, everything
from tests.support.shared_world import SharedWorld
from tests.support.world import World, world_of

Json = dict[str, Any]
LIMIT = 512 * 1024


async def sync(user: User, rooms: dict[str, int], **more: Any) -> Json:
    return await user.call("sync", rooms=rooms, **more)


async def sync_one(user: User, room_id: str, version: int) -> Json:
    """The entry of one room, which must have one."""
    answer = await sync(user, {room_id: version}, scope="listed")
    (entry,) = answer["rooms"]
    found: Json = entry
    return found


async def version_of(user: User, room_id: str) -> int:
    return int((await user.http("GET", f"/rooms/{room_id}"))["version"])


# What changed in a room


async def test_sync_at_the_current_version_brings_nothing_but_reads(
    shared_world: SharedWorld,
) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    await ann.send(room["id"], "hello")
    answer = await sync(bob, {room["id"]: await version_of(bob, room["id"])}, scope="listed")
    assert (answer["rooms"], answer["left"], answer["more"]) == ([], [], False)
    me = (await bob.http("GET", f"/rooms/{room['id']}"))["me"]
    assert answer["reads"] == {room["id"]: me | {"peer_last_read_seq": None}}
    assert (me["last_read_seq"], me["unread_count"]) == (1, 1)


async def test_sync_above_the_current_version_brings_nothing(shared_world: SharedWorld) -> None:
    room, (ann,) = await shared_world.room("ann")
    answer = await sync(ann, {room["id"]: room["version"] + 1}, scope="listed")
    assert (answer["rooms"], answer["left"]) == ([], [])


async def test_sync_brings_the_messages_that_changed_in_order_of_seq(
    shared_world: SharedWorld,
) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    sent = [await ann.send(room["id"], f"message {n}") for n in range(5)]
    held = sent[-1]["version"]
    at = {"room_id": room["id"]}
    await ann.call("delete_message", seq=sent[3]["seq"], **at)
    await bob.call("react", seq=sent[1]["seq"], emoji="👍", on=True, **at)
    await ann.call("edit_message", seq=sent[0]["seq"], text="edited", **at)
    await ann.call("pin_message", seq=sent[2]["seq"], on=True, **at)
    last = await bob.send(room["id"], "new", reply_to_seq=sent[3]["seq"])

    entry = await sync_one(bob, room["id"], held)
    assert entry["complete"] is True
    assert (entry["members"], entry["gone"]) == ([], [])
    changed = [sent[0], sent[1], sent[2], sent[3], last]
    assert [m["seq"] for m in entry["messages"]] == [m["seq"] for m in changed]
    assert [m["version"] - held for m in entry["messages"]] == [3, 2, 4, 1, 5]
    edited, reacted, pinned, deleted, new = entry["messages"]
    assert edited["text"] == "edited" and edited["edited_at"]
    assert reacted["reactions"] == [{"emoji": "👍", "count": 1, "user_ids": [bob.id], "me": True}]
    assert pinned["pinned_at"]
    assert deleted["text"] == "" and deleted["deleted_at"]
    assert new["reply_to"] == {"seq": sent[3]["seq"], "author_id": ann.id, "excerpt": None}
    assert entry["room"]["version"] == last["version"]
    assert entry["room"]["last_message"] == last
    assert entry["room"] == await bob.http("GET", f"/rooms/{room['id']}")


async def test_sync_shows_reactions_as_the_asker_sees_them(shared_world: SharedWorld) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    seq = (await ann.send(room["id"], "nice"))["seq"]
    await bob.call("react", room_id=room["id"], seq=seq, emoji="🎉", on=True)
    mine = {}
    for user in (ann, bob):
        entry = await sync_one(user, room["id"], 0)
        mine[user] = entry["messages"][-1]["reactions"][0]["me"]
    assert mine == {ann: False, bob: True}


async def test_sync_after_a_reaction_was_taken_back_shows_none(shared_world: SharedWorld) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    seq = (await ann.send(room["id"], "nice"))["seq"]
    react = {"room_id": room["id"], "seq": seq, "emoji": "🎉"}
    held = (await bob.call("react", on=True, **react))["message"]["version"]
    await bob.call("react", on=False, **react)
    entry = await sync_one(ann, room["id"], held)
    assert [m["reactions"] for m in entry["messages"]] == [[]]


async def test_sync_brings_members_who_came_or_changed_and_names_who_is_gone(
    shared_world: SharedWorld,
) -> None:
    room, (ann, bob, cat) = await shared_world.room("ann", "bob", "cat")
    dan = await shared_world.user("dan")
    at = {"room_id": room["id"]}
    await ann.call("add_members", user_ids=[dan.id], **at)
    await ann.call("set_role", user_id=bob.id, role="admin", **at)
    await cat.call("leave_room", **at)
    await ann.call("update_room", name="renamed", **at)

    entry = await sync_one(ann, room["id"], room["version"])
    members = {member["user"]["id"]: member for member in entry["members"]}
    assert set(members) == {bob.id, dan.id}
    assert (members[bob.id]["role"], members[dan.id]["role"]) == ("admin", "member")
    assert members[dan.id]["version"] == room["version"] + 1
    assert members[bob.id]["version"] == room["version"] + 2
    assert entry["gone"] == [cat.id]
    assert [m["system"]["event"] for m in entry["messages"]] == ["joined", "left", "renamed"]
    assert (entry["room"]["name"], entry["room"]["member_count"]) == ("renamed", 3)
    listed = await everything(ann, f"/rooms/{room['id']}/members")
    assert members.items() <= {member["user"]["id"]: member for member in listed}.items()


async def test_sync_of_who_left_and_rejoined_names_them_as_a_member_only(
    shared_world: SharedWorld,
) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    await bob.call("leave_room", room_id=room["id"])
    await ann.call("add_members", room_id=room["id"], user_ids=[bob.id])
    entry = await sync_one(ann, room["id"], room["version"])
    assert [member["user"]["id"] for member in entry["members"]] == [bob.id]
    assert entry["members"][0]["version"] == room["version"] + 2
    assert entry["gone"] == []


async def test_sync_after_rejoining_brings_what_happened_while_one_was_out(
    shared_world: SharedWorld,
) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    held = (await ann.send(room["id"], "before"))["version"]
    await bob.call("leave_room", room_id=room["id"])
    await ann.send(room["id"], "while bob is out")
    await ann.call("add_members", room_id=room["id"], user_ids=[bob.id])
    entry = await sync_one(bob, room["id"], held)
    assert entry["complete"] is True
    assert [m["seq"] for m in entry["messages"]] == [3, 4, 5]
    assert entry["messages"][1]["text"] == "while bob is out"
    # The mark starts at the message that tells of one's joining.
    assert entry["room"]["me"]["last_read_seq"] == 5
    assert entry["room"]["me"]["unread_count"] == 0


async def test_sync_of_a_room_at_version_0_brings_all_of_it(shared_world: SharedWorld) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    await ann.send(room["id"], "hello")
    entry = await sync_one(bob, room["id"], 0)
    assert [m["seq"] for m in entry["messages"]] == [1, 2]
    assert {member["user"]["id"] for member in entry["members"]} == {ann.id, bob.id}


# Rooms one is not in


async def test_sync_names_in_left_each_room_one_is_not_in(shared_world: SharedWorld) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    foreign = await ann.group(name="not bob's")
    public = await ann.group(name="public, and not bob's", visibility="public")
    deleted = await ann.group(bob)
    removed = await ann.group(bob)
    await bob.call("leave_room", room_id=room["id"])
    await ann.call("remove_member", room_id=removed["id"], user_id=bob.id)
    await ann.http("DELETE", f"/rooms/{deleted['id']}")
    named = [room["id"], foreign["id"], public["id"], deleted["id"], removed["id"], new_id()]
    answer = await sync(bob, dict.fromkeys(named, 1), scope="listed")
    assert sorted(answer["left"]) == sorted(named)
    assert (answer["rooms"], answer["reads"]) == ([], {})


async def test_sync_reads_ids_without_case(shared_world: SharedWorld) -> None:
    room, (ann,) = await shared_world.room("ann")
    answer = await sync(ann, {room["id"].upper(): 0}, scope="listed")
    assert [entry["room"]["id"] for entry in answer["rooms"]] == [room["id"]]
    assert answer["left"] == []


# Read marks


async def test_sync_reads_tell_how_far_the_peer_of_a_direct_room_has_read(
    ann: User, bob: User
) -> None:
    room = await ann.direct(bob)
    for n in range(3):
        await ann.send(room["id"], f"message {n}")
    await bob.call("mark_read", room_id=room["id"], seq=2)
    version = await version_of(ann, room["id"])
    told = {}
    for user in (ann, bob):
        answer = await sync(user, {room["id"]: version}, scope="listed")
        assert answer["rooms"] == []
        reads = answer["reads"][room["id"]]
        told[user] = [reads[k] for k in ("last_read_seq", "peer_last_read_seq", "unread_count")]
    assert told == {ann: [3, 2, 0], bob: [2, 3, 1]}


async def test_sync_reads_cover_rooms_that_changed_too(shared_world: SharedWorld) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    await ann.send(room["id"], "one")
    answer = await sync(bob, {room["id"]: room["version"]}, scope="listed")
    reads = answer["reads"][room["id"]]
    assert {k: reads[k] for k in answer["rooms"][0]["room"]["me"]} == (
        answer["rooms"][0]["room"]["me"]
    )
    assert reads["unread_count"] == 1


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


# Epoch


async def test_sync_epoch_is_the_same_for_all_users_on_all_nodes(world: World) -> None:
    users = [await world.user(name) for name in ("ann", "bob")]
    epochs = {(await sync(user, {}))["epoch"] for user in users}
    assert len(epochs) == 1 and epochs.pop()


async def test_sync_epoch_is_another_after_a_restore(cluster: Cluster) -> None:
    before = {await epoch_at(node) for node in cluster.nodes}
    # What a restored dump does: the tables are made anew, with the same rows.
    connection = await asyncpg.connect(cluster.nodes[0].database_url)
    await connection.execute(
        "ALTER TABLE facts RENAME TO dump;"
        "CREATE TABLE facts (LIKE dump INCLUDING ALL);"
        "INSERT INTO facts SELECT * FROM dump;"
        "DROP TABLE dump"
    )
    await connection.close()
    after = {await epoch_at(node) for node in cluster.nodes}
    assert (len(before), len(after)) == (1, 1)
    assert before != after


async def epoch_at(node: Node) -> str:
    async with world_of([node]) as world:
        return str((await sync(await world.user("ann"), {}))["epoch"])


# The whole of it, as a client lives it


async def busy_hour(room: Json, ann: User, bob: User, cat: User, dan: User) -> None:
    """50 changes of all kinds."""
    at = {"room_id": room["id"]}
    seqs = [(await ann.send(room["id"], f"message {n}"))["seq"] for n in range(30)]
    for seq in seqs[:6]:
        await ann.call("edit_message", seq=seq, text=f"edited {seq}", **at)
    for seq in seqs[4:8]:
        await ann.call("delete_message", seq=seq, **at)
    await ann.send(room["id"], "an answer", reply_to_seq=seqs[9])
    await ann.call("delete_message", seq=seqs[9], **at)
    await ann.call("react", seq=seqs[10], emoji="👍", on=True, **at)
    await cat.call("leave_room", **at)
    await ann.call("add_members", user_ids=[dan.id], **at)
    await ann.call("set_role", user_id=dan.id, role="admin", **at)
    await ann.call("update_room", name="another name", **at)
    await dan.send(room["id"], "here I am")
    await ann.call("pin_message", seq=seqs[11], on=True, **at)
    await ann.call("remove_member", user_id=dan.id, **at)


async def test_sync_after_a_lost_connection_leaves_out_none_of_50_changes(world: World) -> None:
    room, (ann, bob, cat) = await world.room("ann", "bob", "cat")
    dan = await world.user("dan")
    await ann.send(room["id"], "before")
    away, there = ReferenceClient(bob), ReferenceClient(ann)
    await away.connect(world.nodes[0])
    await there.connect()
    await away.lose()
    await busy_hour(room, ann, bob, cat, dan)
    assert await version_of(ann, room["id"]) >= room["version"] + 51
    left, made = await ann.group(bob), await ann.direct(bob)
    await ann.call("remove_member", room_id=left["id"], user_id=bob.id)
    await ann.send(made["id"], "psst")
    await away.connect(world.nodes[-1])
    assert away.gaps == []
    assert set(away.rooms) == {room["id"], made["id"]}
    await away.check()
    # And who was there all the time has heard the same.
    await there.check()
    assert there.gaps == []


async def test_sync_closes_a_gap_where_events_were_lost(world: World) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    client = ReferenceClient(bob)
    await client.connect()
    for n in range(5):
        message = await ann.send(room["id"], f"message {n}")
        await client.socket.hear("message_created", version=message["version"])
    heard = [n for n, (_, name, _) in enumerate(client.socket.heard) if name == "message_created"]
    for n in reversed(heard[1:3]):
        del client.socket.heard[n]
    await client.check()
    assert client.gaps == [room["id"]]


async def test_sync_between_events_changes_nothing_twice(world: World) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    client = ReferenceClient(bob)
    await client.connect()
    sends = [ann.send(room["id"], f"message {n}") for n in range(20)]
    syncs = [client.sync({room["id"]: 0}) for _ in range(5)]
    await asyncio.gather(*sends, *syncs)
    await client.check()


async def test_sync_follows_a_restore_from_a_backup(world: World) -> None:
    room, (_, bob) = await world.room("ann", "bob")
    client = ReferenceClient(bob)
    await client.connect()
    # As a client that has known another history of this database.
    client.epoch = "another"
    client.rooms[room["id"]].messages[7] = {"seq": 7, "text": "never sent here"}
    await client.sync()
    assert 7 not in client.rooms[room["id"]].messages
    await client.check()
