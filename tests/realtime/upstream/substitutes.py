"""A pytest plugin that puts our classes in place of python-socketio's and python-engineio's.

Those suites run their servers over mocks; what ours ask of an engine, a socket or a request beside
what the stock ones do is given to the mocks here.
"""

from __future__ import annotations

import asyncio
from typing import Any
from unittest import mock

import engineio
import pytest
from aiohttp.test_utils import make_mocked_request
from engineio import async_server as engineio_server
from engineio.packet import MESSAGE
from engineio.packet import Packet as EngineIOPacket
from socketio import async_manager, async_pubsub_manager, async_server

from server.realtime.binary import BinaryPacket, BinaryServer
from server.realtime.engine import ChatEngine
from server.realtime.limits import ConnectionCounter, ConnectionLimits
from server.realtime.membership import ChatManager, Membership
from server.realtime.queues import Workers
from server.realtime.stats import Stats
from server.realtime.transport import nobody_is_told, peer_address


class Socket:
    """A session of a mocked engine: what is posted to it goes to the engine's ``send``."""

    def __init__(self, engine: Any, sid: str) -> None:
        self.sid = sid
        self.inbox: Any = None
        self.meters = None
        self.closing = self.known = False
        self._engine = engine

    def post(self, packet: Any) -> None:
        for text in packet.text.split("\x1e"):
            self._engine.spawn(self._engine.send(self.sid, text[1:]))

    def charge(self, weight: int) -> bool:
        return True

    def admitted(self) -> None:
        """It is not counted."""

    def go_on(self) -> None:
        """It is never held."""


class Sockets(dict[str, Socket]):
    """Everybody is there."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def __contains__(self, sid: object) -> bool:
        return True

    def __missing__(self, sid: str) -> Socket:
        self[sid] = Socket(self._engine, sid)
        return self[sid]


class Server(BinaryServer):
    def __init__(self, **options: Any) -> None:
        ours: dict[str, Any] = {
            "client_manager": None,
            "namespaces": ["/"],
            "binary": True,
            "packet_class": BinaryPacket,
            "explicit_accept": False,
            "connect_timeout": 10,
            "admit_timeout": 5,
            "event_timeout": None,
            "rate_limits": None,
            "max_event_bytes": 1_000_000,
            "volatile_events": (),
            "counter": ConnectionCounter(ConnectionLimits.none()),
            "address": peer_address,
            "is_proxy": lambda peer: False,
            "unknown_session": nobody_is_told,
        }
        super().__init__(**ours | options)
        if isinstance(self.eio, mock.Mock):
            self._prepare(self.eio)

    def _engineio_server_class(self) -> Any:
        # Mocked, in most of the tests.
        return engineio.AsyncServer

    def _prepare(self, engine: Any) -> None:
        self._running: set[asyncio.Task[Any]] = set()

        def spawn(work: Any) -> asyncio.Task[Any]:
            task = asyncio.ensure_future(work)
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            return task

        engine.spawn = spawn
        engine.sockets = Sockets(engine)
        engine.workers = Workers(spawn)

    def _is_awaited(self, sid: str, id: int | None) -> bool:
        # The mocked managers do not say.
        return True

    async def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        self._take_message(self.eio.sockets[eio_sid], data)
        while self._running:
            await asyncio.gather(*self._running)


class Engine(ChatEngine):
    def __init__(self, **options: Any) -> None:
        ours: dict[str, Any] = {
            "counter": ConnectionCounter(ConnectionLimits.none()),
            "max_event_bytes": 1_000_000,
            "binary": True,
            "stats": Stats(),
            "address": peer_address,
            "is_proxy": lambda peer: False,
            "unknown_session": nobody_is_told,
            "cors_allowed_origins": (),
        }
        if "max_http_buffer_size" in options:
            ours["max_event_bytes"] = options.pop("max_http_buffer_size")
        if options.get("cors_allowed_origins") == ["*"]:
            options["cors_allowed_origins"] = "*"
        super().__init__(**ours | options)
        for event in ("connect", "message", "disconnect"):
            self.handlers.setdefault(event, mock.AsyncMock())

    async def handle_request(self, *_: Any, **__: Any) -> Any:
        """From a WSGI environ, and to what makes a response of one, as the stock one."""
        driver: Any = self._async
        environ = driver["translate_request"]()
        headers = {
            name[5:].replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        query = environ.get("QUERY_STRING", "")
        if "transport=" not in query:
            # The stock one takes that for polling.
            query += "&transport=polling"
        target = f"/engine.io/?{query}"
        request = make_mocked_request(environ["REQUEST_METHOD"], target, headers=headers)
        response: Any = await super().handle_request(request)
        status = f"{response.status} {response.reason.upper()}"
        return driver["make_response"](status, [*response.headers.items()], response.body, environ)


class Manager(ChatManager):
    """Over a mocked server: an event goes to its ``_send_eio_packet``, for each recipient."""

    def set_server(self, server: Any) -> None:
        super().set_server(server)
        server.encode_event = self._encode
        server.post_to_all = self._post
        self._posted: list[Any] = []

    def _encode(self, event: str, args: list[Any], namespace: str) -> list[Any]:
        encoded = self.server.packet_class(data=[event, *args], namespace=namespace).encode()
        parts = encoded if isinstance(encoded, list) else [encoded]
        return [EngineIOPacket(MESSAGE, part) for part in parts]

    def _post(self, sids: list[str], packets: list[Any]) -> None:
        self._posted += [
            self.server._send_eio_packet(sid, each) for sid in sids for each in packets
        ]

    async def emit(self, *args: Any, **options: Any) -> None:
        await super().emit(*args, **options)
        await asyncio.gather(*self._posted)


class PubSubManager(Membership, async_pubsub_manager.AsyncPubSubManager):
    """What our manager of many nodes is, without Redis."""


# By the file of the suite in which they take the stock one's place.
OURS: dict[str, list[tuple[Any, type]]] = {
    "test_server": [(async_server, Server), (engineio_server, Engine)],
    "test_manager": [(async_manager, Manager)],
    "test_pubsub_manager": [(async_pubsub_manager, PubSubManager)],
    "test_namespace": [],
}


@pytest.fixture(autouse=True)
def ours(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, kind in OURS[request.module.__name__.rpartition(".")[2]]:
        monkeypatch.setattr(module, f"Async{kind.__name__.replace('Engine', 'Server')}", kind)
