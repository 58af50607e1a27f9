"""Raw HTTP connections from any loopback address, written byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from tests.support.client import PATIENCE
from tests.support.memory_clients import request

HOST = b"Host: chat.example\r\n"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["code"])


class Wire:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def answer(self, within: float = PATIENCE) -> Answer:
        async with asyncio.timeout(within):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.split("\r\n")[:-2]
            headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(first.split(" ")[1]), headers, body)

    async def ask(self, raw: bytes, within: float = PATIENCE) -> Answer:
        await self.say(raw)
        return await self.answer(within)

    async def is_closed(self, within: float = PATIENCE) -> bool:
        """Whether the server closes the connection within that time."""
        try:
            async with asyncio.timeout(within):
                while await self.reader.read(65536):
                    pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True

    async def is_open(self) -> bool:
        """Whether the server still answers a request."""
        try:
            return (await self.ask(get("/healthz"))).status == 200
        except (ConnectionError, EOFError):
            return False

    def close(self) -> None:
        self.writer.close()


def get(path: str, *headers: str, method: str = "GET") -> bytes:
    lines = "".join(f"{header}\r\n" for header in headers).encode()
    return f"{method} {path} HTTP/1.1\r\n".encode() + HOST + lines + b"\r\n"


def post(path: str, body: bytes, *headers: str) -> bytes:
    return get(path, f"Content-Length: {len(body)}", *headers, method="POST") + body


@contextlib.asynccontextmanager
async def wire(port: int, address: str = "127.0.0.1") -> AsyncIterator[Wire]:
    opened = await dial(port, address)
    try:
        yield opened
    finally:
        opened.close()


async def dial(port: int, address: str = "127.0.0.1") -> Wire:
    async with asyncio.timeout(PATIENCE):
        return Wire(*await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0)))


async def reaches(port: int, address: str, **_: Any) -> int:
    """The status of a request on a new connection; 0 if there is no answer."""
    try:
        async with wire(port, address) as opened:
            return (await opened.ask(get("/healthz"))).status
    except (ConnectionError, EOFError, TimeoutError):
        return 0


HALF = b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Slow: "


async def open_socket(port: int, address: str, stack: AsyncExitStack) -> bytes:
    """The first line of the answer to a websocket handshake."""
    opened = await stack.enter_async_context(wire(port, address))
    await opened.say(request())
    return await opened.reader.readline()
