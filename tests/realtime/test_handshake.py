"""Who may open a connection: origins, addresses, limits."""

from __future__ import annotations

import json
from contextlib import suppress

import aiohttp
import pytest
from aiohttp import web

from server.kernel.errors import ChatError, RateLimited
from server.kernel.limits import Rate
from server.realtime import ConnectionLimits
from server.realtime.arrivals import Arrivals
from server.realtime.limits import ConnectionCounter
from tests.support.engine import Serve, Served, until

PAGE = "https://chat.example"


async def test_the_opening(serve: Serve) -> None:
    served = await serve(ping_interval=1.5, ping_timeout=0.25)
    ann = await served.websocket()
    expected = {
        "sid": ann.opening["sid"],
        "upgrades": [],
        "pingInterval": 1500,
        "pingTimeout": 250,
        "maxPayload": 131072,
    }
    assert ann.opening == expected
    async with served.http.get(served.path("polling")) as response:
        assert response.status == 200
        text = await response.text()
    opening = json.loads(text.removeprefix("0"))
    assert opening == {**expected, "sid": opening["sid"], "upgrades": ["websocket"]}


async def test_no_compression(served: Served) -> None:
    ann = await served.websocket(compress=15)
    assert ann.ws.compress == 0
    assert "Sec-WebSocket-Extensions" not in ann.ws._response.headers


@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize(
    ("origins", "origin", "passes"),
    [
        ((PAGE,), PAGE, True),
        ((PAGE, "https://other.example"), "https://other.example", True),
        ((PAGE,), "https://evil.example", False),
        ((PAGE,), PAGE + ".evil.example", False),
        ((PAGE,), "null", False),
        ((PAGE,), None, True),
        ((), PAGE, False),
        ((), None, True),
        ("*", "https://anywhere.example", True),
        (("*",), "https://anywhere.example", True),
    ],
)
async def test_origins(
    serve: Serve, transport: str, origins: object, origin: str | None, passes: bool
) -> None:
    served = await serve(cors_allowed_origins=origins)
    # What proxies say of the host makes no page of ours.
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    if origin is not None:
        headers["Origin"] = origin
    if transport == "websocket":
        if passes:
            await served.websocket(headers=headers)
        else:
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await served.websocket(headers=headers)
    else:
        async with served.http.get(served.path("polling"), headers=headers) as response:
            assert response.status == (200 if passes else 403)
            # A page may read that it is refused, and so say so, but not with its cookies.
            readable = response.headers.get("Access-Control-Allow-Origin")
            assert readable == (origin if passes else "*")
            assert passes or "Access-Control-Allow-Credentials" not in response.headers
            assert "evil.example" not in await response.text()
            if not passes:
                assert (await response.json())["message"] == "this origin may not connect"
    assert served.sio.stats.refused == (not passes)


async def test_a_preflight(serve: Serve) -> None:
    served = await serve(cors_allowed_origins=(PAGE,))
    async with served.http.options(served.path("polling"), headers={"Origin": PAGE}) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Origin"] == PAGE
        assert response.headers["Access-Control-Allow-Credentials"] == "true"


async def test_the_address_is_the_peers_or_what_one_makes_of_it(serve: Serve) -> None:
    def forwarded(request: web.Request) -> str:
        return request.headers.get("X-Forwarded-For", "unknown")

    served = await serve()
    await served.client()
    assert served.rooms.environ["REMOTE_ADDR"] == "127.0.0.1"
    served = await serve(address=forwarded)
    ann = await served.websocket(headers={"X-Forwarded-For": "192.0.2.7"})
    await ann.connect()
    assert served.rooms.environ["REMOTE_ADDR"] == "192.0.2.7"


async def refused(served: Served, status: int, code: str) -> int:
    """Both transports are refused, and say when to come again."""
    async with served.http.get(served.path("polling")) as response:
        assert response.status == status
        body = await response.json()
        assert set(body) == {"code", "message", "retry_after"}
        assert body["code"] == code
        assert response.headers["Retry-After"] == str(body["retry_after"])
    with pytest.raises(aiohttp.WSServerHandshakeError, match=str(status)):
        await served.websocket()
    return body["retry_after"]


