"""A session's outgoing side: packets go to its websocket at once, or wait until it takes them."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Protocol

from server.kernel.timeouts import came_in_time
from server.realtime.deadlines import Deadlines
from server.realtime.outgoing import Backlog, Encoded, Writes
from server.realtime.polling import Polling
from server.realtime.websocket import WebSocket


class OutletEngine(Protocol):
    """The part of ``ChatEngine`` that an outlet uses."""

    flush_timeout: float

    @property
    def writes(self) -> Writes: ...

    @property
    def stalls(self) -> Deadlines[Outlet]: ...

    def create_queue(self) -> Backlog: ...
    def spare_memory(self) -> None: ...


class Outlet(ABC):
    """The outgoing side of a session.

    Packets are sent at most once, in the order in which they were posted, also when the session
    moves from polling to a websocket. A client that leaves too much unread is disconnected: no
    packet is skipped, except volatile ones.
    """

    __slots__ = (
        "__weakref__",
        "_backlog",
        "_room",
        "closing",
        "pending",
        "server",
        "websocket",
        "writable",
    )

    def __init__(self, server: OutletEngine) -> None:
        self.server = server
        # True once the session ends: nothing more is queued.
        self.closing = False
        # True while the websocket can be written to. ``pending`` is written in this turn.
        self.writable = False
        self.pending: bytes | None = None
        self.websocket: WebSocket | None = None
        self._backlog: Backlog | None = None
        self._room: asyncio.Future[None] | None = None

    @property
    @abstractmethod
    def polling(self) -> Polling: ...

    @abstractmethod
    def cut_slow(self) -> None:
        """Disconnect the client: it has left too much unread."""

    @property
    def backlog_bytes(self) -> int:
        return 0 if self._backlog is None else self._backlog.bytes

    @property
    def queue(self) -> Backlog:
        if self._backlog is None:
            self._backlog = self.server.create_queue()
        return self._backlog

    def post(self, packet: Encoded) -> None:
        """Send a packet, or queue it if the client does not read. A client that leaves too much
        unread is disconnected."""
        if self.writable:
            self.server.writes.add_write(self, packet)
        else:
            self.keep(packet)

    def keep(self, packet: Encoded) -> None:
        """Queue a packet until the client reads it."""
        if self.closing:
            return
        if not self.queue.put(packet):
            self.cut_slow()
            return
        if self.websocket is None:
            self.polling.wake()
        self.server.spare_memory()

    def flush(self) -> None:
        """Write the pending packets now, before the end of the turn."""
        pending, self.pending = self.pending, None
        if pending is not None and self.websocket is not None:
            self.websocket.write(pending)

    def paused(self) -> None:
        self.writable = False
        self.server.stalls.start(self)

    def resumed(self) -> None:
        self.server.stalls.stop(self)
        self._drain()

    def _drain(self) -> None:
        """Write the queued packets, before any new ones, as long as the client reads."""
        websocket, backlog = self.websocket, self._backlog
        assert websocket is not None
        self.writable = True
        self.flush()
        while backlog and self.writable:
            websocket.write(backlog.pop().frame)
        if self.writable:
            self._backlog = None
            self.writable = not self.closing
            if self._room is not None and not self._room.done():
                self._room.set_result(None)

    async def emptied(self) -> bool:
        """Wait up to ``flush_timeout`` seconds. Returns whether all queued packets are written."""
        if not self._backlog:
            return True
        self._room = asyncio.get_running_loop().create_future()
        return await came_in_time(self._room, self.server.flush_timeout)
