"""Clients and applications that were written for other servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from server.realtime.engine import ENGINE
from tests.support.engine import Serve, Served

PAGE = "https://chat.example"
UNAVAILABLE = {"message": "unavailable", "data": {"code": "unavailable"}}


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_an_empty_sid_is_none(served: Served, transport: str) -> None:
    """A client in Go sends it. The servers for Node.js and of python-engineio take it."""
    url = served.path(transport) + "&sid="
    if transport == "polling":
        async with served.http.get(url) as response:
            assert response.status == 200
            assert '"sid":' in await response.text()
        async with served.http.post(url, data="40") as response:
            assert response.status == 400
    else:
        async with served.http.ws_connect(url) as ws:
            assert (await ws.receive_str()).startswith('0{"sid":')


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_function_may_decide_about_origins(serve: Serve, transport: str) -> None:
    asked: list[tuple[str, str]] = []

    def allow(origin: str, environ: Mapping[str, str]) -> bool:
        asked.append((origin, environ["HTTP_HOST"]))
        return origin == PAGE

    served = await serve(cors_allowed_origins=allow)
    host = f"127.0.0.1:{served.port}"
    for origin, status in ((PAGE, 200), ("https://evil.example", 403), (None, 200)):
        headers = {"Origin": origin} if origin else {}
        assert await opened(served, transport, headers) == status
    assert set(asked) == {(PAGE, host), ("https://evil.example", host)}


async def opened(served: Served, transport: str, headers: dict[str, str]) -> int:
    if transport == "polling":
        async with served.http.get(served.path(transport), headers=headers) as response:
            allowed = response.headers.get("Access-Control-Allow-Origin")
            assert allowed == (headers.get("Origin") if response.status == 200 else "*")
            return response.status
    try:
        await served.websocket(headers=headers)
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status
    return 200


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_the_environ_has_the_request(served: Served, transport: str) -> None:
    seen: list[web.Request] = []

    async def connect(sid: str, environ: Mapping[str, Any], auth: Any) -> bool:
        seen.append(environ["aiohttp.request"])
        return True

    served.rooms.connect = connect
    headers = {"Cookie": "a=1; b=2", "X-Seen": "yes"}
    if transport == "websocket":
        client = await served.websocket(headers=headers)
        await client.connect()
    else:
        await (await served.poller(**headers)).connect()
    (request,) = seen
    assert isinstance(request, web.Request)
    assert (request.method, request.path, request.remote) == ("GET", "/socket.io/", "127.0.0.1")
    assert (request.query["EIO"], request.query["transport"]) == ("4", transport)
    assert dict(request.cookies) == {"a": "1", "b": "2"}
    assert request.headers["x-seen"] == "yes"
    assert request.host == f"127.0.0.1:{served.port}"
    assert request.app[ENGINE] is served.sio.eio
    assert await request.read() == b""


async def test_the_log_names_the_option(served: Served) -> None:
    async def connect(*_: Any) -> Any:
        return None

    served.rooms.connect = connect
    ann = await served.websocket()
    with capture_logs() as logs:
        assert await ann.connect() == UNAVAILABLE
        await ann.send('451-/rooms,["x",{"_placeholder":true,"num":0}]')
        assert await ann.closed() == 1002
        bob = await served.websocket()
        await bob.ws.send_bytes(b"x")
        assert await bob.closed() == 1002
    assert logs[0]["option"] == "explicit_accept"
    assert len(logs) == 3 and all("binary=True" in line["why"] for line in logs[1:]), logs


async def test_a_namespace_without_handlers_is_open_where_it_is_named(serve: Serve) -> None:
    """As on the stock server, whatever ``explicit_accept`` says: nobody is there to say yes."""
    served = await serve(namespaces=["/", "/open"])
    ann = await served.websocket()
    assert "sid" in await ann.connect("/open")
    assert "sid" in await ann.connect()
    assert await ann.connect("/shut") == {"message": "Invalid namespace"}
    assert (await ann.call("hello", ns="/open"))["error"]["code"] == "validation_failed"
    await served.sio.emit("news", 1, namespace="/open")
    assert await ann.receive() == '42/open,["news",1]'
