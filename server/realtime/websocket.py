"""A websocket on a transport of the event loop: frames are read where the bytes arrive.

There is no task, queue or timer behind an open one. One that sends many frames at once has so many
of them read in each turn of the loop, and its owner is told how many there were.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from server.kernel.timeouts import came_in_time
from server.realtime import frames
from server.realtime.frames import FrameError
from server.realtime.meters import HEAVY, weight
from server.realtime.turns import STRIDE, ReaderTurns

# Seconds that a client may take to answer our close frame, or to take in what was sent before.
CLOSE_TIMEOUT = 1.0
# Bytes that may wait to be sent when a ping is still answered.
MOST_UNREAD = 64 * 1024
# Bytes that still may come from a client that is not listened to any more, before even its
# goodbye is not waited for.
MOST_IGNORED = 256 * 1024

# Why nothing is read: the owner wants no more for now; it is for the next turn of the loop; nobody
# listens any more.
HELD, TURN, DEAF = 1, 2, 4


def nowhere(data: bytes) -> None:
    """What is written after our goodbye."""


class Owner(Protocol):
    """Who a websocket belongs to. Exceptions of ``received`` end the connection: ``ValueError``
    is the client's mistake."""

    @property
    def turns(self) -> ReaderTurns: ...

    def charge(self, weight: int) -> bool:
        """Counts frames. Whether the client may go on; if not, the owner closes it."""

    def received(self, data: str | bytes) -> None: ...

    def failed(self, error: Exception) -> None:
        """Something cannot be read or handled; the websocket waits to be closed."""

    def paused(self) -> None:
        """The client does not read as fast as is written."""

    def resumed(self) -> None: ...

    def lost(self) -> None:
        """The connection is gone, or the client has said goodbye."""


