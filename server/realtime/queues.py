"""Packets that a connection has sent and that are not handled yet."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextvars import copy_context
from time import perf_counter
from types import coroutine
from typing import Any, Generic, Protocol, TypeVar

import structlog

# The number of items of one connection that are handled before other connections have their turn.
HANDLING_STRIDE = 8
# The seconds that handlers may take in one turn of the event loop as long as none of them waits,
# and the number of connections between two looks at the clock.
HANDLING_SLICE, LOOK = 0.01, 8

log = structlog.get_logger(__name__)

Item = TypeVar("Item")


class Sender(Protocol):
    inbox: Any

    def go_on(self) -> None:
        """Read from the client again: its inbox has room."""


class Inbox(Generic[Item]):
    """The packets of one connection, handled one at a time, in order.

    A connection has an inbox only while it has packets. An exception in a handler is logged, and
    the next packet is handled. When the inbox is full, the code that fills it stops reading from
    the client until ``room`` returns or the sender's ``go_on`` is called.
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
        "_runs",
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
        # The number of runs that were passed by: only the latest one handles items.
        self._runs = 0

    def put(self, item: Item, size: int) -> bool:
        """Append an item of ``size`` bytes. Returns whether the inbox is full now. A closed inbox
        drops the item."""
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
        """Wait while the inbox is full."""
        if self._full and not self._closed:
            self._room = self._room or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._room)

    def close(self) -> None:
        """Drop the items that wait. The item that is being handled is handled to its end."""
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
        """Handle up to ``HANDLING_STRIDE`` items. The rest queue up again, behind other
        connections."""
        left, again, number = HANDLING_STRIDE, False, self._runs
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
                    log.exception("handling a packet failed")
                if self._runs != number:
                    return
            again = bool(self._items)
        finally:
            if self._runs == number:
                self._end_run(again)

    def pass_by(self) -> None:
        """Handle the next items, though the handler of the current one has not ended. It goes on,
        and what it returns is its own affair."""
        self._runs += 1
        self._end_run(bool(self._items))

    def _end_run(self, again: bool) -> None:
        if again:
            self._start(self)
        else:
            self._started = False
            self._sender.inbox = None


class Workers:
    """The tasks in which the items of all inboxes are handled.

    Handlers that do not wait share one task: a task for each would cost as much as reading a
    packet. A handler that has to wait keeps the task it runs in, and a new task handles the next
    inboxes.
    """

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]) -> None:
        self._spawn = spawn
        self._ready: deque[Inbox[Any]] = deque()
        # The task that handles the next inbox.
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
        until, left = perf_counter() + HANDLING_SLICE, LOOK
        try:
            # A cancelled task must not run the next handler, which would be cancelled with it.
            while self._ready and self._current is task and not task.cancelling():
                await self._run(self._ready.popleft().run())
                left -= 1
                if left:
                    continue
                left = LOOK
                if self._current is task and perf_counter() >= until:
                    await asyncio.sleep(0)
                    until = perf_counter() + HANDLING_SLICE
        finally:
            if self._current is task:
                self._go_on()

    @coroutine
    def _run(self, work: Coroutine[Any, Any, None]) -> Generator[Any, Any, None]:
        """Do ``await work`` in its own context. When ``work`` has to wait, another task goes on
        with the next inboxes."""
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
