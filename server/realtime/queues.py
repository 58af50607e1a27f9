"""What a connection sent us, and is not handled yet."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextvars import copy_context
from time import perf_counter
from types import coroutine
from typing import Any, Generic, Protocol, TypeVar

import structlog

# Items of one connection that are handled before others have their turn.
STRIDE = 8
# Seconds of a turn of the event loop for handlers that wait for nothing, and how many connections
# there are between two looks at the clock.
SLICE, LOOK = 0.01, 8

log = structlog.get_logger(__name__)

Item = TypeVar("Item")


class Sender(Protocol):
    inbox: Any

    def go_on(self) -> None:
        """There is room again for what the client sends."""


class Inbox(Generic[Item]):
    """A connection's packets, handled one at a time and in order.

    It lives only while there are any. Who fills it holds back the client when it is
    full, until ``room``, of which the sender's ``go_on`` tells as well.
    """

    __slots__ = (
        "_bytes",
        "_closed",
        "_full",
        "_handle",
        "_items",
        "_max_bytes",
        "_max_items",
        "_room",
        "_sender",
        "_start",
        "_started",
    )

    def __init__(
        self,
        sender: Sender,
        handle: Callable[[Any, Item], Awaitable[None]],
        start: Callable[[Inbox[Any]], None],
        max_items: int,
        max_bytes: int,
    ) -> None:
        self._sender = sender
        self._handle = handle
        self._start = start
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._full = False
        self._room: asyncio.Future[None] | None = None
        self._started = self._closed = False

    def put(self, item: Item, size: int) -> bool:
        """Whether it is full now."""
        if self._closed:
            return False
        self._items.append((item, size))
        self._bytes += size
        if not self._started:
            self._started = True
            self._start(self)
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

    async def run(self) -> None:
        """Handles a few, and lines up again for the rest, behind others."""
        left, again = STRIDE, False
        try:
            while self._items and left:
                left -= 1
                item, size = self._items.popleft()
                self._bytes -= size
                if self._full:
                    self._tell_room()
                try:
                    await self._handle(self._sender, item)
                except Exception:
                    log.exception("packet failed")
            again = bool(self._items)
        finally:
            if again:
                self._start(self)
            else:
                self._started = False
                self._sender.inbox = None


class Workers:
    """The tasks in which inboxes are emptied.

    Handlers that wait for nothing share one: a task for each would cost as much as reading a
    packet does. One that has to wait keeps the task, and the next inboxes get another.
    """

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]) -> None:
        self._spawn = spawn
        self._ready: deque[Inbox[Any]] = deque()
        # The one that takes the next inbox.
        self._current: asyncio.Task[None] | None = None

    def add_inbox(self, inbox: Inbox[Any]) -> None:
        self._ready.append(inbox)
        if self._current is None or self._current.done():
            self._go_on()

    def _go_on(self) -> None:
        self._current = self._spawn(self._work()) if self._ready else None

    async def _work(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        until, left = perf_counter() + SLICE, LOOK
        try:
            # A task that was told to end is no place for the next handler.
            while self._ready and self._current is task and not task.cancelling():
                await self._run(self._ready.popleft().run())
                left -= 1
                if left:
                    continue
                left = LOOK
                if self._current is task and perf_counter() >= until:
                    await asyncio.sleep(0)
                    until = perf_counter() + SLICE
        finally:
            if self._current is task:
                self._go_on()

    @coroutine
    def _run(self, work: Coroutine[Any, Any, None]) -> Generator[Any, Any, None]:
        """``await work``, in a context of its own; the next inboxes do not wait for it."""
        context = copy_context()
        try:
            waiting_for = context.run(work.send, None)
        except StopIteration:
            return
        self._go_on()
        try:
            while True:
                try:
                    answer = yield waiting_for
                except BaseException as error:
                    waiting_for = context.run(work.throw, error)
                else:
                    waiting_for = context.run(work.send, answer)
        except StopIteration:
            return
