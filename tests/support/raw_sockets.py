"""Clients that write Engine.IO and Socket.IO packets by hand, to send what no SDK would send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.support.client import PATIENCE, User
from tests.support.engine import RawSocket
from tests.support.node import Node

HANDSHAKE = "/socket.io/?EIO=4&transport="


class Raw(RawSocket):
    """The raw socket of the engine's tests, which here skips events that come in between."""

    async def ack(self) -> tuple[int, Any]:
        while True:
            packet = await self.receive()
            kind, _, rest = packet.partition(",")
            if kind.startswith("43"):
                number, _, args = rest.partition("[")
                return int(number), json.loads("[" + args)[0]
            assert kind.startswith("42"), packet


@asynccontextmanager
async def raw_socket(node: Node, **headers: str) -> AsyncIterator[Raw]:
    """A websocket that is not in a namespace yet."""
    async with aiohttp.ClientSession() as http:
        url = node.url + HANDSHAKE + "websocket"
        socket = Raw(await http.ws_connect(url, headers=headers, max_msg_size=2**24))
        socket.opening = json.loads((await socket.receive())[1:])
        yield socket
        await socket.ws.close()


@asynccontextmanager
async def raw_user(user: User, *namespaces: str, node: Node | None = None) -> AsyncIterator[Raw]:
    """A websocket of a user, in these namespaces (by default ``/rooms``)."""
    async with raw_socket(node or user.node) as socket:
        for namespace in namespaces or ("/rooms",):
            answer = await socket.connect(namespace, {"token": user.token})
            assert "sid" in answer, answer
        yield socket


async def handshake(node: Node, transport: str = "polling", **headers: str) -> tuple[int, Any]:
    """Make a session's first request by hand. Returns (status, the body of a refusal)."""
    async with aiohttp.ClientSession() as http:
        url = node.url + HANDSHAKE + transport
        async with http.get(url, headers=headers) as answer:
            body = await answer.text()
            return answer.status, json.loads(body) if answer.status >= 400 else body


async def closed(socket: Raw, within: float = PATIENCE) -> int | None:
    """Wait until the server has closed the socket, ignoring what comes before. Returns the close
    code."""
    async with asyncio.timeout(within):
        while True:
            message = await socket.ws.receive()
            if message.data == "2":
                await socket.send("3")
            elif message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
                return socket.ws.close_code
