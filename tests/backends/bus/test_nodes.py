"""Real nodes publish what others want to hear, and nothing else; and nobody misses a message."""

from __future__ import annotations

import asyncio

import socketio

from server.backends.bus.bundles import Kind
from tests.backends.bus.conftest import Overheard, Trio
from tests.backends.bus.people import MESSAGES, absent, forgotten, room_at_one, send_some
from tests.support import brisk
from tests.support.client import PATIENCE, Socket
from tests.support.reference_client import ReferenceClient
from tests.support.world import World, signup, world_of

NEWS = (Kind.EVENT, Kind.SIGNAL)


async def test_nothing_is_published_that_no_other_node_wants(
    trio: Trio, overheard: Overheard
) -> None:
    async with world_of([trio.one]) as world:
        room, ann, cat = await room_at_one(world, await absent(trio, world))
        # Somebody is at the other node, in another room.
        dan = await signup(trio.two, "dan")
        world.users.append(dan)
        await dan.connect()
        await overheard.beats(2)
        overheard.messages.clear()
        for n in range(MESSAGES):
            await ann.send(room["id"], f"message {n}")
        await cat.call("typing", room_id=room["id"], typing=True)
        await cat.call("mark_read", room_id=room["id"], seq=3)
        await ann.hear("typing", room_id=room["id"])
        direct = await ann.direct(cat)
        await forgotten()
        overheard.messages.clear()
        sent = await ann.send(direct["id"], "just us")
        await cat.call("mark_read", room_id=direct["id"], seq=sent["seq"])
        await cat.hear("message_created", room_id=direct["id"])
        await overheard.beats(2)
        assert overheard.of(*NEWS) == []
        assert overheard.older == []


async def test_interest_comes_with_a_socket_and_ends_after_it(
    trio: Trio, overheard: Overheard
) -> None:
    async with world_of([trio.one]) as world:
        bob = await absent(trio, world)
        room, ann, _ = await room_at_one(world, bob)
        overheard.messages.clear()
        await ann.send(room["id"], "alone")
        await overheard.beats(2)
        assert overheard.of(Kind.EVENT) == []
        socket = await bob.connect()
        for n in range(MESSAGES):
            await ann.send(room["id"], f"message {n}")
        for n in range(MESSAGES):
            heard = await socket.hear("message_created", room_id=room["id"])
            assert heard["message"]["text"] == f"message {n}"
        # One message each, on the channel of one node.
        channels = overheard.of(Kind.EVENT)
        assert len(channels) == MESSAGES and len(set(channels)) == 1
        await socket.close()
        await asyncio.sleep(brisk.LINGERS)
        await overheard.beats(6)
        overheard.messages.clear()
        await ann.send(room["id"], "alone again")
        await overheard.beats(2)
        assert overheard.of(Kind.EVENT) == []


async def come_while_others_send(trio: Trio, world: World) -> tuple[Socket, int, int]:
    """A socket at the second node that syncs at once, while the first node sends. Returns also the
    version that it synced to, and the last one."""
    bob = await absent(trio, world)
    room, ann, _ = await room_at_one(world, bob)
    came = asyncio.Event()

    async def send() -> int:
        version = 0
        while not came.is_set():
            version = (await ann.send(room["id"], "before"))["version"]
        for _ in range(20):
            version = (await ann.send(room["id"], "after"))["version"]
        return version

    sending = asyncio.create_task(send())
    socket = await bob.connect()
    answer = await socket.call("sync", rooms={})
    came.set()
    last = await sending
    return socket, answer["rooms"][0]["room"]["version"], last


async def test_who_comes_before_the_others_know_misses_nothing(trio: Trio) -> None:
    trio.held.delay = 0.1
    try:
        async with world_of([trio.one]) as world:
            for _ in range(3):
                socket, synced, last = await come_while_others_send(trio, world)
                await socket.hear("message_created", version=last)
                heard = [each["version"] for each in socket.all("message_created")]
                assert [version for version in heard if version > synced] == [
                    *range(synced + 1, last + 1)
                ]
                assert socket.all("resync") == []
    finally:
        trio.held.delay = 0.0


