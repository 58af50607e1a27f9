"""The HTTP edge: turns routes into aiohttp handlers, and errors into problem+json."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from server.config import Settings
from server.edge.addresses import ClientAddresses
from server.edge.arguments import bearer, needs_token, parameters, path_value, read_json
from server.edge.budget import Budget
from server.edge.headers import Headers
from server.edge.origins import Origins
from server.edge.problems import NOT_HTTP, refuse
from server.edge.uploads import MultipartUpload
from server.kernel import caller, wire
from server.kernel.caller import Caller, Identity
from server.kernel.errors import (
    ChatError,
    Unauthenticated,
)
from server.kernel.ids import new_id
from server.kernel.limits import Limiter
from server.kernel.routes import Cookie, Origin, Reply, Route
from server.kernel.timeouts import run_to_end
from server.kernel.turns import UserTurns

log = structlog.get_logger("http")


class _OursOnly(logging.Filter):
    """Drops log records about mistakes of clients, which aiohttp logs with a traceback and the
    request line."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], NOT_HTTP))


# The logger for aiohttp's own handling of connections.
protocol_log = logging.getLogger("server.http.protocol")
protocol_log.addFilter(_OursOnly())

PREFIX = "/api/v1"
# The paths that pages of other origins may use.
SHARED = ("/api/", "/media/", "/avatars/")
EXPOSED = "Retry-After, X-Request-Id, Content-Range, ETag"
REQUEST_ID = web.RequestKey("request_id", str)


class HttpAuthenticator(Protocol):
    """The identity behind an access token. Raises ``TokenExpired``, ``Unauthenticated`` or
    ``Unavailable``."""

    async def authenticate(self, token: str) -> Identity: ...


