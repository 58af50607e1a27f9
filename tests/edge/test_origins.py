"""A page that was opened by another name than ``PUBLIC_URL``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.client import PASSWORD, Http, new_id
from tests.support.node import Node

LAN = "192.168.1.5:8080"


@pytest.fixture(scope="module")
def unset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    node = Node(tmp_path_factory.mktemp("unset"))
    yield node.start()
    node.stop()


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def signed_up(node: Node, browser: aiohttp.ClientSession, page: str) -> int:
    """The status of a sign-up with the cookie, from a page that the server itself served."""
    name = f"u{new_id()[:8]}"
    body = {"email": f"{name}@x.example", "username": name, "password": PASSWORD, "cookie": True}
    headers = {"Origin": page, "Host": page.partition("://")[2]}
    async with browser.post(f"{node.api}/auth/signup", json=body, headers=headers) as answer:
        return answer.status


async def sockets(node: Node, browser: aiohttp.ClientSession, page: str) -> list[int]:
    """The statuses of handshakes by polling and by websocket, from such a page."""
    headers = {"Origin": page, "Host": page.partition("://")[2]}
    url = f"{node.url}/socket.io/?EIO=4&transport="
    async with browser.get(url + "polling", headers=headers) as answer:
        found = [answer.status]
    try:
        async with browser.ws_connect(url + "websocket", headers=headers):
            found.append(200)
    except aiohttp.WSServerHandshakeError as refused:
        found.append(refused.status)
    return found


@pytest.mark.parametrize("name", [LAN, "nas:8080", "nas.local:8080", "[fd00::5]:8080"])
async def test_without_a_public_url_a_local_address_works(
    unset: Node, browser: aiohttp.ClientSession, name: str
) -> None:
    assert await signed_up(unset, browser, f"http://{name}") == 201
    assert await sockets(unset, browser, f"http://{name}") == [200, 200]


async def test_a_name_that_others_own_is_not_local(
    unset: Node, browser: aiohttp.ClientSession
) -> None:
    """It may lead here only because somebody made it, so that their page passes for ours."""
    assert await signed_up(unset, browser, "http://rebound.example:8080") == 403
    assert await sockets(unset, browser, "http://rebound.example:8080") == [403, 403]


async def test_another_page_may_not_pass_for_a_local_one(
    unset: Node, browser: aiohttp.ClientSession
) -> None:
    url = f"{unset.url}/socket.io/?EIO=4&transport=polling"
    async with browser.get(url, headers={"Origin": "http://192.168.1.66"}) as answer:
        assert answer.status == 403
        assert "Access-Control-Allow-Credentials" not in answer.headers


def refusals(node: Node) -> list[dict[str, Any]]:
    return [line for line in node.log_lines() if "origin was refused" in line.get("event", "")]


async def test_a_refused_origin_is_named_in_the_log_once_a_minute(tmp_path: Path) -> None:
    node = Node(tmp_path, PUBLIC_URL="https://chat.example").start()
    try:
        async with aiohttp.ClientSession() as browser:
            page = f"http://{LAN}"
            assert await sockets(node, browser, page) == [403, 403]
            assert await signed_up(node, browser, page) == 403
        (line,) = refusals(node)
        assert (line["origin"], line["public_url"]) == (page, "https://chat.example")
        assert "PUBLIC_URL" in line["event"] and "CORS_ORIGINS" in line["event"]
    finally:
        node.stop()


async def test_the_question_alone_is_logged_too(tmp_path: Path) -> None:
    """The web client asks as soon as it is opened."""
    node = Node(tmp_path, PUBLIC_URL="https://chat.example").start()
    http = Http(node)
    try:
        assert refusals(node) == []
        assert not (await http("GET", f"/config?origin=http://{LAN}"))["origin_allowed"]
        assert [line["origin"] for line in refusals(node)] == [f"http://{LAN}"]
    finally:
        await http.close()
        node.stop()
