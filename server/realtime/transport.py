"""Engine.IO on aiohttp: reading requests, building responses, taking over websockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from aiohttp import HttpVersion10, web

from server.kernel import refusals, wire
from server.kernel.errors import ChatError, PayloadTooLarge, UnsupportedMediaType
from server.realtime.heads import Head, Peer, is_coded
from server.realtime.limits import Visitor
from server.realtime.outgoing import Encoded
from server.realtime.websocket import WebSocket

# Engine.IO's separator between the packets of one body.
SEPARATOR = "\x1e"
CONTINUE = "100-continue"


class BadRequest(ChatError):
    code, status, default = "validation_failed", 400, "bad request"


def peer_address(peer: Peer) -> str:
    return peer.remote or ""


async def nobody_is_told(address: str) -> None:
    """Do nothing: a request for an unknown session is only refused."""


def head_of(request: web.Request) -> Head:
    return Head(request.method, request.path_qs, request.headers, request.remote)


def visit_of(request: web.Request) -> Visitor | None:
    """The connection as ``serve`` counts it; None if the application runs under another server."""
    return getattr(request.protocol, "visit", None)


def fault_of(request: web.BaseRequest) -> ChatError | None:
    """What is wrong with a request, judged by its head alone; None if nothing is."""
    if is_coded(request.headers):
        return UnsupportedMediaType("send the body without a coding")
    # aiohttp would answer with what was expected in the text, which cannot always be encoded.
    if request.headers.get("Expect", CONTINUE).lower() != CONTINUE:
        return BadRequest("nothing but 100-continue can be expected here")
    # HTTP 0.9 has no headers, and a line feed after its target would begin some.
    if request.version < HttpVersion10:
        return BadRequest("use HTTP/1.0 or HTTP/1.1")
    return None


def is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def refusal(error: ChatError) -> web.Response:
    """The response to a refused request. Engine.IO does not define its body, so the body has the
    same fields as the error in an ack."""
    # Unlike in acks, ``retry_after`` is always present: null if there is no time to wait.
    body = {"retry_after": None, **refusals.shown(error)}
    return web.Response(
        status=error.status,
        body=wire.encode(body),
        content_type="application/json",
        headers=refusals.headers(error),
    )


def polling_answer(packets: Iterable[Encoded]) -> web.Response:
    return web.Response(text=SEPARATOR.join(packet.text for packet in packets))


async def read_body(request: web.Request, limit: int, timeout: float) -> bytes:
    """The whole body. Raises ``PayloadTooLarge`` above ``limit`` bytes, and ``TimeoutError`` if it
    has not come within ``timeout`` seconds."""
    if (request.content_length or 0) > limit:
        raise PayloadTooLarge()
    parts = bytearray()
    async with asyncio.timeout(timeout):
        async for part in request.content.iter_any():
            parts += part
            if len(parts) > limit:
                raise PayloadTooLarge()
    return bytes(parts)


class Taken(web.StreamResponse):
    """The response of a handler that has taken the connection away from aiohttp."""

    prepared = True

    async def prepare(self, request: web.BaseRequest) -> None:
        """Do nothing: the response has been written to the connection already."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing, for the same reason as ``prepare``."""


def switching_protocols(accept_key: str) -> bytes:
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_key}\r\n\r\n"
    ).encode()


def take_over(
    request: web.Request, websocket: WebSocket, then: Callable[[WebSocket], object]
) -> None:
    """Turn the request's connection into a websocket. aiohttp frees everything it holds for the
    connection (20 KB each). ``then`` is called before anything is read from the websocket."""
    protocol, transport = request.protocol, request.transport
    assert transport is not None
    tail: bytes = protocol._message_tail
    protocol._message_tail = b""
    # ``connection_lost`` would close the protocol's transport, so the protocol must not have one.
    protocol.transport = None
    protocol.connection_lost(None)
    transport.set_protocol(websocket)
    websocket.connection_made(transport)
    then(websocket)
    if tail:
        websocket.data_received(tail)
