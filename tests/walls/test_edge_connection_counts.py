"""How many connections an address may have, which ones count, and which one is closed for a new
one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from tests.support.memory_clients import request
from tests.support.node import Node
from tests.support.raw_sockets import HANDSHAKE
from tests.walls.raw_http import HALF, get, open_socket, reaches, wire

STRICT = {"RATE_LIMITS": "on", "LIMIT_SIGNUP": "1000/h"}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that allows three connections for each address, with a trusted proxy at 127.9.9.9."""
    limits = {"LIMIT_CONNECTIONS_PER_ADDRESS": "3", "TRUSTED_PROXIES": "127.9.9.9"}
    node = Node(tmp_path_factory.mktemp("narrow"), **STRICT, **limits)
    yield node.start()
    node.stop()
    assert node.errors() == []


# --- How many there may be ---


async def test_connections_of_an_address_count_from_the_accept_on(narrow: Node) -> None:
    """Silent connections, half-sent heads, idle connections and websockets all count."""
    address = "127.2.0.1"
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(wire(narrow.port, address))
        half = await stack.enter_async_context(wire(narrow.port, address))
        await half.say(HALF)
        assert b"101" in await open_socket(narrow.port, address, stack)
        late = await stack.enter_async_context(wire(narrow.port, address))
        refused = await late.ask(get("/healthz"))
        assert (refused.status, refused.code) == (429, "rate_limited")
        assert int(refused.headers["retry-after"]) >= 1
        assert await late.is_closed()
        assert b"429" in await open_socket(narrow.port, address, stack)
        assert await reaches(narrow.port, "127.2.0.2") == 200
        # A connection that has a place keeps it.
        await half.say(b"x\r\n\r\n")
        assert (await half.answer()).status == 200
    async with wire(narrow.port, address) as after:
        assert await after.is_open()


async def test_one_that_is_kept_for_nothing_makes_room(narrow: Node) -> None:
    """A connection that has been idle for a moment is closed for a new one from its address."""
    address = "127.2.1.1"
    async with AsyncExitStack() as stack:
        kept = [await stack.enter_async_context(wire(narrow.port, address)) for _ in range(3)]
        for each in kept:
            assert await each.is_open()
        assert await reaches(narrow.port, address) == 429
        await asyncio.sleep(2.2)
        assert await kept[2].is_open()
        assert await reaches(narrow.port, address) == 200
        assert await kept[0].is_closed()
        assert await kept[2].is_open()


async def test_requests_of_a_session_count_with_it(narrow: Node) -> None:
    """A polling client needs two connections. It may have as many sessions as other clients have
    websockets, and may turn each session into a websocket."""
    address = "127.2.2.1"
    path = f"{narrow.url}{HANDSHAKE}polling"
    connector = aiohttp.TCPConnector(local_addr=(address, 0))
    async with AsyncExitStack() as stack, aiohttp.ClientSession(connector=connector) as http:
        sids = []
        for _ in range(3):
            async with http.get(path) as answer:
                assert answer.status == 200
                sids.append((await answer.text()).split('"sid":"')[1].split('"')[0])
        async with http.get(path) as answer:
            assert answer.status == 429
        for sid in sids:
            async with http.post(f"{path}&sid={sid}", data="40/nowhere,") as answer:
                assert answer.status == 200
        upgrade = f"/socket.io/?EIO=4&transport=websocket&sid={sids[0]}"
        opened = await stack.enter_async_context(wire(narrow.port, address))
        await opened.say(request(upgrade))
        assert b"101" in await opened.reader.readline()
        assert await reaches(narrow.port, address) == 429


async def test_a_proxys_connections_count_for_whom_they_serve(narrow: Node) -> None:
    proxy = "127.9.9.9"

    def of(client: str, path: str = "/healthz") -> bytes:
        return get(path, f"X-Forwarded-For: {client}")

    async with AsyncExitStack() as stack:
        kept = [await stack.enter_async_context(wire(narrow.port, proxy)) for _ in range(12)]
        for n, each in enumerate(kept):
            assert (await each.ask(of(f"198.51.100.{n}"))).status == 200
            assert (await each.ask(of("198.51.100.77"))).status == 200
        for each in kept[:3]:
            await each.say(request(X_Forwarded_For="198.51.100.99"))
            assert b"101" in await each.reader.readline()
        refused = await kept[3].ask(of("198.51.100.99"))
        assert (refused.status, refused.code) == (429, "rate_limited")
        # A port is not part of the address. And the proxy's connection goes on serving others.
        assert (await kept[3].ask(of("198.51.100.99:1234"))).status == 429
        assert (await kept[3].ask(of("198.51.100.98"))).status == 200
