"""Three nodes behind nginx, with the configuration of ``deploy/``."""

from __future__ import annotations

import asyncio
import json
import ssl
import uuid
from collections.abc import AsyncIterator, Iterator

import aiohttp
import asyncpg
import pytest
import socketio

from tests.support.balanced import BalancedCluster, balanced_cluster
from tests.support.client import PATIENCE, User, new_id
from tests.support.files import fetch, upload
from tests.support.metrics import METRICS_AUTH, METRICS_TOKEN, Metrics
from tests.support.reference_client import ReferenceClient
from tests.support.world import World, signup, world_of

CLIENTS = 20
# What a call or a connect ends with when the node has gone.
LOST = (TimeoutError, socketio.exceptions.SocketIOError)


@pytest.fixture(scope="module")
def balanced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BalancedCluster]:
    folder = tmp_path_factory.mktemp("balanced")
    with balanced_cluster(folder, METRICS_TOKEN=METRICS_TOKEN) as cluster:
        yield cluster
        assert [node.errors() for node in cluster.nodes] == [[], [], []]


@pytest.fixture
async def users(balanced: BalancedCluster) -> AsyncIterator[World]:
    async with world_of([balanced.front]) as world:
        yield world


async def _sockets(cluster: BalancedCluster) -> list[float]:
    """How many sockets each node has."""
    counts = []
    async with aiohttp.ClientSession() as http:
        for node in cluster.nodes:
            counts.append((await Metrics(node, http).read())["chat_connections"])
    return counts


@pytest.mark.parametrize("key", ["cookie", "query"])
async def test_polling_clients_stay_with_their_node(
    balanced: BalancedCluster, users: World, key: str
) -> None:
    """Twenty stock clients that only poll, each for some round trips. A POST or GET that came to
    another node would end the session with "unknown session"."""
    user = await users.user("ann", connect=False)
    clients = []
    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            jar = aiohttp.CookieJar(unsafe=True) if key == "cookie" else aiohttp.DummyCookieJar()
            session = aiohttp.ClientSession(cookie_jar=jar)
            sio = socketio.AsyncClient(reconnection=False, http_session=session)
            clients.append((sio, session))
            group.create_task(_poll(sio, user, "" if key == "cookie" else f"?lb={uuid.uuid4()}"))
    try:
        assert all(sio.connected for sio, _ in clients)
        spread = await _sockets(balanced)
        assert sum(spread) >= CLIENTS
        assert min(spread) > 0
    finally:
        for sio, session in clients:
            await sio.disconnect()
            await session.close()


async def _poll(sio: socketio.AsyncClient, user: User, query: str) -> None:
    await sio.connect(
        user.node.url + query,
        auth={"token": user.token},
        namespaces=["/rooms"],
        transports=["polling"],
        wait_timeout=PATIENCE,
    )
    for _ in range(5):
        ack = await sio.call("sync", {"rooms": {}}, namespace="/rooms", timeout=PATIENCE)
        assert ack["ok"], ack


async def test_a_node_is_killed_and_comes_back_while_two_chat(
    balanced: BalancedCluster, users: World
) -> None:
    room, (ann, bob) = await users.room("ann", "bob")
    readers = [ReferenceClient(user) for user in (ann, bob)]
    for reader in readers:
        await reader.connect()
    for node in balanced.nodes:
        await asyncio.to_thread(node.kill)
        for reader in readers:
            await _written(reader, room["id"], f"without node {balanced.nodes.index(node)}")
        await asyncio.to_thread(node.start)
    for reader in readers:
        await _written(reader, room["id"], "with all of them")
        await reader.check()


async def _written(reader: ReferenceClient, room_id: str, text: str) -> None:
    """Send, and connect again through nginx as often as it takes, as each SDK does."""
    key = new_id()
    async with asyncio.timeout(3 * PATIENCE):
        while True:
            if reader.socket.closed.is_set():
                await _connect_again(reader)
            try:
                await reader.socket.call("send_message", room_id=room_id, client_id=key, text=text)
            except LOST:
                # The socket has closed, or will: its node is gone.
                await reader.socket.closed.wait()
            else:
                return


