"""What a connection sent us, and is not handled yet."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, Protocol, TypeVar

import structlog

log = structlog.get_logger(__name__)

Item = TypeVar("Item")


class Sender(Protocol):
    inbox: Any

    def go_on(self) -> None:
        """There is room again for what the client sends."""


class Inbox(Generic[Item]):
    """A connection's packets, handled one at a time and in order.

    It and its task live only while there are any. Who fills it holds back the client when it is
    full, until ``room``, of which the sender's ``go_on`` tells as well.
    """

    def __init__(
        self,
        sender: Sender,
        handle: Callable[[Item], Awaitable[None]],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        max_items: int,
        max_bytes: int,
    ) -> None:
        self._sender = sender
        self._handle = handle
        self._spawn = spawn
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._full = False
        self._room: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def put(self, item: Item, size: int) -> bool:
        """Whether it is full now."""
        if self._closed:
            return False
        self._items.append((item, size))
        self._bytes += size
        if self._task is None:
            self._task = self._spawn(self._run())
        self._full = len(self._items) >= self._max_items or self._bytes >= self._max_bytes
        return self._full

    async def room(self) -> None:
        """Waits while it is full."""
        if self._full and not self._closed:
            self._room = self._room or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._room)

    def close(self) -> None:
        """What waits is dropped; what is being handled goes on to its end."""
        self._closed = True
        self._items.clear()
        self._tell_room()

    def _tell_room(self) -> None:
        self._full = False
        if self._room is not None:
            self._room.set_result(None)
            self._room = None
        self._sender.go_on()

    async def _run(self) -> None:
        try:
            while self._items:
                item, size = self._items.popleft()
                self._bytes -= size
                if self._full:
                    self._tell_room()
                try:
                    await self._handle(item)
                except Exception:
                    log.exception("packet failed")
        finally:
            self._task = self._sender.inbox = None
