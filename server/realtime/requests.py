"""Engine.IO's HTTP side: which request may pass, and where it goes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import engineio
from aiohttp import web
from engineio.async_drivers import aiohttp as driver

from server.errors import ChatError, Forbidden
from server.realtime.sockets import ChatSocket
from server.realtime.stats import Stats
from server.realtime.transport import (
    BadRequest,
    ChatWebSocket,
    is_websocket,
    polling_answer,
    refusal,
)


class RequestServer(engineio.AsyncServer):
    """The stock server with its request handling replaced."""

    sockets: dict[str, ChatSocket]

    def __init__(
        self, *, stats: Stats, address: Callable[[web.Request], str], **options: Any
    ) -> None:
        super().__init__(async_mode="aiohttp", **options)
        self._async: dict[str, Any] = {**driver._async, "websocket": ChatWebSocket}
        self.stats = stats
        self._address = address

    def attach(self, app: web.Application, engineio_path: str = "engine.io") -> None:
        path = f"/{engineio_path.strip('/')}"
        for route in (path, f"{path}/"):
            app.router.add_route("*", route, self.handle_request)

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        environ: dict[str, Any] = self._async["translate_request"](request)
        environ["REMOTE_ADDR"] = self._address(request)
        try:
            self._check_origin(request)
            response = await self._answer(request, environ)
        except ChatError as error:
            response = refusal(error)
        if not response.prepared:
            response.headers.update(dict(self._cors_headers(environ)))
            response.headers.update({"Vary": "Origin", "Cache-Control": "no-store"})
        return response

    def _check_origin(self, request: web.Request) -> None:
        """Browsers name the page's origin; others, which name none, have no cookies to misuse."""
        origin = request.headers.get("Origin")
        allowed = self.cors_allowed_origins
        if origin is not None and allowed != "*" and origin not in allowed:
            self.stats.refused += 1
            raise Forbidden("this origin may not connect")

    async def _answer(self, request: web.Request, environ: dict[str, Any]) -> web.StreamResponse:
        if request.method == "OPTIONS":
            return web.Response(status=204)
        query, transport = request.query, request.query.get("transport", "")
        if transport not in self.transports or query.get("EIO") != "4" or "j" in query:
            raise BadRequest("EIO=4 by polling or websocket, without JSONP")
        if transport == "websocket" and not (request.method == "GET" and is_websocket(request)):
            raise BadRequest("not a websocket")
        if "sid" not in query:
            return await self._handshake(request, environ, transport)
        socket: ChatSocket | None = self.sockets.get(query["sid"])
        if socket is None or not socket.connected:
            raise BadRequest("unknown session")
        if socket.closing and not _takes_the_rest(socket, request):
            raise BadRequest("unknown session")
        if transport == "websocket":
            return await socket.upgrade(environ)
        return await self._polled(socket, request)

    async def _polled(self, socket: ChatSocket, request: web.Request) -> web.Response:
        if socket.upgraded:
            raise BadRequest("the session uses a websocket")
        if request.method == "POST":
            await socket.polling.post(request)
            return web.Response(text="ok")
        if request.method != "GET":
            raise BadRequest("GET or POST")
        response = polling_answer(await socket.polling.get(request))
        if self.http_compression and (response.content_length or 0) >= self.compression_threshold:
            response.enable_compression()
        return response

    @abstractmethod
    async def _handshake(
        self, request: web.Request, environ: dict[str, Any], transport: str
    ) -> web.StreamResponse:
        """Begin a session, or refuse it."""


def _takes_the_rest(socket: ChatSocket, request: web.Request) -> bool:
    """What was queued for a poller before its session ended may still be fetched."""
    fetches = request.method == "GET" and not is_websocket(request)
    return fetches and not socket.upgraded and len(socket.queue) > 0
