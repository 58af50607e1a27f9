"""Clients without a network: they exchange bytes with the server's protocol in memory."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from server.realtime import frames

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
PING = frames.build_frame(b"2")
# The most seconds that a client takes to answer a ping, as over a network.
ROUND_TRIP = 0.05


def request(target: str = "/socket.io/?EIO=4&transport=websocket", **headers: str) -> bytes:
    given = {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "keep-alive, Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"GET {target} HTTP/1.1", *(f"{k}: {v}" for k, v in given.items() if v)]
    return "\r\n".join([*lines, "", ""]).encode()


def frame(payload: bytes | str, first: int = 0x81, mask: bytes | None = b"\1\2\3\4") -> bytes:
    data = payload.encode() if isinstance(payload, str) else payload
    size = len(data)
    if size < 126:
        length = bytes([size])
    elif size < 1 << 16:
        length = b"\x7e" + size.to_bytes(2, "big")
    else:
        length = b"\x7f" + size.to_bytes(8, "big")
    if mask is None:
        return bytes([first]) + length + data
    return bytes([first, length[0] | 0x80]) + length[1:] + mask + frames.unmask(data, mask)


PONG = frame("3")


def packets(written: bytes) -> list[str]:
    """The payloads of the server's frames, each of at most 64 KiB."""
    found, at = [], 0
    while at < len(written):
        size, head = written[at + 1], 2
        if size == 126:
            size, head = int.from_bytes(written[at + 2 : at + 4], "big"), 4
        found.append(written[at + head : at + head + size].decode())
        at += head + size
    return found


class MemoryConnection(asyncio.Transport):
    """A connection in memory whose peer reads everything at once."""

    __slots__ = ("_closing", "protocol")

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__({"peername": ("192.0.2.1", 1)})
        self._closing = False
        self.protocol: Any = protocol
        protocol.connection_made(self)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def write(self, data: Any) -> None:
        assert data

    def can_write_eof(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        """Do nothing: bytes that were on their way still come."""

    resume_reading = pause_reading

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    abort = close


class MemoryClient(MemoryConnection):
    """A websocket that connects to a namespace, answers pings, and keeps what is written to it."""

    __slots__ = ("written",)

    def __init__(self, protocol: asyncio.Protocol, connect: str) -> None:
        self.written: list[bytes] = []
        super().__init__(protocol)
        self.protocol.data_received(request())
        self.say(connect)

    def say(self, packet: str) -> None:
        self.send(frame(packet))

    def send(self, data: bytes) -> None:
        if not self.is_closing():
            self.protocol.data_received(data)

    def write(self, data: Any) -> None:
        self.written.append(data)
        if PING in data:
            wait = random.uniform(0, ROUND_TRIP)
            asyncio.get_running_loop().call_later(wait, self.send, PONG)
