"""Nodes come, go, and start together."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
import socketio

from tests.support.client import PATIENCE
from tests.support.cluster import Cluster
from tests.support.node import ROOT, Node
from tests.support.reference_client import ReferenceClient
from tests.support.world import world_of


async def test_stop_sends_the_sockets_to_another_node(cluster: Cluster) -> None:
    one, two = cluster.nodes
    async with world_of(cluster.nodes) as world:
        room, (ann, bob) = await world.room("ann", "bob")
        client = ReferenceClient(ann)
        await client.connect()
        await asyncio.to_thread(one.stop)
        try:
            await client.socket.closed.wait()
            for namespace in ("/rooms", "/notifications"):
                told = [
                    data
                    for where, event, data in client.socket.heard
                    if (where, event) == (namespace, "closing")
                ]
                assert [each["code"] for each in told] == ["draining"]
                assert told[0]["retry_after"] >= 0
            await bob.send(room["id"], "meanwhile")
            await client.connect(two)
            # Her calls over HTTP go there, too.
            ann.http.node = two
            await client.check()
        finally:
            await asyncio.to_thread(one.start)


async def test_stop_lets_the_stock_client_come_back_by_itself(cluster: Cluster) -> None:
    node = cluster.nodes[0]
    came, went = asyncio.Semaphore(0), asyncio.Event()
    sio = socketio.AsyncClient(reconnection_delay=0.1, reconnection_delay_max=0.1)
    sio.on("connect", came.release, namespace="/rooms")
    sio.on("disconnect", lambda *_: went.set(), namespace="/rooms")
    try:
        async with world_of([node]) as world, asyncio.timeout(6 * PATIENCE):
            ann = await world.user("ann", connect=False)
            await sio.connect(
                node.url, auth={"token": ann.token}, namespaces=["/rooms"], transports=["websocket"]
            )
            await came.acquire()
            await asyncio.to_thread(node.stop)
            await went.wait()
            await asyncio.to_thread(node.start)
            await came.acquire()
            assert (await sio.call("sync", {"rooms": {}}, namespace="/rooms"))["ok"]
    finally:
        await sio.shutdown()


async def test_nodes_that_start_at_once_make_the_schema_once(cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.nodes[0].database_url)
    applied = await connection.fetch("SELECT version FROM aerich ORDER BY id")
    await connection.close()
    migrations = [path.name for path in (ROOT / "migrations/models").glob("*.py")]
    in_order = sorted(migrations, key=lambda name: int(name.split("_")[0]))
    assert [row["version"] for row in applied] == in_order


@pytest.mark.parametrize("kind", ("sqlite",))
async def test_a_second_process_on_a_sqlite_file_is_refused(node: Node) -> None:
    second = await asyncio.to_thread(node.run)
    assert second.returncode == 2
    (line,) = second.stderr.splitlines()
    assert line.startswith("DATABASE_URL: another process uses ")
    async with world_of([node]) as world:
        assert (await (await world.user("ann")).call("sync", rooms={}))["ok"]