async def test_connections_of_one_address(serve: Serve) -> None:
    limits = ConnectionLimits(per_address=3)
    served = await serve(limits=limits, address=lambda request: request.headers.get("X-Who", ""))
    ann, bob, cid = await served.websocket(), await served.websocket(), await served.poller()
    await refused(served, 429, "rate_limited")
    assert served.sio.stats.refused == 2
    assert served.sio.stats.connections == 3
    # Others may come.
    await served.websocket(headers={"X-Who": "another"})
    # However one goes, another one may come.
    ann.cut()
    await until(lambda: served.sio.stats.connections == 3)
    ann = await served.websocket()
    await bob.send("7")
    await until(lambda: served.sio.stats.connections == 3)
    bob = await served.websocket()
    assert await cid.post("1") == 200
    await served.websocket()
    await refused(served, 429, "rate_limited")


async def test_an_upgrade_counts_once(serve: Serve) -> None:
    served = await serve(limits=ConnectionLimits(per_address=1))
    ann = await served.poller()
    ws = await served.websocket(ann.sid)
    await ws.send("2probe")
    assert await ws.receive() == "3probe"
    await ws.send("5")
    await ws.connect()
    assert served.sio.stats.connections == 1
    ws.cut()
    await served.is_empty()
    await served.websocket()


async def test_connections_of_the_node(serve: Serve) -> None:
    served = await serve(limits=ConnectionLimits(per_node=2))
    await served.websocket()
    await served.poller()
    await refused(served, 503, "unavailable")


async def test_new_connections_a_second(serve: Serve) -> None:
    served = await serve(limits=ConnectionLimits(new_per_second=2))
    await served.websocket()
    await served.websocket()
    assert await refused(served, 503, "unavailable") == 1


async def test_a_node_that_leaves_takes_nobody(served: Served) -> None:
    ann = await served.client()
    served.sio.eio.accepting = False
    await refused(served, 503, "unavailable")
    assert (await ann.call("hello"))["ok"]


async def test_a_handshake_that_fails_gives_its_place_back(served: Served) -> None:
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "1"}
    async with served.http.get(served.path("websocket"), headers=headers) as response:
        assert response.status == 400
    await served.is_empty()


def test_no_limits() -> None:
    counter = ConnectionCounter(ConnectionLimits.none())
    places = [counter.enter("192.0.2.1") for _ in range(20_000)]
    assert len(counter) == 20_000
    for place in places:
        place.leave()
        place.leave()
    assert not counter._by_address and not len(counter)


# --- Arrivals ---


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def let_in(arrivals: Arrivals, address: str, tries: int = 1000) -> int:
    """How many sessions of an address come in at once."""
    count = 0
    with suppress(ChatError):
        for _ in range(tries):
            arrivals.session(address)
            count += 1
    return count


def test_the_nodes_rate_fills_with_time() -> None:
    clock = Clock()
    arrivals = Arrivals(10, None, clock)
    assert let_in(arrivals, "192.0.2.1") == 10
    clock.now = 0.5
    assert let_in(arrivals, "192.0.2.1") == 5
    clock.now = 1000.0
    assert let_in(arrivals, "192.0.2.1") == 10


def test_an_address_has_a_rate_of_its_own() -> None:
    clock = Clock()
    arrivals = Arrivals(200, Rate(20, 50), clock)
    assert let_in(arrivals, "192.0.2.1") == 50
    with pytest.raises(RateLimited) as refused:
        arrivals.session("192.0.2.1")
    assert refused.value.retry_after == 1
    assert let_in(arrivals, "192.0.2.2") == 50
    clock.now = 1.0
    assert let_in(arrivals, "192.0.2.1") == 20


@pytest.mark.parametrize("greedy", [1, 3, 30, 300])
def test_many_greedy_addresses_do_not_keep_a_new_one_out(greedy: int) -> None:
    """Each tries far more than comes in, for half a minute; new addresses come all the while."""
    clock = Clock()
    arrivals = Arrivals(200, Rate(20, 100), clock)
    total = 0
    for step in range(300):
        clock.now = step / 10
        for n in range(greedy):
            total += let_in(arrivals, f"198.51.{n // 250}.{n % 250}", 10)
        # At first all of them are new.
        assert step < 30 or let_in(arrivals, f"192.0.2.{step}", 1) == 1, step
    assert total <= 200 * 31


def test_two_greedy_addresses_get_about_the_same() -> None:
    clock = Clock()
    arrivals = Arrivals(10, None, clock)
    first = second = 0
    for step in range(1, 600):
        clock.now = step / 10
        # The first is always quicker.
        first += let_in(arrivals, "192.0.2.1", 10)
        second += let_in(arrivals, "192.0.2.2", 10)
    assert second > first / 3
