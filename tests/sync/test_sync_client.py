"""Clients that live by ``sync``: through lost connections, gaps and restores from a backup."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from tests.support.client import User
from tests.support.cluster import Cluster
from tests.support.node import Node
from tests.support.reference_client import ReferenceClient
from tests.support.sync_calls import sync, version_of
from tests.support.world import World, world_of

Json = dict[str, Any]


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
