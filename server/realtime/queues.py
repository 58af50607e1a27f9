"""The two bounded queues of a connection: what it sent us, and what waits to be sent to it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

import structlog
from engineio.packet import Packet

log = structlog.get_logger(__name__)

Item = TypeVar("Item")


class Outbox:
    """Engine.IO packets in the order in which they go out."""

    def __init__(self, max_bytes: int, max_packets: int) -> None:
        self._max_bytes = max_bytes
        self._max_packets = max_packets
        self._packets: deque[tuple[Packet, int]] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._packets)

    def put(self, packet: Packet) -> bool:
        """False, and the packet is not taken, when the queue is full.

        One packet of any size finds room in an empty queue: it is the client's reading that is
        judged, not what it is sent.
        """
        text: str = packet.encode()
        size = len(text) if text.isascii() else len(text.encode())
        too_much = self._bytes + size > self._max_bytes or len(self) >= self._max_packets
        if self._packets and too_much:
            return False
        self._packets.append((packet, size))
        self._bytes += size
        return True

    def first(self) -> Packet | None:
        return self._packets[0][0] if self._packets else None

    def pop(self) -> Packet:
        packet, size = self._packets.popleft()
        self._bytes -= size
        return packet

    def clear(self) -> None:
        self._packets.clear()
        self._bytes = 0


class Inbox(Generic[Item]):
    """A connection's packets, handled one at a time and in order.

    The task that handles them lives only while there are any. ``put`` waits while the queue is
    full, which holds back the reader, and so in the end the client.
    """

    def __init__(
        self,
        handle: Callable[[Item], Awaitable[None]],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        max_items: int,
        max_bytes: int,
    ) -> None:
        self._handle = handle
        self._spawn = spawn
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._room = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def put(self, item: Item, size: int) -> None:
        while self._is_full() and not self._closed:
            self._room.clear()
            await self._room.wait()
        if self._closed:
            return
        self._items.append((item, size))
        self._bytes += size
        if self._task is None:
            self._task = self._spawn(self._run())

    def close(self) -> None:
        """What waits is dropped; what is being handled goes on to its end."""
        self._closed = True
        self._items.clear()
        self._room.set()

    def _is_full(self) -> bool:
        return len(self._items) >= self._max_items or self._bytes >= self._max_bytes

    async def _run(self) -> None:
        try:
            while self._items:
                item, size = self._items.popleft()
                self._bytes -= size
                self._room.set()
                try:
                    await self._handle(item)
                except Exception:
                    log.exception("packet failed")
        finally:
            self._task = None
