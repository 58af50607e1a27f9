"""A user in the tests, who makes HTTP calls and connects with the stock SDK."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

import aiohttp
import socketio
from yarl import URL

from tests.support.descriptions import descriptions_of
from tests.support.matching import has_fields
from tests.support.node import Node

PATIENCE = 10.0
PASSWORD = "correct horse battery"


class Refused(Exception):
    """The server refused a call. ``code`` is the error's code, ``field`` the field it names, if
    any."""

    def __init__(self, error: dict[str, Any], status: int | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.code = error["code"]
        self.field = error.get("field")
        if self.field is None and error.get("errors"):
            self.field = error["errors"][0]["field"]
        self.status = status


async def outcome(call: Awaitable[Any]) -> str:
    """``ok``, or the code of the refusal."""
    try:
        await call
    except Refused as refused:
        return str(refused.code)
    return "ok"


def new_id() -> str:
    return str(uuid.uuid4())


def unique(name: str) -> str:
    """A username that is not taken."""
    return f"{name}_{uuid.uuid4().hex[:12]}"


class Http:
    """JSON over HTTP, with an access token or without."""

    def __init__(self, node: Node, token: str | None = None) -> None:
        self.node = node
        self.token = token
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())

    async def raw(
        self, method: str, path: str, **options: Any
    ) -> tuple[int, Mapping[str, str], bytes]:
        """(status, headers, body); ``path`` is below /api/v1 unless it is a whole URL."""
        url = path if path.startswith("http") else self.node.api + path
        headers = options.pop("headers", {})
        if self.token:
            headers = {"Authorization": f"Bearer {self.token}", **headers}
        async with self.session.request(
            method, URL(url, encoded=True), headers=headers, **options
        ) as answer:
            body = await answer.read()
            if not path.startswith("http"):
                fault = descriptions_of(self.node).answer_fault(method, path, answer.status, body)
                assert fault is None, fault
            return answer.status, answer.headers, body

    async def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """Make a call. Returns the parsed answer; raises ``Refused`` if the server refuses."""
        options = {} if body is None else {"json": body}
        status, headers, raw = await self.raw(method, path, **options)
        answer: Any = json.loads(raw) if raw else None
        if status >= 400:
            assert headers["Content-Type"].startswith("application/problem+json"), headers
            assert answer["status"] == status
            raise Refused(answer, status)
        return answer

    async def close(self) -> None:
        await self.session.close()


class Socket:
    """One connection to both namespaces. It keeps all events in the order in which they came."""

    def __init__(self, node: Node, token: str, transports: list[str] | None = None) -> None:
        self.node = node
        self.token = token
        self.transports = transports or ["websocket"]
        self.heard: list[tuple[str, str, Any]] = []
        self.closed = asyncio.Event()
        self.descriptions = descriptions_of(node)
        # Events that do not match the server's description.
        self.faults: list[str] = []
        self._news = asyncio.Condition()
        self._taken: set[int] = set()
        self.sio = socketio.AsyncClient(reconnection=False)
        for namespace in ("/rooms", "/notifications"):
            self.sio.on("*", self._listener(namespace), namespace=namespace)
            self.sio.on("disconnect", self._disconnected, namespace=namespace)

    def _listener(self, namespace: str) -> Callable[..., Any]:
        async def hear(event: str, data: Any = None) -> None:
            if fault := self.descriptions.event_fault(namespace, event, data):
                self.faults.append(fault)
            async with self._news:
                self.heard.append((namespace, event, data))
                self._news.notify_all()

        return hear

    async def _disconnected(self, *_: Any) -> None:
        self.closed.set()

    async def connect(self, namespaces: tuple[str, ...] = ("/rooms", "/notifications")) -> Self:
        await self.sio.connect(
            self.node.url,
            auth={"token": self.token},
            namespaces=list(namespaces),
            transports=self.transports,
            wait_timeout=PATIENCE,
        )
        return self

    async def emit(self, event: str, *args: Any, namespace: str = "/rooms") -> dict[str, Any]:
        """Send an event with exactly these arguments. Returns the whole ack, also if it is an
        error."""
        data = args[0] if len(args) == 1 else tuple(args) if args else None
        if args == (None,):
            # The SDK drops a lone None; in a tuple it is sent as null.
            data = (None,)
        ack: dict[str, Any] = await self.sio.call(
            event, data, namespace=namespace, timeout=PATIENCE + 5
        )
        fault = self.descriptions.ack_fault(namespace, event, ack)
        assert fault is None, fault
        return ack

    async def call(self, event: str, namespace: str = "/rooms", **payload: Any) -> dict[str, Any]:
        """Send an event. Returns its ack; raises ``Refused`` if the ack is an error."""
        ack = await self.emit(event, payload, namespace=namespace)
        if not ack["ok"]:
            raise Refused(ack["error"])
        return ack

    async def hear(self, event: str, within: float = PATIENCE, **fields: Any) -> Any:
        """Wait for the next event of that name (with these fields) that no call has returned
        yet."""

        def find() -> int | None:
            for n, (_, name, data) in enumerate(self.heard):
                if n not in self._taken and name == event and has_fields(data, fields):
                    return n
            return None

        async with self._news:
            try:
                async with asyncio.timeout(within):
                    await self._news.wait_for(lambda: find() is not None)
            except TimeoutError:
                names = [(name, data) for _, name, data in self.heard][-20:]
                raise AssertionError(f"never heard {event} {fields}; last: {names}") from None
            found = find()
            assert found is not None
            self._taken.add(found)
            return self.heard[found][2]

    def all(self, event: str, **fields: Any) -> list[Any]:
        return [d for _, name, d in self.heard if name == event and has_fields(d, fields)]

    def of_room(self, room_id: str) -> list[tuple[str, Any]]:
        """The events of ``/rooms`` about a room, in order."""
        return [
            (name, data)
            for namespace, name, data in self.heard
            if namespace == "/rooms"
            and room_id in (data.get("room_id"), (data.get("room") or {}).get("id"))
        ]

    async def more(self, seen: int, within: float = PATIENCE) -> bool:
        """Whether more than ``seen`` events come within that time."""
        async with self._news:
            try:
                async with asyncio.timeout(within):
                    return await self._news.wait_for(lambda: len(self.heard) > seen)
            except TimeoutError:
                return False

    async def lose(self) -> None:
        """Break the connection, if it is open, without a close frame or a disconnect packet."""
        if self.sio.eio.http:
            await self.sio.eio.http.close()
        async with asyncio.timeout(PATIENCE):
            await self.closed.wait()

    async def close(self) -> None:
        await self.sio.disconnect()
        assert self.faults == []


class User:
    """Someone with an account, who uses one node: ``http`` makes calls, ``connect()`` connects."""

    def __init__(self, node: Node, session: dict[str, Any]) -> None:
        self.node = node
        self.session = session
        self.id: str = session["user"]["id"]
        self.username: str = session["user"]["username"]
        self.http = Http(node, session["access_token"])
        self.sockets: list[Socket] = []

    @property
    def token(self) -> str:
        return str(self.session["access_token"])

    async def connect(self, node: Node | None = None, **options: Any) -> Socket:
        socket = Socket(node or self.node, self.token, **options)
        self.sockets.append(socket)
        return await socket.connect()

    @property
    def socket(self) -> Socket:
        return self.sockets[0]

    async def call(self, event: str, **payload: Any) -> dict[str, Any]:
        return await self.socket.call(event, **payload)

    async def hear(self, event: str, **fields: Any) -> Any:
        return await self.socket.hear(event, **fields)

    async def send(self, room_id: str, text: str, **more: Any) -> dict[str, Any]:
        """Send a message and return it once it is acknowledged."""
        ack = await self.call(
            "send_message", room_id=room_id, client_id=new_id(), text=text, **more
        )
        message: dict[str, Any] = ack["message"]
        return message

    async def group(self, *members: User, **fields: Any) -> dict[str, Any]:
        """Create a group over HTTP, with this user as its owner."""
        body = {"kind": "group", "name": "a group", "member_ids": [m.id for m in members]}
        room: dict[str, Any] = await self.http("POST", "/rooms", body | fields)
        return room

    async def direct(self, peer: User) -> dict[str, Any]:
        room: dict[str, Any] = await self.http(
            "POST", "/rooms", {"kind": "direct", "user_id": peer.id}
        )
        return room

    async def close(self) -> None:
        for socket in self.sockets:
            await socket.close()
        await self.http.close()