class WebSocket(asyncio.Protocol):
    """Messages of at most ``most`` bytes, in however many frames they come."""

    __slots__ = (
        "_closing",
        "_credit",
        "_gone",
        "_most",
        "_need",
        "_opcode",
        "_parts",
        "_rest",
        "_stopped",
        "owner",
        "transport",
        "write",
    )

    def __init__(self, owner: Owner, most: int) -> None:
        self.owner = owner
        self.transport: Any = None
        self._most = most
        # Bytes that are not read yet, and how many it takes to go on. Of a deaf one: how many still
        # may come.
        self._rest: bytearray | None = None
        self._need = 0
        # What came of a fragmented message.
        self._opcode = 0
        self._parts: bytearray | None = None
        # Why it does not read, and how many frames it may read until it asks its owner.
        self._stopped = 0
        self._credit = STRIDE
        self._closing = False
        self._gone: asyncio.Future[None] | None = None
        # The transport's own, until we say goodbye.
        self.write: Callable[[bytes], object] = nowhere

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.write = self.transport.write

    def data_received(self, data: bytes) -> None:
        if self._stopped or self._rest is not None:
            self._put_by(data)
        else:
            self._read(data)

    def pause_writing(self) -> None:
        self.owner.paused()

    def resume_writing(self) -> None:
        self.owner.resumed()

    def connection_lost(self, exc: Exception | None) -> None:
        self._say_no_more()
        self._stopped |= DEAF
        self._rest = self._parts = None
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)
        self.owner.lost()

    # Reading

    def _put_by(self, data: bytes) -> None:
        if self._stopped & DEAF:
            self._need -= len(data)
            if self._need < 0:
                self.transport.pause_reading()
            return
        if self._rest is None:
            self._rest = bytearray()
        self._rest += data
        if self._stopped:
            self.transport.pause_reading()
        elif len(self._rest) >= self._need:
            self._read_rest()

    def _read(self, data: bytes) -> None:
        try:
            plain = frames.whole_text(data, self._most)
            if plain is not None and self._parts is None and not self._closing:
                self._credit -= 1 + (len(data) >> HEAVY)
                self._text(plain)
                if self._credit <= 0:
                    self._wait_for_turn()
                return
        except Exception as error:
            self._fail(error)
            return
        self._rest = bytearray(data)
        self._read_rest()

    def _read_rest(self) -> None:
        """As many frames as the turn may have."""
        rest, at = self._rest, 0
        assert rest is not None
        try:
            while at < len(rest) and not self._stopped and not self.transport.is_closing():
                frame = frames.read_frame(rest, at, self._most)
                if isinstance(frame, int):
                    self._need = frame
                    break
                at = frame.end
                self._credit -= weight(len(frame.payload))
                self._take(frame)
                if self._credit <= 0:
                    self._wait_for_turn()
        except Exception as error:
            self._fail(error)
        if self._stopped & DEAF:
            return
        del rest[:at]
        if not rest:
            self._rest = None
        elif self._stopped and not self.transport.is_closing():
            self.transport.pause_reading()

    def _wait_for_turn(self) -> None:
        """Others are to have theirs, and the client may have sent enough for good."""
        spent, self._credit = STRIDE - self._credit, STRIDE
        if not self.owner.charge(spent):
            self.deafen()
        elif not self._stopped & DEAF:
            self._stopped |= TURN
            self.owner.turns.add_reader(self)

    def go_on(self) -> None:
        """The next turn has come."""
        self._stopped &= ~TURN
        if not self._stopped and self._rest is not None:
            self._read_rest()
        if not self._stopped and not self.transport.is_closing():
            self.transport.resume_reading()

    def _fail(self, error: Exception) -> None:
        self.deafen()
        self.owner.failed(error)

    def deafen(self) -> None:
        """Whatever still comes is passed over, until the client is gone."""
        if not self._stopped & DEAF:
            self._stopped |= DEAF
            self._need = MOST_IGNORED
            self._rest = self._parts = None
            if not self.transport.is_closing():
                self.transport.resume_reading()

    def _take(self, frame: frames.Frame) -> None:
        opcode = frame.opcode
        if opcode >= frames.CLOSE:
            self._control(opcode, frame.payload)
        elif self._closing:
            # We have said goodbye, and only wait for the answer.
            return
        elif frame.fin and opcode and self._parts is None:
            self._message(opcode, frame.payload)
        else:
            self._fragment(frame)

    def _fragment(self, frame: frames.Frame) -> None:
        if (self._parts is None) != (frame.opcode != frames.CONTINUATION):
            raise FrameError("a message begins or goes on at the wrong time")
        if self._parts is None:
            self._opcode, self._parts = frame.opcode, bytearray()
        if len(self._parts) + len(frame.payload) > self._most:
            raise FrameError("the message is too large", frames.TOO_LARGE)
        self._parts += frame.payload
        if frame.fin:
            whole, self._parts = self._parts, None
            self._message(self._opcode, whole)

    def _message(self, opcode: int, payload: bytearray) -> None:
        if opcode == frames.BINARY:
            self.owner.received(bytes(payload))
            return
        self._text(payload)

    def _text(self, payload: bytearray) -> None:
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            raise FrameError("a text is not UTF-8", frames.BAD_DATA) from None
        self.owner.received(text)

    def _control(self, opcode: int, payload: bytearray) -> None:
        if opcode == frames.PING:
            # A client that reads nothing gets no more to read.
            if not self._closing and self.transport.get_write_buffer_size() < MOST_UNREAD:
                self.transport.write(frames.build_frame(payload, frames.PONG))
        elif opcode == frames.CLOSE:
            code = frames.close_code(payload)
            if not self._closing:
                self._say_goodbye(code)
            self._leave()
            self.owner.lost()

    # Writing and closing

    def _say_goodbye(self, code: int) -> None:
        self.transport.write(frames.build_close(code))
        self._say_no_more()

    def _say_no_more(self) -> None:
        self._closing = True
        self.write = nowhere

    def hold(self) -> None:
        """Reads no more until ``release``."""
        if not self._stopped & (HELD | DEAF) and not self._closing:
            self._stopped |= HELD
            self.transport.pause_reading()

    def release(self) -> None:
        """Goes on in a turn of its own: there may be much to read."""
        if not self._stopped & HELD or self._closing:
            return
        self._stopped &= ~HELD
        if not self._stopped:
            self._stopped |= TURN
            self.owner.turns.add_reader(self)

    async def close(self, code: int = frames.NORMAL) -> None:
        """Says goodbye, and waits for the client's; not for long."""
        if self.transport.is_closing():
            return
        if not self._closing:
            self._say_goodbye(code)
        if self._stopped & HELD:
            # Its goodbye stands behind what is held back; so wait for its end alone.
            self._stopped &= ~HELD
            self.deafen()
        self._gone = asyncio.get_running_loop().create_future()
        if not await came_in_time(self._gone, CLOSE_TIMEOUT):
            self.abort()

    def _leave(self) -> None:
        """Closes once everything is written; a client that reads nothing has a moment to."""
        transport = self.transport
        transport.close()
        if transport.get_write_buffer_size():
            asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, transport.abort)

    def abort(self) -> None:
        """Closes without waiting for what is still to be written."""
        self._say_no_more()
        self.transport.abort()
