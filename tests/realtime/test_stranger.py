"""An application that knows python-socketio and nothing of ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio
from aiohttp import web

from server.realtime import ChatManager, ConnectionLimits, RateLimits, create_server
from tests.support.engine import Listen, soon

Client = Callable[..., Awaitable[socketio.AsyncClient]]


class Orders(socketio.AsyncNamespace):
    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any) -> bool:
        await self.save_session(sid, {"agent": environ["HTTP_USER_AGENT"]})
        return True

    async def on_place(self, sid: str, item: str) -> tuple[str, int]:
        await self.enter_room(sid, item)
        async with self.session(sid) as session:
            session["placed"] = session.get("placed", 0) + 1
            return item, session["placed"]

    async def on_shout(self, sid: str, item: str, text: str) -> None:
        await self.emit("shout", (item, text), room=item, skip_sid=sid)


def functions(sio: socketio.AsyncServer) -> None:
    @sio.event
    async def connect(sid: str, environ: dict[str, Any], auth: Any) -> bool:
        return bool(auth) and auth["name"] != "eve"

    @sio.on("ask")
    async def ask(sid: str, question: str) -> Any:
        return await sio.call("answer", question, to=sid, timeout=5)

    @sio.on("plain")
    def plain(sid: str) -> str:
        return "a function that is no coroutine"

    @sio.on("*")
    async def anything(event: str, sid: str, *args: Any) -> list[Any]:
        return [event, *args]

    @sio.event
    async def disconnect(sid: str) -> None:
        sio.gone.set()


@web.middleware
async def stamp(request: web.Request, handler: Any) -> web.StreamResponse:
    response: web.StreamResponse = await handler(request)
    if not response.prepared:
        response.headers["X-Stamp"] = "seen"
    return response


async def hello(_: web.Request) -> web.Response:
    return web.Response(text="hello")


def application(sio: socketio.AsyncServer, folder: Path) -> web.Application:
    (folder / "style.css").write_text("body {}")
    app = web.Application(middlewares=[stamp])
    app.router.add_get("/hello", hello)
    app.router.add_static("/static", folder)
    sio.gone = asyncio.Event()
    sio.register_namespace(Orders("/orders"))
    functions(sio)
    sio.attach(app)
    return app


@pytest.fixture(params=[ChatManager, socketio.AsyncManager], ids=["ours", "stock"])
async def sio(request: pytest.FixtureRequest) -> socketio.AsyncServer:
    return create_server(client_manager=request.param(), cookie="node")


@pytest.fixture
async def url(sio: socketio.AsyncServer, listen: Listen, tmp_path: Path) -> AsyncIterator[str]:
    async with listen(application(sio, tmp_path)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(params=["polling", "websocket", "polling websocket"])
async def client(request: pytest.FixtureRequest, url: str) -> AsyncIterator[Client]:
    clients: list[socketio.AsyncClient] = []

    async def connect(name: str = "ann") -> socketio.AsyncClient:
        clients.append(socketio.AsyncClient())
        await clients[-1].connect(
            url,
            namespaces=["/", "/orders"],
            transports=request.param.split(),
            auth={"name": name},
            retry=False,
        )
        return clients[-1]

    yield connect
    for each in clients:
        await each.disconnect()


async def test_its_own_routes(url: str) -> None:
    async with aiohttp.ClientSession() as http:
        for path, text in (("/hello", "hello"), ("/static/style.css", "body {}")):
            async with http.get(url + path) as response:
                assert await response.text() == text
        async with http.get(f"{url}/socket.io/?EIO=4&transport=polling") as response:
            assert response.headers["X-Stamp"] == "seen"
            sid = response.headers["Set-Cookie"].partition(";")[0]
            assert sid.removeprefix("node=") in await response.text()
        async with http.get(f"{url}/nowhere") as response:
            assert response.status == 404


async def test_handlers_of_each_kind(sio: socketio.AsyncServer, client: Client) -> None:
    ann = await client()
    assert await ann.call("plain") == "a function that is no coroutine"
    assert await ann.call("whatever", (1, 2)) == ["whatever", 1, 2]
    ann.on("answer", lambda question: question.upper())
    assert await ann.call("ask", "why") == "WHY"
    assert await ann.call("place", "tea", namespace="/orders") == ("tea", 1)
    assert await ann.call("place", "tea", namespace="/orders") == ("tea", 2)
    refused = socketio.AsyncClient()
    with pytest.raises(socketio.exceptions.ConnectionError):
        await refused.connect(ann.connection_url, auth={"name": "eve"}, retry=False)
    await refused.shutdown()
    await ann.disconnect()
    await soon(sio.gone.wait())


async def test_rooms(sio: socketio.AsyncServer, client: Client) -> None:
    ann, bob, cid = [await client(name) for name in ("ann", "bob", "cid")]
    heard: dict[str, asyncio.Queue[Any]] = {name: asyncio.Queue() for name in ("ann", "bob", "cid")}
    for name, each in zip(heard, (ann, bob, cid), strict=True):
        each.on("shout", lambda *told, name=name: heard[name].put_nowait(told), "/orders")
    for each in (ann, bob):
        await each.call("place", "tea", namespace="/orders")
    await ann.call("shout", ("tea", "hot"), namespace="/orders")
    assert await soon(heard["bob"].get()) == ("tea", "hot")
    await sio.emit("shout", "all", namespace="/orders")
    assert [await soon(each.get()) for each in heard.values()] == [("all",)] * 3
    await sio.close_room("tea", namespace="/orders")
    await sio.emit("shout", "nobody", room="tea", namespace="/orders")
    await sio.emit("shout", "cid", to=cid.get_sid("/orders"), namespace="/orders")
    assert await soon(heard["cid"].get()) == ("cid",)
    assert heard["ann"].empty() and heard["bob"].empty()
    await sio.disconnect(bob.get_sid("/orders"), namespace="/orders")
    assert (await ann.call("place", "milk", namespace="/orders"))[0] == "milk"


async def test_always_connect_and_open_namespaces(listen: Listen) -> None:
    sio = create_server(always_connect=True, namespaces="*", explicit_accept=False)

    @sio.event
    async def connect(sid: str, environ: dict[str, Any]) -> bool:
        await sio.emit("hello", to=sid)
        return "Refused" not in environ["HTTP_USER_AGENT"]

    app = web.Application()
    sio.attach(app)
    async with listen(app) as port, aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
        for agent, last in (("x", ""), ("Refused", "41")):
            async with http.ws_connect(url, headers={"User-Agent": agent}) as ws:
                await ws.receive()
                await ws.send_str("40")
                assert (await ws.receive_str()).startswith('40{"sid":')
                assert await ws.receive_str() == '42["hello"]'
                if last:
                    assert await ws.receive_str() == last
                else:
                    await ws.send_str("40/anywhere,")
                    assert (await ws.receive_str()).startswith("40/anywhere,")


async def test_without_upgrades(listen: Listen) -> None:
    sio = create_server(allow_upgrades=False)
    app = web.Application()
    sio.attach(app)
    async with listen(app) as port, aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport="
        async with http.get(url + "polling") as response:
            opening = await response.text()
        assert '"upgrades":[]' in opening
        sid = opening.partition('"sid":"')[2].partition('"')[0]
        with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
            await http.ws_connect(f"{url}websocket&sid={sid}")


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"ping_intervall": 5}, TypeError, "did you mean ping_interval?"),
        ({"whatever": 5}, TypeError, "there is no option whatever"),
        ({"async_handlers": True}, TypeError, "one at a time, in the order sent"),
        ({"serializer": "msgpack"}, TypeError, "packets are JSON"),
        ({"logger": True}, TypeError, "structlog"),
        ({"ping_interval": (25, 5)}, TypeError, "ping_interval must be a number, not (25, 5)"),
        ({"ping_timeout": 0}, ValueError, "ping_timeout must be above 0, not 0"),
        ({"admit_timeout": True}, TypeError, "admit_timeout must be a number"),
        ({"binary": "yes"}, TypeError, "binary must be True or False, not 'yes'"),
        ({"rate_limits": False}, TypeError, "rate_limits must be RateLimits or None, not False"),
        ({"limits": RateLimits()}, TypeError, "limits must be ConnectionLimits or None"),
        ({"async_mode": "asgi"}, ValueError, "async_mode must be 'aiohttp', not 'asgi'"),
        ({"volatile_events": "typing"}, TypeError, "volatile_events must be a list of names"),
        ({"transports": ["flash"]}, ValueError, "there is no transport 'flash'"),
        ({"transports": []}, ValueError, "at least one"),
        ({"cors_allowed_origins": None}, TypeError, 'a list of origins or "*", not None'),
        ({"cors_allowed_origins": "chat.example"}, ValueError, "'chat.example' is not an origin"),
        ({"cors_allowed_origins": ["https://x/"]}, ValueError, "'https://x/' is not an origin"),
    ],
)
def test_a_wrong_option_is_one_clear_line(
    options: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind) as raised:
        create_server(**options)
    assert words in str(raised.value) and "\n" not in str(raised.value)


def test_every_option_may_be_given() -> None:
    create_server(
        transports="websocket",
        cors_allowed_origins=["https://chat.example", "http://localhost:3000"],
        limits=ConnectionLimits.none(),
        async_mode="aiohttp",
        cors_credentials=False,
        http_compression=False,
        compression_threshold=10,
        cookie={"name": "io", "path": "/"},
    )
