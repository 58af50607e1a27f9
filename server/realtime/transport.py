"""Engine.IO on aiohttp: requests, answers, and the websocket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.http_websocket import WebSocketError
from engineio.async_drivers import aiohttp as driver
from engineio.packet import Packet
from engineio.payload import Payload

from server import wire
from server.errors import ChatError, PayloadTooLarge
from server.realtime.packets import BadPacket

# How long a client may take to answer our close frame, or to take in what was sent before it.
CLOSE_TIMEOUT = 1.0


class BadRequest(ChatError):
    code, status, default = "validation_failed", 400, "bad request"


def peer_address(request: web.Request) -> str:
    return request.remote or ""


def is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def is_websocket(request: web.Request) -> bool:
    return request.headers.get("Upgrade", "").strip().lower() == "websocket"


def refusal(error: ChatError) -> web.Response:
    """A refused request: Engine.IO leaves the body open, so it is as our acks have it."""
    body = {"code": error.code, "message": error.message, "retry_after": error.retry_after}
    response = web.Response(
        status=error.status, body=wire.encode(body), content_type="application/json"
    )
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def polling_answer(packets: Iterable[Packet]) -> web.Response:
    return web.Response(text=Payload(packets=list(packets)).encode())


async def read_body(request: web.Request, limit: int, timeout: float) -> bytes:
    """The whole body, in however many segments it comes."""
    if (request.content_length or 0) > limit:
        raise PayloadTooLarge()
    parts = bytearray()
    async with asyncio.timeout(timeout):
        async for part in request.content.iter_any():
            parts += part
            if len(parts) > limit:
                raise PayloadTooLarge()
    return bytes(parts)


class ChatWebSocket(driver.WebSocket):
    """One websocket, text only and uncompressed: permessage-deflate costs 80 KB a connection,
    and milliseconds of the event loop for each hostile frame."""

    async def __call__(self, environ: dict[str, Any]) -> web.StreamResponse:
        self._request: web.Request = environ["aiohttp.request"]
        self._sock = web.WebSocketResponse(
            compress=False, max_msg_size=self.server.max_frame_bytes, timeout=CLOSE_TIMEOUT
        )
        await self._sock.prepare(self._request)
        await self.handler(self)
        return self._sock

    async def wait(self) -> str | None:
        """The next text, or None when the websocket has closed."""
        message = await self._sock.receive()
        if message.type is WSMsgType.TEXT:
            return message.data
        if message.type is WSMsgType.BINARY:
            raise BadPacket("a binary frame")
        if message.type is WSMsgType.ERROR and isinstance(message.data, WebSocketError):
            # aiohttp has closed it already, with the code that fits.
            raise BadPacket(f"a websocket error, {int(message.data.code)}")
        return None

    async def send(self, message: str) -> None:
        await self._sock.send_str(message)

    async def close(self, code: int = WSCloseCode.OK) -> None:
        transport = self._request.transport
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._sock.close(code=code)
        except (TimeoutError, ConnectionError):
            self.abort()
        if transport is not None and transport.get_write_buffer_size():
            # A client that reads nothing would keep what is left in the buffer for ever.
            asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, transport.abort)

    def abort(self) -> None:
        """Close the connection without waiting for what is still to be written."""
        if self._request.transport is not None:
            self._request.transport.abort()
