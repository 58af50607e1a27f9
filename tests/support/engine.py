"""A real server on loopback, a namespace that records its calls, and clients that send raw
packets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import socketio
from aiohttp import web

from server.kernel.errors import ChatError
from server.realtime import ChatServer, serve
from server.realtime.sockets import ChatSocket

PATIENCE = 5.0
RUNNER: dict[str, Any] = {"access_log": None, "shutdown_timeout": 1}

Connect = Callable[[str, dict[str, Any], Any], Awaitable[Any]]
Listen = Callable[[web.Application], AbstractAsyncContextManager[int]]
Serve = Callable[..., Awaitable["Served"]]
Handle = Callable[[str, str, list[Any]], Awaitable[Any]]


async def soon(waited: Awaitable[Any]) -> Any:
    """Wait for something, and fail after a while instead of hanging."""
    async with asyncio.timeout(PATIENCE):
        return await waited


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds that nothing signals, such as a counter's value."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.002)


class Recorder(socketio.AsyncNamespace):
    """A namespace that admits every client and echoes its events, unless ``connect`` and ``handle``
    are replaced."""

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.connect: Connect | None = None
        self.handle: Handle | None = None
        self.connected: asyncio.Queue[str] = asyncio.Queue()
        self.left: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.events: list[tuple[str, list[Any]]] = []
        self.environ: dict[str, Any] = {}

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any) -> Any:
        self.environ = environ
        answer = await self.connect(sid, environ, auth) if self.connect else True
        self.connected.put_nowait(sid)
        return answer

    async def on_disconnect(self, sid: str, reason: str) -> None:
        self.left.put_nowait((sid, reason))

    async def handle_event(self, sid: str, event: str, args: list[Any]) -> Any:
        self.events.append((event, args))
        if self.handle is not None:
            return await self.handle(sid, event, args)
        if args and isinstance(args[0], ChatError):
            return {"ok": False, "error": {"code": args[0].code, "message": str(args[0])}}
        return {"ok": True, "event": event, "args": args}


class Served:
    """The server under test, and its address."""

    def __init__(self, sio: ChatServer, port: int, http: aiohttp.ClientSession) -> None:
        self.sio = sio
        self.port = port
        self.http = http
        self.clients: list[RawSocket] = []
        self.url = f"http://127.0.0.1:{port}"
        self.rooms: Recorder = sio.namespace_handlers["/rooms"]
        self.notifications: Recorder = sio.namespace_handlers["/notifications"]

    def path(self, transport: str, sid: str | None = None, **extra: str) -> str:
        query = {"EIO": "4", "transport": transport, **({"sid": sid} if sid else {}), **extra}
        return f"{self.url}/socket.io/?" + "&".join(f"{k}={v}" for k, v in query.items())

    async def websocket(self, sid: str | None = None, **options: Any) -> RawSocket:
        ws = await self.http.ws_connect(self.path("websocket", sid), max_msg_size=2**24, **options)
        client = RawSocket(ws)
        # Without a reference the client would be garbage-collected and its connection closed.
        self.clients.append(client)
        if sid is None:
            client.opening = json.loads((await client.receive())[1:])
        return client

    async def client(self, namespace: str = "/rooms", auth: Any = None) -> RawSocket:
        """A websocket that has connected to a namespace."""
        client = await self.websocket()
        await client.connect(namespace, auth)
        return client

    async def poller(self, **headers: str) -> RawPoller:
        async with self.http.get(self.path("polling"), headers=headers) as response:
            assert response.status == 200, await response.text()
            return RawPoller(self, json.loads((await response.text())[1:])["sid"])

    async def inbox(self, client: RawSocket) -> Any:
        """Wait for the client's inbox: it exists while packets of the client wait."""
        socket = self.sio.eio.sockets[client.opening["sid"]]
        await until(lambda: socket.inbox)
        return socket.inbox

    def leftovers(self) -> dict[str, object]:
        """Everything the engine holds for clients. It must be empty when all are gone."""
        sio, manager = self.sio, self.sio.manager
        held = {
            "sockets": sio.eio.sockets,
            "environ": sio.environ,
            "leaving": sio._leaving,
            "counter": list(range(len(sio.eio.counter))),
            "addresses": sio.eio.counter._by_address,
            "rooms": manager.rooms,
            "joined": manager._joined,
            "eio_to_sid": manager.eio_to_sid,
            "pending_connect": manager.pending_connect,
            "pending_disconnect": manager.pending_disconnect,
            "callbacks": manager.callbacks,
            "pings": sio.eio.heartbeat._pings._due,
            "pongs": sio.eio.heartbeat._pongs._due,
            "bare": sio._bare._waiting._due,
            "stalls": sio.eio.stalls._due,
            "probes": sio.eio.probes._due,
            "writes": sio.eio.writes._dirty,
            "late": sio._bare._late._due,
            "tasks": sio.eio.tasks,
            "connections": [None] * sio.stats.connections,
        }
        return {name: value for name, value in held.items() if value}

    async def is_empty(self) -> None:
        try:
            await until(lambda: not self.leftovers())
        except TimeoutError:
            raise AssertionError(f"still there: {self.leftovers()}") from None


