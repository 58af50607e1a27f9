"""The HTTP side of Engine.IO: it checks requests and passes them to their sessions."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import engineio
from aiohttp import web

from server.kernel.errors import ChatError, Forbidden
from server.realtime.deadlines import Deadlines
from server.realtime.heads import Environ, Head, Peer
from server.realtime.limits import ConnectionPlace, Visitor
from server.realtime.outgoing import Encoded
from server.realtime.owner import Owner
from server.realtime.probes import Probe
from server.realtime.sockets import ChatSocket
from server.realtime.stats import Stats
from server.realtime.transport import (
    BadRequest,
    Taken,
    fault_of,
    head_of,
    polling_answer,
    refusal,
    switching_protocols,
    take_over,
    visit_of,
)
from server.realtime.websocket import WebSocket


class RequestServer(engineio.AsyncServer):
    """engineio's server with its own request handling. A refused request gets a JSON error."""

    sockets: dict[str, ChatSocket]
    probes: Deadlines[Probe]

    def __init__(
        self,
        *,
        stats: Stats,
        address: Callable[[Peer], str],
        is_proxy: Callable[[str], bool],
        unknown_session: Callable[[str], Awaitable[None]],
        **options: Any,
    ) -> None:
        super().__init__(async_mode="aiohttp", **options)
        self.stats = stats
        self.address_of = address
        self.is_proxy = is_proxy
        self.unknown_session = unknown_session
        # The application that this server is attached to, and the path there.
        self.app: web.Application | None = None
        self.path = ""

    def attach(self, app: web.Application, engineio_path: str = "engine.io") -> None:
        self.app, self.path = app, f"/{engineio_path.strip('/')}"
        for route in (self.path, f"{self.path}/"):
            app.router.add_route("*", route, self.handle_request)

    def is_handshake(self, request: web.Request) -> bool:
        return request.path.rstrip("/") == self.path and not request.query.get("sid")

    def note_refused(self, request: web.Request) -> None:
        """Counts a request that was refused before it reached a handler, if it was a handshake."""
        if self.is_handshake(request):
            self.stats.refused += 1

    def place_for(self, request: web.Request, address: str) -> ConnectionPlace | None:
        """The place of the session that a request belongs to. None if there is no such session, or
        if the request comes from another address than the session."""
        if request.path.rstrip("/") != self.path:
            return None
        socket = self.sockets.get(request.query.get("sid", ""))
        return socket.place if socket is not None and socket.place.address == address else None

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        head = head_of(request)
        try:
            fault = fault_of(request)
            if fault is not None:
                raise fault
            if not head.is_sound() or not request.raw_path.isascii():
                raise BadRequest("the request line or a header has invalid characters")
            self.check_origin(head)
            response = await self._answer(request, head)
        except ChatError as error:
            if not request.query.get("sid"):
                self.stats.refused += 1
            response = refusal(error)
        if not response.prepared:
            response.headers.update(self._cors_headers(_cors_environ(head)))
            if response.status == Forbidden.status:
                # A browser tells a page nothing of an answer that it may not read, and this one
                # says no more than that the page's origin is refused. It is not readable for a
                # request with cookies.
                response.headers["Access-Control-Allow-Origin"] = "*"
                response.headers.popall("Access-Control-Allow-Credentials", None)
            response.headers.update({"Vary": "Origin", "Cache-Control": "no-store"})
        return response

    def check_origin(self, head: Head) -> None:
        """Raise ``Forbidden`` for an origin that is not allowed. A request without an origin does
        not come from a browser; it may pass, as no page can misuse its cookies."""
        origin, allowed = head.headers.get("Origin"), self.cors_allowed_origins
        if origin is None or allowed == "*":
            return
        if callable(allowed):
            good = allowed(origin, Environ(head, head.remote or ""))
        else:
            good = origin in allowed
        if not good:
            raise Forbidden("this origin may not connect")

    def _cors_allowed_origins(self, environ: Mapping[str, str]) -> list[str] | None:
        """engineio's own method asks a function about requests without an origin too."""
        if callable(self.cors_allowed_origins) and "HTTP_ORIGIN" not in environ:
            return []
        found: list[str] | None = super()._cors_allowed_origins(environ)
        return found

    async def _answer(self, request: web.Request, head: Head) -> web.StreamResponse:
        if request.method == "OPTIONS":
            return web.Response(status=204)
        query, transport = request.query, request.query.get("transport", "")
        if transport not in self.transports or query.get("EIO") != "4" or "j" in query:
            raise BadRequest("use EIO=4 with polling or websocket, without JSONP")
        accept_key = head.accept_key() if transport == "websocket" else ""
        if accept_key is None:
            raise BadRequest("this is not a valid websocket handshake")
        # Some clients send an empty one at the beginning. It names no session.
        sid = query.get("sid")
        if not sid and request.method != "GET":
            raise BadRequest("a session must begin with a GET")
        if not sid:
            environ = Environ(head, self.address_of(request), self.app)
            return await self._begin(request, environ, transport, accept_key)
        socket: ChatSocket | None = self.sockets.get(sid)
        if socket is None:
            await self.unknown_session(self.address_of(request))
        if socket is None or not socket.connected:
            raise BadRequest("unknown session")
        if socket.closing and not _takes_the_rest(socket, request):
            raise BadRequest("unknown session")
        if accept_key:
            self._upgrade(request, accept_key, socket)
            return Taken()
        return await self._polled(socket, request)

    async def _begin(
        self, request: web.Request, environ: Environ, transport: str, accept_key: str
    ) -> web.StreamResponse:
        visit = visit_of(request)
        socket = await self.begin(environ, transport, visit)
        if not accept_key:
            if visit is not None:
                visit.work_for(socket.place)
            response = polling_answer([self.opening(socket, transport)])
            if self.cookie:
                response.headers["Set-Cookie"] = self._cookie(socket.sid)
            return response
        self._switch(request, accept_key, socket, socket.open)
        return Taken()

    def _cookie(self, sid: str) -> str:
        given = self.cookie
        if isinstance(given, str):
            given = {"name": given, "path": "/", "SameSite": "Lax"}
        cookie: str = self._generate_sid_cookie(sid, given)
        return cookie

    def _upgrade(self, request: web.Request, accept_key: str, socket: ChatSocket) -> None:
        """Open a websocket that the polling session may move to."""
        if not self.allow_upgrades:
            raise BadRequest("this server does not allow upgrades")
        probe = Probe(socket, self.probes)
        if socket.upgraded or socket.upgrading:
            # Clients expect the websocket to open and close, not an HTTP error.
            self._switch(request, accept_key, probe, lambda ws: self.spawn(ws.close()))
        else:
            socket.upgrading = True
            self._switch(request, accept_key, probe, probe.begin)

    def _switch(
        self,
        request: web.Request,
        accept_key: str,
        owner: Owner,
        then: Callable[[WebSocket], object],
    ) -> None:
        websocket = WebSocket(owner, self.max_frame_bytes)
        assert request.transport is not None
        request.transport.write(switching_protocols(accept_key))
        take_over(request, websocket, then)

    async def _polled(self, socket: ChatSocket, request: web.Request) -> web.Response:
        if socket.upgraded:
            raise BadRequest("the session uses a websocket already")
        if request.method == "POST":
            await socket.polling.post(request)
            return web.Response(text="ok")
        if request.method != "GET":
            raise BadRequest("the method must be GET or POST")
        response = polling_answer(await socket.polling.get(request))
        if self.http_compression and (response.content_length or 0) >= self.compression_threshold:
            response.enable_compression()
        return response

    max_frame_bytes: int

    @abstractmethod
    async def begin(
        self, environ: Environ, transport: str, visit: Visitor | None = None
    ) -> ChatSocket:
        """Start a session and tell the application. Raises ``ChatError`` if it is refused."""

    @abstractmethod
    def opening(self, socket: ChatSocket, transport: str) -> Encoded:
        """The first packet of a session (OPEN)."""

    @abstractmethod
    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]: ...


# The headers that engineio's CORS headers are made of, and that a function of origins may ask for.
_CORS = {
    "Origin": "HTTP_ORIGIN",
    "Host": "HTTP_HOST",
    "Access-Control-Request-Headers": "HTTP_ACCESS_CONTROL_REQUEST_HEADERS",
}


def _takes_the_rest(socket: ChatSocket, request: web.Request) -> bool:
    """Whether the request fetches packets that were queued before its session ended."""
    fetches = request.method == "GET" and request.query["transport"] == "polling"
    return fetches and not socket.upgraded and len(socket.queue) > 0


def _cors_environ(head: Head) -> dict[str, str]:
    """The part of the WSGI environ from which engineio makes CORS headers. For most requests this
    is the method alone, because they do not come from a page."""
    environ = {"REQUEST_METHOD": head.method}
    for name, key in _CORS.items():
        if value := head.headers.get(name):
            environ[key] = value
    return environ