async def test_who_comes_long_before_the_others_know_is_told_to_sync(trio: Trio) -> None:
    # More than sockets wait for other nodes, and less than nodes wait for Redis.
    trio.held.delay = 0.4
    try:
        async with world_of([trio.one]) as world:
            socket, _, last = await come_while_others_send(trio, world)
            await socket.hear("resync")
            answer = await socket.call("sync", rooms={})
            assert answer["rooms"][0]["room"]["version"] == last
    finally:
        trio.held.delay = 0.0


async def test_who_is_added_while_others_send_misses_nothing(trio: Trio) -> None:
    """Members of the room are at one node alone, which hears late what the other wants."""
    trio.held.delay = 0.2
    try:
        async with world_of([trio.one]) as world:
            room, ann, cat = await room_at_one(world)
            bob = await absent(trio, world)
            socket = await bob.connect()
            client = ReferenceClient(bob)
            client._socket = socket
            await client.sync()
            adding = asyncio.create_task(
                cat.http("POST", f"/rooms/{room['id']}/members", {"user_ids": [bob.id]})
            )
            for _ in range(30):
                await ann.send(room["id"], "meanwhile")
            await adding
            await client.check()
            assert client.gaps == []
    finally:
        trio.held.delay = 0.0


async def test_every_socket_hears_everything_once_and_in_order(trio: Trio) -> None:
    async with world_of([trio.one, trio.two]) as world:
        room, users = await world.room("ann", "bob", "cat", "dan")
        await asyncio.gather(*(send_some(user, room["id"]) for user in users))
        for user in users:
            for _ in range(4 * MESSAGES):
                await user.hear("message_created", room_id=room["id"])
        await forgotten()
        for user in users:
            heard = [each["message"] for each in user.socket.all("message_created")]
            assert sorted(each["seq"] for each in heard) == sorted({each["seq"] for each in heard})
            assert len(heard) == 4 * MESSAGES
            for author in users:
                theirs = [each["text"] for each in heard if each["author_id"] == author.id]
                assert theirs == [str(n) for n in range(MESSAGES)]


async def test_a_node_that_comes_late_is_heard_and_one_that_was_killed_forgotten(
    trio: Trio, overheard: Overheard
) -> None:
    async with world_of([trio.one]) as world:
        bob = await absent(trio, world)
        room, ann, _ = await room_at_one(world, bob)
        await asyncio.to_thread(trio.three.start)
        client = ReferenceClient(bob)
        await client.connect(trio.three)
        await ann.send(room["id"], "to the third")
        await client.socket.hear("message_created", room_id=room["id"])
        await asyncio.to_thread(trio.three.kill)
        overheard.messages.clear()
        await ann.send(room["id"], "to nobody")
        await overheard.until(lambda: overheard.of(Kind.EVENT))
        # Its interest ends with it, and meanwhile nobody waits for it.
        began = asyncio.get_running_loop().time()
        dan = await signup(trio.two, "dan")
        world.users.append(dan)
        await dan.connect()
        assert asyncio.get_running_loop().time() - began < PATIENCE / 2
        await asyncio.sleep(brisk.EXPIRES)
        await overheard.beats(4)
        overheard.messages.clear()
        await ann.send(room["id"], "to nobody at all")
        await overheard.beats(2)
        assert overheard.of(Kind.EVENT) == []


async def test_programs_that_emit_with_the_stock_manager_are_heard_once(trio: Trio) -> None:
    async with world_of([trio.one, trio.two]) as world:
        room, users = await world.room("ann", "bob")
        program = socketio.AsyncRedisManager(trio.url, channel="chat:6", write_only=True)
        told = {"emoji": "tea"}
        name = f"room:{room['id']}"
        await program.emit("announced", told, room=name, namespace="/rooms")
        await program.emit("announced", told | {"last": True}, room=name, namespace="/rooms")
        for user in users:
            await user.hear("announced", last=True)
            assert len(user.socket.all("announced")) == 2
            # The descriptions of the server do not know this event.
            user.socket.faults.clear()
        await program.redis.aclose()