class RawSocket:
    """Engine.IO over a websocket, packet by packet."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.opening: dict[str, Any] = {}
        self.sid = ""

    async def send(self, packet: str) -> None:
        await self.ws.send_str(packet)

    async def receive(self, pings: bool = False) -> str:
        while True:
            message = await soon(self.ws.receive())
            assert message.type is aiohttp.WSMsgType.TEXT, message
            if message.data == "2" and not pings:
                await self.send("3")
            else:
                return message.data

    async def connect(self, namespace: str = "/rooms", auth: Any = None) -> Any:
        """Connect to a namespace. Returns the server's answer: `{sid}`, or the refusal."""
        body = "" if auth is None else json.dumps(auth)
        await self.send(f"40{namespace},{body}")
        packet = await self.receive()
        while packet[1] not in "04":
            # Events from its rooms may come before the answer.
            packet = await self.receive()
        answer = json.loads(packet.split(",", 1)[1])
        if packet[1] == "0":
            self.sid = answer["sid"]
        return answer

    async def emit(self, event: Any, *args: Any, id: int | str = "", ns: str = "/rooms") -> None:
        await self.send(f"42{ns},{id}" + json.dumps([event, *args]))

    async def event(self) -> list[Any]:
        return json.loads((await self.receive()).split(",", 1)[1])

    async def ack(self) -> tuple[int, Any]:
        """Wait for an ack. Returns its id and its only argument."""
        packet = await self.receive()
        assert packet.startswith("43/"), packet
        number, _, rest = packet.split(",", 1)[1].partition("[")
        return int(number), json.loads("[" + rest)[0]

    async def call(self, event: Any, *args: Any, ns: str = "/rooms") -> Any:
        await self.emit(event, *args, id=7, ns=ns)
        return (await self.ack())[1]

    async def closed(self) -> int | None:
        """Wait until the connection is closed. Returns the close code."""
        while True:
            message = await soon(self.ws.receive())
            if message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
                return self.ws.close_code
            if message.type is aiohttp.WSMsgType.CLOSE:
                return message.data

    def cut(self) -> None:
        """Break the connection as a lost network does, without a close frame."""
        self.transport.abort()

    @property
    def transport(self) -> Any:
        connection: Any = self.ws._response.connection
        return connection.transport


class RawPoller:
    """Engine.IO by polling, request by request."""

    def __init__(self, served: Served, sid: str) -> None:
        self.served = served
        self.sid = sid
        self.path = served.path("polling", sid)

    async def get(self) -> tuple[int, list[str]]:
        async with self.served.http.get(self.path) as response:
            return response.status, (await response.text()).split("\x1e")

    async def post(self, *packets: str, **options: Any) -> int:
        body = "\x1e".join(packets)
        async with self.served.http.post(self.path, data=body.encode(), **options) as response:
            return response.status

    async def packets(self, count: int) -> list[str]:
        got: list[str] = []
        while len(got) < count:
            status, packets = await soon(self.get())
            assert status == 200, packets
            got += packets
        return got

    async def connect(self, namespace: str = "/rooms") -> None:
        assert await self.post(f"40{namespace},") == 200
        assert (await self.packets(1))[0].startswith("40")


@asynccontextmanager
async def serving(sio: ChatServer, listen: Listen) -> AsyncIterator[Served]:
    sio.register_namespace(Recorder("/rooms"))
    sio.register_namespace(Recorder("/notifications"))
    app = web.Application()
    sio.attach(app)
    # Connections are not kept alive, because the server would count them.
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with listen(app) as port, aiohttp.ClientSession(connector=connector) as http:
        yield Served(sio, port, http)


@asynccontextmanager
async def listening(app: web.Application) -> AsyncIterator[int]:
    """Serve the application with aiohttp, and yield the port."""
    runner = web.AppRunner(app, **RUNNER)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await soon(runner.cleanup())


@asynccontextmanager
async def listening_at_full_speed(app: web.Application) -> AsyncIterator[int]:
    """Serve the application with ``server.realtime.serve``, and yield the port."""
    served = await serve(app, **RUNNER)
    yield served.port
    await soon(served.close())


def is_session_of(thing: object, served: Served) -> bool:
    """Whether the object belongs to the state that the server keeps for one client."""
    return type(thing) is ChatSocket and thing.server is served.sio.eio
