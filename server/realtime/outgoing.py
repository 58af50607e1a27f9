"""Outgoing packets: encoded once, queued for slow readers, merged into one write for fast ones."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections import deque
from collections.abc import Iterable
from time import perf_counter
from typing import Protocol

from server.realtime import frames
from server.realtime.websocket import WebSocket

# The most seconds that writing may take in one turn of the event loop.
WRITING_SLICE = 0.004
# Packets are merged into one write up to this many bytes. Then they are written, which shows
# whether the client still reads.
MOST_MERGED = 64 * 1024
# The number of sockets written to between two looks at the clock.
WRITING_STRIDE = 64


class Encoded:
    """One Engine.IO packet, encoded once for all recipients: as a frame for websockets, as text
    for polling.

    Volatile packets are the first to be dropped when a client reads too slowly.
    """

    __slots__ = ("frame", "volatile")

    # How many packets this is in a polling response.
    count: int = 1

    def __init__(self, frame: bytes, volatile: bool = False) -> None:
        self.frame = frame
        self.volatile = volatile

    @classmethod
    def of(cls, packet: str | bytes, volatile: bool = False) -> Encoded:
        if isinstance(packet, bytes):
            return cls(frames.build_frame(packet, frames.BINARY), volatile)
        return cls(frames.build_frame(packet.encode()), volatile)

    @property
    def text(self) -> str:
        """The packet as text, for the body of a polling response."""
        payload = frames.payload(self.frame)
        if self.frame[0] & frames.OPCODE == frames.BINARY:
            return "b" + b64encode(payload).decode()
        return payload.decode()


class Total:
    """The bytes that are queued for all clients of the node together."""

    __slots__ = ("bytes",)

    def __init__(self) -> None:
        self.bytes = 0


class Backlog:
    """The packets that one client has not read yet, in order, within limits."""

    __slots__ = ("_bytes", "_max_bytes", "_max_packets", "_packets", "_total")

    def __init__(self, max_bytes: int, max_packets: int, total: Total) -> None:
        self._total = total
        self._max_bytes = max_bytes
        self._max_packets = max_packets
        self._packets: deque[Encoded] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._packets)

    @property
    def bytes(self) -> int:
        return self._bytes

    def put(self, packet: Encoded) -> bool:
        """Queue a packet. If there is no room, volatile packets are dropped, without an error.

        Returns False, and does not queue the packet, if a packet that must arrive still has no
        room. An empty backlog takes a packet of any size: a client is judged by how it reads, not
        by the size of what it is sent.
        """
        size = len(packet.frame)
        if self._packets and not self._fits(size):
            if packet.volatile:
                return True
            self._drop_volatile()
            if self._packets and not self._fits(size):
                return False
        self._packets.append(packet)
        self._count(size)
        return True

    @property
    def first(self) -> Encoded:
        return self._packets[0]

    def pop(self) -> Encoded:
        packet = self._packets.popleft()
        self._count(-len(packet.frame))
        return packet

    def clear(self) -> None:
        self._packets.clear()
        self._count(-self._bytes)

    def _count(self, size: int) -> None:
        self._bytes += size
        self._total.bytes += size

    def _fits(self, size: int) -> bool:
        return self._bytes + size <= self._max_bytes and len(self) < self._max_packets

    def _drop_volatile(self) -> None:
        kept = [packet for packet in self._packets if not packet.volatile]
        self._packets = deque(kept)
        self._count(sum(len(packet.frame) for packet in kept) - self._bytes)


class Writable(Protocol):
    """The part of ``Outlet`` that ``Writes`` uses."""

    pending: bytes | None
    writable: bool
    websocket: WebSocket | None

    def post(self, packet: Encoded) -> None: ...
    def keep(self, packet: Encoded) -> None: ...
    def flush(self) -> None: ...


class Writes:
    """Merges the packets that one socket gets in one turn of the event loop into one write.

    The packets of a socket stay in order. ``Outlet.pending`` holds them until they are written.
    Sockets whose pending bytes are the same object share the result of a concatenation. If the
    writes of a turn take too long, the rest follow in the next turn.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dirty: deque[Writable] = deque()
        self._scheduled = False
        # The number of writes so far, each of one packet or more.
        self.count = 0

    def add_write(self, socket: Writable, packet: Encoded) -> None:
        frame = packet.frame
        pending = socket.pending
        if pending is None:
            socket.pending = frame
            self._dirty.append(socket)
            if not self._scheduled:
                self._schedule()
        elif len(pending) < MOST_MERGED:
            socket.pending = pending + frame
        else:
            socket.flush()
            socket.post(packet)

    def add_to_all(self, sockets: Iterable[Writable], packet: Encoded) -> None:
        """Send the same packet to each socket. Sockets that are not writable now queue it."""
        frame, dirty = packet.frame, self._dirty
        add = dirty.append
        # The pending bytes of the last socket before and after this packet was appended. Sockets
        # with the same bytes before share the bytes after.
        before = after = None
        for socket in sockets:
            if not socket.writable:
                socket.keep(packet)
                continue
            pending = socket.pending
            if pending is None:
                socket.pending = frame
                add(socket)
            elif len(pending) >= MOST_MERGED:
                self.add_write(socket, packet)
            elif pending is before:
                assert after is not None
                socket.pending = after
            else:
                before, after = pending, pending + frame
                socket.pending = after
        if dirty and not self._scheduled:
            self._schedule()

    def _schedule(self) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._scheduled = True
        self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        dirty = self._dirty
        until = perf_counter() + WRITING_SLICE
        while dirty:
            for _ in range(min(WRITING_STRIDE, len(dirty))):
                socket = dirty.popleft()
                pending, websocket = socket.pending, socket.websocket
                socket.pending = None
                if pending is not None and websocket is not None:
                    write = websocket.write
                    write(pending)
                self.count += 1
            if perf_counter() >= until:
                break
        if dirty and not self._scheduled:
            self._schedule()
