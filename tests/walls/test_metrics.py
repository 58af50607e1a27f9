"""Only the operator can read the metrics: with a token, or at an address that others cannot
reach."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from tests.support.node import Node
from tests.walls import raw_http

TOKEN = "a-token-of-a-scraper"


@pytest.fixture
def started(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., Node]:
    def start(**settings: str) -> Node:
        node = Node(tmp_path / "node", **settings)
        request.addfinalizer(node.stop)
        return node.start()

    return start


async def get(url: str, token: str | None = None, **headers: str) -> tuple[int, str]:
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_nobody_is_shown_them_where_nothing_is_set(started: Callable[..., Node]) -> None:
    node = started()
    for headers in ({}, {"Accept": "text/html"}):
        status, body = await get(f"{node.url}/metrics", **headers)
        assert (status, json.loads(body)["code"]) == (404, "not_found")


async def test_they_need_the_token(started: Callable[..., Node], tmp_path: Path) -> None:
    kept = tmp_path / "token"
    kept.write_text(f"{TOKEN}\n")
    node = started(METRICS_TOKEN_FILE=str(kept))
    for wrong in (None, "", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "ü" * 20):
        status, body = await get(f"{node.url}/metrics", wrong)
        assert (status, json.loads(body)["code"]) == (401, "unauthenticated"), wrong
    status, body = await get(f"{node.url}/metrics", TOKEN)
    assert status == 200 and "chat_connections" in body
    assert TOKEN not in node.log_text()


@pytest.mark.parametrize("token", [None, TOKEN])
async def test_a_listener_of_their_own(started: Callable[..., Node], token: str | None) -> None:
    node = started(METRICS_ADDR="127.0.0.1:0", METRICS_TOKEN=token or "")
    line = next(line for line in node.log_lines() if line["event"] == "serving metrics")
    apart = f"http://{line['host']}:{line['port']}"
    status, body = await get(f"{apart}/metrics", token)
    assert status == 200 and "chat_connections" in body
    assert (await get(f"{node.url}/metrics", token))[0] == 404
    assert (await get(f"{apart}/metrics", "wrong"))[0] == (401 if token else 200)
    for path in ("/", "/api/v1/users/me", "/healthz", "/socket.io/?EIO=4&transport=polling"):
        assert (await get(apart + path, token))[0] == 404
    assert node.errors() == []


async def test_nothing_tells_the_servers_version(started: Callable[..., Node]) -> None:
    node = started(METRICS_ADDR="127.0.0.1:0")
    line = next(line for line in node.log_lines() if line["event"] == "serving metrics")
    told = re.compile(r"aiohttp|python/|[0-9]+\.[0-9]+\.[0-9]+", re.IGNORECASE)
    for url in (
        f"http://127.0.0.1:{line['port']}/nowhere",
        f"{node.url}/nowhere",
        f"{node.url}/readyz",
        f"{node.url}/api/v1/nowhere",
    ):
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            assert not told.search(answer.headers.get("Server", "")), url


def port_of_metrics(node: Node) -> int:
    return int(next(x["port"] for x in node.log_lines() if x["event"] == "serving metrics"))


async def test_their_listener_inflates_nothing_and_tells_nothing(
    started: Callable[..., Node],
) -> None:
    """Its answers are as those of the main one, errors of the parser included."""
    node = started(METRICS_ADDR="127.0.0.1:0", PUBLIC_URL="https://chat.example")
    port = port_of_metrics(node)
    coded = raw_http.get("/metrics", "Content-Encoding: gzip", "Content-Length: 9", method="POST")
    for raw, status in (
        (raw_http.get("/metrics"), 200),
        (raw_http.get("/nowhere"), 404),
        (coded, 415),
        (b"FOO\r\n\r\n", 400),
    ):
        async with raw_http.wire(port) as opened:
            answer = await opened.ask(raw)
        assert answer.status == status
        assert answer.headers["x-content-type-options"] == "nosniff", raw
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "strict-transport-security" in answer.headers
        assert "server" not in answer.headers


async def test_their_listener_holds_few_connections(started: Callable[..., Node]) -> None:
    """So that they cannot use up the main one's files, and half a head has its time there too."""
    node = started(METRICS_ADDR="127.0.0.1:0")
    port = port_of_metrics(node)
    files = Path(f"/proc/{node.pid}/fd")
    before = len(list(files.iterdir()))
    async with AsyncExitStack() as stack:
        held = []
        for n in range(100):
            held.append(
                await stack.enter_async_context(raw_http.wire(port, f"127.5.0.{n % 9 + 1}"))
            )
            held[-1].writer.write(raw_http.HALF)
        await asyncio.sleep(0.5)
        assert len(list(files.iterdir())) - before <= 20
        assert await raw_http.reaches(node.port, "127.5.1.1") == 200
        ends = await asyncio.gather(*(each.is_closed(13) for each in held))
        assert all(ends)
    assert (await get(f"http://127.0.0.1:{port}/metrics"))[0] == 200
    assert node.errors() == []


def test_a_port_that_is_taken_stops_the_start(tmp_path: Path) -> None:
    with_port = Node(tmp_path / "one")
    with_port.start()
    try:
        outcome = Node(tmp_path / "two").run(METRICS_ADDR=f"127.0.0.1:{with_port.port}")
    finally:
        with_port.stop()
    assert outcome.returncode == 2
    assert "METRICS_ADDR: cannot listen on 127.0.0.1:" in outcome.stderr
