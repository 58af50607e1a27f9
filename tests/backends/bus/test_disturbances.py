"""Nodes beside a node of the version before, nodes that go deaf, and connections that end."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import redis.asyncio as redis_client

from tests.backends.bus.conftest import Overheard, Trio
from tests.backends.bus.people import send_some
from tests.support import brisk
from tests.support.matching import ObjectWith
from tests.support.reference_client import ReferenceClient
from tests.support.world import world_of


def canary() -> bytes:
    return msgspec.json.encode({"method": "canary", "host_id": "older"})


def emit_of_older(event: str, data: Any, namespace: str, room: str | None) -> bytes:
    message = {"method": "emit", "event": event, "data": [data], "namespace": namespace}
    rest = {"room": room, "skip_sid": None, "callback": None, "binary": False, "host_id": "older"}
    return msgspec.json.encode(message | rest)


async def test_a_node_of_the_version_before_hears_and_is_heard(
    trio: Trio, overheard: Overheard
) -> None:
    async with (
        world_of([trio.one, trio.two]) as world,
        redis_client.Redis.from_url(trio.url) as older,
    ):
        room, (ann, bob) = await world.room("ann", "bob")
        await ann.send(room["id"], "before it comes")
        await bob.hear("message_created")
        assert overheard.older == []
        await older.publish("chat:6", canary())
        # It heard nothing so far, and is told so.
        await overheard.until(lambda: any(b'"resync"' in raw for raw in overheard.older))
        sent = await ann.send(room["id"], "to all versions")
        await overheard.until(lambda: any(b"to all versions" in raw for raw in overheard.older))
        (raw,) = [raw for raw in overheard.older if b"to all versions" in raw]
        call = msgspec.json.decode(raw)
        assert call["method"] == "emit" and call["event"] == "message_created"
        assert call["room"] == f"room:{room['id']}" and call["data"][0]["message"] == sent
        # What it says is heard once, by those that hear the new way, too.
        told = call["data"][0] | {"version": sent["version"] + 1}
        for _ in range(2):
            await older.publish(
                "chat:6", emit_of_older("message_created", told, "/rooms", call["room"])
            )
            for user in (ann, bob):
                await user.hear("message_created", version=told["version"])
        typed = {"room_id": room["id"], "user_id": ann.id, "device": "old", "typing": True}
        await older.publish("chat:6", emit_of_older("typing", typed, "/~nodes", None))
        await bob.hear("typing", user_id=ann.id)
        for user in (ann, bob):
            assert len(user.socket.all("message_created", version=sent["version"])) == 1
            assert len(user.socket.all("message_created", version=told["version"])) == 2
        # It is gone.
        await asyncio.sleep(brisk.CANARY_LASTS)
        overheard.older.clear()
        await ann.send(room["id"], "after it went")
        await bob.hear("message_created", message=ObjectWith(text="after it went"))
        await overheard.beats(2)
        assert overheard.older == []


async def test_a_node_that_went_deaf_notices_and_has_its_clients_sync(trio: Trio) -> None:
    async with world_of([trio.one, trio.two]) as world:
        room, (ann, bob) = await world.room("ann", "bob")
        ann.socket.heard.clear()
        ann.socket._taken.clear()
        trio.held.deaf = True
        sent = await bob.send(room["id"], "unheard")
        # Longer than a node goes without a beat of its own.
        await asyncio.sleep(2.0)
        assert ann.socket.all("message_created") == []
        trio.held.deaf = False
        await ann.hear("resync")
        answer = await ann.call("sync", rooms={room["id"]: sent["version"] - 1})
        assert [each["text"] for each in answer["rooms"][0]["messages"]] == ["unheard"]
        await bob.send(room["id"], "heard again")
        await ann.hear("message_created")


async def test_connections_that_redis_ends_cost_no_message(trio: Trio) -> None:
    """Also of those who come meanwhile."""
    async with (
        world_of([trio.one, trio.two]) as world,
        redis_client.Redis.from_url(trio.url) as admin,
    ):
        room, users = await world.room("ann", "bob")
        clients = [ReferenceClient(user) for user in users]
        for client in clients:
            await client.connect()
        sending = asyncio.create_task(send_some(users[0], room["id"]))
        for n in range(4):
            await admin.client_kill_filter(_type="pubsub" if n % 2 else "normal")
            await admin.flushall()
            guest = await world.user("guest")
            await users[0].call("add_members", room_id=room["id"], user_ids=[guest.id])
            clients.append(ReferenceClient(guest))
            await clients[-1].connect()
        await sending
        for client in clients:
            await client.check()
