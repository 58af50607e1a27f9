"""PostgreSQL or Redis is away: killed, or hanging. What goes on, what is refused, and how all of
it is as before when they are back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from tests.support.answers import connect_errors
from tests.support.client import PASSWORD, PATIENCE, Http, Refused, User, new_id
from tests.support.cluster import OUTAGES, Cluster, ready
from tests.support.node import Node
from tests.support.reference_client import ReferenceClient, history
from tests.support.world import settled, world_of

T = TypeVar("T")

# Seconds. The server promises 5 and 2; the rest is for a busy machine.
REFUSED_WITHIN = 5.0 + 3.0
DONE_WITHIN = 2.0 + 3.0
MOST_LOG_LINES = 100


async def timed(call: Awaitable[Any]) -> tuple[str, float]:
    """What a call comes to, ok or a code, and after how many seconds."""
    began = time.monotonic()
    try:
        await call
        code = "ok"
    except Refused as refused:
        code = refused.code
    return code, time.monotonic() - began


async def soon(call: Callable[[], Awaitable[T]]) -> T:
    """The answer, as soon as it is not ``unavailable`` any more."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await call()
            except Refused as refused:
                assert refused.code == "unavailable"
            await asyncio.sleep(0.1)


async def signin(node: Node, user: User) -> dict[str, Any]:
    http = Http(node)
    try:
        body = {"login": user.username, "password": PASSWORD}
        session: dict[str, Any] = await http("POST", "/auth/signin", body)
        return session
    finally:
        await http.close()


class Logs:
    """What the nodes have logged since."""

    def __init__(self, cluster: Cluster) -> None:
        self._nodes = {node: len(node.log_text()) for node in cluster.nodes}

    def check(self) -> None:
        for node, start in self._nodes.items():
            text = node.log_text()[start:]
            assert "Traceback" not in text
            assert len(text.splitlines()) < MOST_LOG_LINES, text[-3000:]


# PostgreSQL


@pytest.mark.parametrize("how", OUTAGES)
async def test_without_postgres_calls_are_unavailable_and_then_go_on(
    cluster: Cluster, how: str
) -> None:
    async with world_of(cluster.nodes) as world:
        room, (ann, bob) = await world.room("ann", "bob")
        client = ReferenceClient(bob)
        await client.connect()
        logs = Logs(cluster)
        send = {"room_id": room["id"], "client_id": new_id(), "text": "in an outage"}
        posts = [{"client_id": new_id(), "text": f"at once {n}"} for n in range(5)]
        messages = f"/rooms/{room['id']}/messages"
        async with cluster.without(cluster.postgres, how):
            outcomes, probes = await asyncio.gather(
                asyncio.gather(
                    timed(ann.call("send_message", **send)),
                    timed(client.socket.call("sync", rooms={})),
                    *(timed(ann.http("POST", messages, post)) for post in posts),
                    timed(bob.http("GET", "/rooms")),
                    timed(signin(cluster.nodes[0], ann)),
                ),
                asyncio.gather(*(asyncio.to_thread(ready, node) for node in cluster.nodes)),
            )
            assert [code for code, _ in outcomes] == ["unavailable"] * 9
            assert max(seconds for _, seconds in outcomes) < REFUSED_WITHIN
            down = {"status": "unavailable", "tools": {"database": "down", "redis": "ok"}}
            assert probes == [(503, down), (503, down)]
        # By themselves, on the same sockets; once, whatever became of the first try.
        ack = await soon(lambda: ann.call("send_message", **send))
        again = [await ann.http("POST", messages, post) for post in posts]
        last = await bob.send(room["id"], "afterwards")
        first, *stored = await history(ann, room["id"])
        assert first["kind"] == "system"
        assert sorted(m["id"] for m in stored) == sorted(
            m["id"] for m in (ack["message"], *again, last)
        )
        assert [m["seq"] for m in stored] == [*range(2, 9)]
        await client.check()
        assert not ann.socket.closed.is_set()
        assert [(await asyncio.to_thread(ready, node))[0] for node in cluster.nodes] == [200, 200]
        logs.check()