async def _connect_again(reader: ReferenceClient) -> None:
    while True:
        try:
            return await reader.connect()
        except LOST:
            # nginx has not noticed yet that the node is gone.
            await asyncio.sleep(0.1)


async def test_nobody_chooses_an_address(balanced: BalancedCluster, users: World) -> None:
    await users.user("ann", connect=False)
    seen = [len(node.log_text()) for node in balanced.nodes]
    body = {"login": "nobody", "password": "wrong password"}
    async with (
        aiohttp.ClientSession(headers={"X-Forwarded-For": "203.0.113.9"}) as http,
        http.post(f"{balanced.front.api}/auth/signin", json=body) as answer,
    ):
        assert answer.status == 401
    lines = [
        line
        for node, since in zip(balanced.nodes, seen, strict=True)
        for line in node.log_lines(since)
        if line.get("event") == "signin_failed"
    ]
    assert [line["address"] for line in lines] == ["127.0.0.1"]


async def test_files_pass_in_both_directions(users: World) -> None:
    ann = await users.user("ann", connect=False)
    data = bytes(range(256)) * (3 * 4096)
    file = await upload(ann, data)
    status, _, body = await fetch(ann, file["url"])
    assert (status, body) == (200, data)
    status, headers, body = await fetch(ann, file["url"], Range="bytes=1000000-1000009")
    assert (status, body) == (206, data[1000000:1000010]), headers


async def test_browsers_have_http_2(balanced: BalancedCluster) -> None:
    context = ssl.create_default_context(cafile=str(balanced.balancer.certificate))
    context.set_alpn_protocols(["h2", "http/1.1"])
    address = ("127.0.0.1", balanced.balancer.tls_port)
    _, writer = await asyncio.open_connection(*address, ssl=context)
    try:
        assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
    finally:
        writer.close()


async def test_a_websocket_goes_through_tls(balanced: BalancedCluster, users: World) -> None:
    ann = await users.user("ann", connect=False)
    trusted = ssl.create_default_context(cafile=str(balanced.balancer.certificate))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusted)) as session:
        sio = socketio.AsyncClient(http_session=session, reconnection=False)
        await sio.connect(
            balanced.balancer.tls_url,
            auth={"token": ann.token},
            namespaces=["/rooms"],
            transports=["websocket"],
        )
        assert sio.transport() == "websocket"
        await sio.disconnect()


async def test_figures_stay_inside(balanced: BalancedCluster) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/metrics", "/metrics/", "/chat/metrics"):
            async with session.get(balanced.front.url + path, headers=METRICS_AUTH) as answer:
                assert answer.status == 404, path


async def test_no_node_at_all_is_said_as_a_node_would(balanced: BalancedCluster) -> None:
    for node in balanced.nodes:
        await asyncio.to_thread(node.stop)
    try:
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{balanced.front.api}/config") as answer,
        ):
            problem = json.loads(await answer.text())
            assert answer.status == problem["status"] == 503
            assert answer.content_type == "application/problem+json"
            assert answer.headers["Retry-After"] == "1"
            assert problem["code"] == "unavailable"
    finally:
        await asyncio.gather(*(asyncio.to_thread(node.start) for node in balanced.nodes))
        await _found_again(balanced)


async def _found_again(balanced: BalancedCluster) -> None:
    """nginx leaves nodes out for two seconds after a failure."""
    async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as http:
        while True:
            async with http.get(f"{balanced.front.url}/readyz") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.1)


async def test_the_replica_follows(balanced: BalancedCluster) -> None:
    user = await signup(balanced.front, "ann")
    await user.close()
    there = balanced.replica.url_like(balanced.database_url)
    connection = await asyncpg.connect(there)
    try:
        assert await connection.fetchval("SELECT pg_is_in_recovery()")
        query = "SELECT count(*) FROM users WHERE id = $1::uuid"
        async with asyncio.timeout(PATIENCE):
            while not await connection.fetchval(query, user.id):
                await asyncio.sleep(0.02)
    finally:
        await connection.close()
