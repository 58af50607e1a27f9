"""A client that writes the websocket protocol byte by byte, valid or not."""

from __future__ import annotations

import asyncio
import struct
from typing import Self

from tests.support.engine import Served, soon
from tests.support.memory_clients import frame, request

ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


class Wire:
    """A TCP connection that can send frames of any kind."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def dial(cls, served: Served) -> Self:
        return cls(*await asyncio.open_connection("127.0.0.1", served.port))

    @classmethod
    async def open_transport(cls, served: Served) -> Self:
        """Open a websocket that is not in a namespace."""
        wire = await cls.dial(served)
        wire.send(request())
        head = await wire.head()
        assert head.startswith("HTTP/1.1 101 ") and f"Sec-WebSocket-Accept: {ACCEPT}" in head
        assert (await wire.frame())[1].startswith(b"0{")
        return wire

    @classmethod
    async def open(cls, served: Served) -> Self:
        """Open a websocket and connect to the namespace."""
        wire = await cls.open_transport(served)
        wire.send(frame(b"40/rooms,"))
        assert (await wire.frame())[1].startswith(b"40/rooms,")
        return wire

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def head(self) -> str:
        return (await soon(self._reader.readuntil(b"\r\n\r\n"))).decode()

    async def frame(self) -> tuple[int, bytes]:
        """(first byte, payload)"""
        first, size = await soon(self._reader.readexactly(2))
        assert size < 128, "a server's frame is not masked"
        if size == 126:
            (size,) = struct.unpack("!H", await soon(self._reader.readexactly(2)))
        elif size == 127:
            (size,) = struct.unpack("!Q", await soon(self._reader.readexactly(8)))
        return first, await soon(self._reader.readexactly(size))

    async def answered(self) -> bool:
        """Whether the next frame is the ack of the event with id 7."""
        return (await self.frame())[1].startswith(b"43/rooms,7[")

    async def closed(self) -> int | None:
        """Wait for the close frame, which must be the last. Returns its code."""
        while (got := await self.frame())[0] != 0x88:
            pass
        self._writer.close()
        return struct.unpack("!H", got[1][:2])[0] if got[1] else None

    async def end(self) -> bytes:
        return await soon(self._reader.read())

    def close(self) -> None:
        self._writer.close()
