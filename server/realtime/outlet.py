"""The way out of a session: to its websocket at once, or kept until the client takes it."""

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
    """What an outlet asks of its engine: see ``ChatEngine``."""

    flush_timeout: float

    @property
    def writes(self) -> Writes: ...

    @property
    def stalls(self) -> Deadlines[Outlet]: ...

    def create_queue(self) -> Backlog: ...
    def spare_memory(self) -> None: ...


class Outlet(ABC):
    """Packets leave in the order in which they were posted, whichever way each takes."""

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
        # Nothing is kept any more.
        self.closing = False
        # True while the websocket takes what is written; ``pending`` goes to it this turn.
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
        """The client has left too much unread."""

    @property
    def backlog_bytes(self) -> int:
        return 0 if self._backlog is None else self._backlog.bytes

    @property
    def queue(self) -> Backlog:
        if self._backlog is None:
            self._backlog = self.server.create_queue()
        return self._backlog

    def post(self, packet: Encoded) -> None:
        """Sends a packet; a client that lets too much wait is cut."""
        if self.writable:
            self.server.writes.add_write(self, packet)
        else:
            self.keep(packet)

    def keep(self, packet: Encoded) -> None:
        """Until the client takes it."""
        if self.closing:
            return
        if not self.queue.put(packet):
            self.cut_slow()
            return
        if self.websocket is None:
            self.polling.wake()
        self.server.spare_memory()

    def flush(self) -> None:
        """Writes what this turn has brought."""
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
        """What was kept goes first, as far as the client takes it."""
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
        """Whether what was kept has been written, soon."""
        if not self._backlog:
            return True
        self._room = asyncio.get_running_loop().create_future()
        return await came_in_time(self._room, self.server.flush_timeout)