class HttpEdge:
    """Everything between aiohttp and the routes of the services."""

    def __init__(
        self,
        settings: Settings,
        auth: HttpAuthenticator,
        limiter: Limiter,
        turns: UserTurns,
        origins: Origins,
        addresses: ClientAddresses,
    ) -> None:
        self._settings = settings
        self._auth = auth
        self._origins = origins
        self._addresses = addresses
        self._limiter = limiter
        self._budget = Budget(limiter, settings.limits, turns)
        self._headers = Headers(settings)
        # Handlers that have their own deadlines.
        self._patient: set[Handler] = set()

    def mount(self, app: web.Application, routes: Iterable[Route]) -> None:
        for route in routes:
            path, handler = PREFIX + route.path, self._handler(route)
            if "upload" in parameters(route.handler):
                self._patient.add(handler)
            app.router.add_route(route.method, path, handler)
            if route.method == "GET":
                # aiohttp itself leaves out the body of an answer to HEAD.
                app.router.add_route("HEAD", path, handler)

    def _handler(self, route: Route) -> Handler:
        wants = parameters(route.handler)

        async def handle(request: web.Request) -> web.StreamResponse:
            given = await self._arguments(request, route, wants)
            # _answer enforces the deadline of the whole request.
            async with self._budget.turn(given.values()):
                answer = await run_to_end(route.handler(**given))
                return self._response(request, route, answer)

        return handle

    async def _arguments(
        self, request: web.Request, route: Route, wants: Mapping[str, Any]
    ) -> dict[str, Any]:
        identity = await self._identify(request) if needs_token(route, request) else None
        await self._budget.count(route, identity, self.address(request))
        given: dict[str, Any] = {}
        # A call that takes no query refuses one, rather than ignore it silently.
        if "query" not in wants:
            wire.query(request.query, wire.Nothing)
        if not {"body", "upload"} & wants.keys() and request.can_read_body:
            wire.convert(await read_json(request), wire.Nothing)
        for name, kind in wants.items():
            if name == "identity":
                given[name] = identity
            elif name == "origin":
                given[name] = self._origin(request)
            elif name == "upload":
                most = self._settings.limits.max_upload_bytes
                given[name] = MultipartUpload(request, most)
            elif name == "query":
                given[name] = wire.query(request.query, kind)
            elif name == "body":
                given[name] = wire.convert(await read_json(request), kind)
            else:
                given[name] = path_value(name, request.match_info[name], kind)
        if identity:
            self._budget.spend(identity, given.values())
        return given

    async def _identify(self, request: web.Request) -> Identity:
        token = bearer(request)
        if token is None:
            raise Unauthenticated()
        identity = await self._auth.authenticate(token)
        caller.identified(identity.user_id, identity.session_id)
        return identity

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """Completes every answer before its headers are written."""
        self._headers.finish(request, response)

    def refuse(self, request: web.Request, error: ChatError) -> web.StreamResponse:
        """Answers a request that the listening server does not pass on to a handler."""
        request_id = new_id()
        response = refuse(error, request_id)
        response.headers["X-Request-Id"] = request_id
        return self.cors(request, response)

    def address(self, request: web.Request) -> str:
        """The client's address: that of the peer, or behind trusted proxies the nearest address
        that is not a trusted proxy."""
        return self._addresses.address_of(request)

    def _origin(self, request: web.Request) -> Origin:
        origin = request.headers.get("Origin")
        trusted = origin is None or self._origins.is_named(origin, request.headers.get("Host"))
        return Origin(self.address(request), trusted, request.cookies, bearer(request))

    def _response(self, request: web.Request, route: Route, answer: Any) -> web.Response:
        reply = answer if isinstance(answer, Reply) else Reply(answer, route.status)
        if reply.body is None:
            response = web.Response(status=204 if reply.status == 200 else reply.status)
        else:
            body = wire.encode(reply.body)
            self._budget.charge_answer(len(body))
            response = web.Response(status=reply.status, body=body, content_type="application/json")
        for cookie in reply.cookies:
            self._set_cookie(request, response, cookie)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _set_cookie(self, request: web.Request, response: web.Response, cookie: Cookie) -> None:
        public = self._settings.public_url.startswith("https:")
        secure = public or self._headers.came_over_https(request)
        response.set_cookie(
            cookie.name,
            cookie.value or "",
            path=cookie.path,
            max_age=cookie.max_age if cookie.value else 0,
            httponly=True,
            samesite="Strict",
            secure=secure,
        )

    @property
    def middlewares(self) -> list[Middleware]:
        return [self._answer]

    @web.middleware
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Runs an API handler with a request id and a deadline, adds CORS headers, and turns every
        error into an answer."""
        request_id = new_id()
        request[REQUEST_ID] = request_id
        if not request.path.startswith(SHARED):
            return await self._plain(request, handler, request_id)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return self.cors(request, web.Response(status=204))
        if not request.path.startswith("/api/"):
            response = await self._plain(request, handler, request_id)
            return response if response.prepared else self.cors(request, response)
        with (
            structlog.contextvars.bound_contextvars(request_id=request_id),
            caller.calling(Caller(self.address(request))),
        ):
            try:
                async with asyncio.timeout(self._deadline(request)):
                    response = await handler(request)
            except Exception as error:
                response = refuse(await self._counted(request, error), request_id)
        response.headers["X-Request-Id"] = request_id
        return self.cors(request, response)

    def _deadline(self, request: web.Request) -> float | None:
        if request.match_info.handler in self._patient or not self._settings.rate_limits:
            return None
        return self._settings.limits.handler_timeout

    async def _plain(
        self, request: web.Request, handler: Handler, request_id: str
    ) -> web.StreamResponse:
        """Runs a handler outside the API (socket.io, pages, probes). Only its errors are turned
        into answers."""
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return refuse(await self._counted(request, error), request_id)
        except ChatError as error:
            return refuse(await self._counted(request, error), request_id)

    async def _counted(self, request: web.Request, error: Exception) -> Exception:
        """Returns the error to answer with. If an address has tried too many invalid tokens and
        paths, it is ``RateLimited``, so that the answers no longer show which ones exist. Requests
        with a valid token are still served."""
        if isinstance(error, web.HTTPNotFound) or getattr(error, "is_probe", False):
            try:
                rate = self._settings.limits.probes
                await self._limiter.take_tokens("probes", self.address(request), rate)
            except ChatError as refused:
                return refused
        return error

    def cors(self, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
        """Lets pages of the allowed origins read the answer."""
        origin = request.headers.get("Origin")
        if origin is None:
            return response
        response.headers["Vary"] = "Origin"
        host = request.headers.get("Host")
        if self._origins.allows(origin, host):
            response.headers["Access-Control-Allow-Origin"] = origin
            # Cookies are allowed only for origins that are listed by name, never for a "*".
            if self._origins.is_named(origin, host):
                response.headers["Access-Control-Allow-Credentials"] = "true"
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Range"
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
            response.headers["Access-Control-Max-Age"] = "600"
        return response