async def test_connect_without_postgres_is_unavailable(cluster: Cluster) -> None:
    async with world_of(cluster.nodes) as world:
        ann = await world.user("ann", connect=False)
        async with cluster.without(cluster.postgres, "killed"):
            errors = await connect_errors(ann.node, {"token": ann.token})
            codes = {namespace: error["data"]["code"] for namespace, error in errors.items()}
            assert codes == {"/rooms": "unavailable", "/notifications": "unavailable"}
        assert (await soon(lambda: connected(ann)))["rooms"] == []


async def connected(user: User) -> dict[str, Any]:
    return await (await user.connect()).call("sync", rooms={})


# Redis


@pytest.mark.parametrize("how", OUTAGES)
async def test_without_redis_work_goes_on_and_other_nodes_hear_of_it_later(
    cluster: Cluster, how: str
) -> None:
    one, _ = cluster.nodes
    async with world_of(cluster.nodes) as world:
        # Ann and cat are at one node, bob and dan at the other.
        room, users = await world.room("ann", "bob", "cat", "dan")
        ann, bob, cat, dan = users
        clients = [ReferenceClient(user) for user in users]
        for client in clients:
            await client.connect()
        logs = Logs(cluster)
        async with cluster.without(cluster.redis, how):
            sends = [await timed(ann.send(room["id"], f"message {n}")) for n in range(3)]
            others = await asyncio.gather(
                timed(signin(one, ann)),
                timed(bob.send(room["id"], "from the other node")),
                timed(bob.http("GET", f"/rooms/{room['id']}/messages")),
                timed(cat.call("mark_read", room_id=room["id"], seq=2)),
                timed(cat.call("sync", rooms={room["id"]: 0})),
            )
            outcomes = [*sends, *others]
            assert [code for code, _ in outcomes] == ["ok"] * 8
            assert max(seconds for _, seconds in outcomes) < DONE_WITHIN
            # Who is at the same node hears it at once.
            for n in range(3):
                heard = await cat.hear("message_created")
                assert heard["message"]["text"] == f"message {n}"
            await ann.call("remove_member", room_id=room["id"], user_id=dan.id)
            status, body = await asyncio.to_thread(ready, one)
            assert (status, body["tools"]) == (200, {"database": "ok", "redis": "down"})
        await cluster.mended()
        # The events come after all, or the node tells its sockets to sync.
        for client in clients[:3]:
            await client.check()
        await clients[3].catch_up({})
        # Who was removed meanwhile hears no more of the room.
        late = await ann.send(room["id"], "without dan")
        await settled(ann, dan)
        assert dan.socket.all("message_created", version=late["version"]) == []
        logs.check()


@pytest.mark.parametrize("how", OUTAGES)
async def test_without_redis_sockets_come_and_go(cluster: Cluster, how: str) -> None:
    async with world_of(cluster.nodes) as world:
        room, (ann, bob) = await world.room("ann", "bob")
        async with cluster.without(cluster.redis, how):
            await ann.socket.lose()
            back = await ann.connect()
            answer = await back.call("sync", rooms={room["id"]: room["version"]})
            assert answer["rooms"] == []
            message = await ann.http(
                "POST",
                f"/rooms/{room['id']}/messages",
                {"client_id": new_id(), "text": "to myself"},
            )
            assert (await back.hear("message_created"))["message"]["id"] == message["id"]
        await cluster.mended()
        client = ReferenceClient(bob)
        await client.connect()
        await client.check()


@pytest.mark.parametrize("how", OUTAGES)
async def test_people_who_come_while_redis_goes_and_comes_miss_nothing(
    cluster: Cluster, how: str
) -> None:
    async with world_of(cluster.nodes) as world:
        room, (ann, bob) = await world.room("ann", "bob")
        clients = [ReferenceClient(user) for user in (ann, bob)]
        for client in clients:
            await client.connect()
        ended = asyncio.Event()

        async def send_on() -> None:
            while not ended.is_set():
                await ann.send(room["id"], "meanwhile")
                # At the full rate, guests would load thousands of messages on a busy machine.
                await asyncio.sleep(0.01)

        async def come() -> None:
            """One more at each node."""
            for _ in cluster.nodes:
                guest = await world.user("guest")
                await ann.call("add_members", room_id=room["id"], user_ids=[guest.id])
                clients.append(ReferenceClient(guest))
                await clients[-1].connect()

        sending = asyncio.create_task(send_on())
        await come()
        async with cluster.without(cluster.redis, how):
            await come()
        await come()
        await cluster.mended()
        await come()
        ended.set()
        await sending
        for client in clients:
            await client.check()
