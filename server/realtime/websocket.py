"""A websocket directly on an event loop's transport: frames are read as soon as bytes arrive.

An open websocket needs no task, queue or timer. If a client sends many frames at once,
``READING_STRIDE`` of them are read in each turn of the loop, and the websocket's owner is told how
many were read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from server.kernel.timeouts import came_in_time
from server.realtime import frames
from server.realtime.frames import FrameError
from server.realtime.meters import HEAVY, weight
from server.realtime.owner import Owner
from server.realtime.turns import READING_STRIDE

# Seconds that a client may take to answer our close frame, or to read what was sent before it.
CLOSE_TIMEOUT = 1.0
# A ping is answered only while fewer bytes than this wait to be sent.
MOST_UNREAD = 64 * 1024
# After the server has stopped listening to a client, this many bytes are read and ignored while
# it waits for the client's close frame. After that it reads nothing more.
MOST_IGNORED = 256 * 1024

# The reasons why nothing is read, as bits. HELD: the owner wants no more for now. WAITING: the rest
# is read in a later turn of the loop. DEAF: the owner does not want anything from the client any
# more.
HELD, WAITING, DEAF = 1, 2, 4


def nowhere(data: bytes) -> None:
    """Drop what is written after our close frame."""


class WebSocket(asyncio.Protocol):
    """One websocket connection.

    A message, whole or in fragments, has at most ``most`` bytes; a larger one is a ``FrameError``.
    """

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
        # Bytes that have come and are not read yet, and how many bytes the next frame needs. For a
        # deaf websocket ``_need`` is the number of bytes that may still come.
        self._rest: bytearray | None = None
        self._need = 0
        # The opcode of a fragmented message, and the part of it that has come.
        self._opcode = 0
        self._parts: bytearray | None = None
        # The reasons why nothing is read (0: it reads), and the weight of frames that may be read
        # before the owner is asked.
        self._stopped = 0
        self._credit = READING_STRIDE
        self._closing = False
        self._gone: asyncio.Future[None] | None = None
        # The transport's ``write`` until our close frame is sent, ``nowhere`` after that.
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
        """Read frames until this turn's credit is used up or a frame is incomplete."""
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
        """Let other clients have their turn, and charge the owner for what was read. If the client
        has sent too much, nothing more of it is read."""
        spent, self._credit = READING_STRIDE - self._credit, READING_STRIDE
        if not self.owner.charge(spent):
            self.deafen()
        elif not self._stopped & DEAF:
            self._stopped |= WAITING
            self.owner.turns.add_reader(self)

    def go_on(self) -> None:
        """Go on reading: this client's next turn has come."""
        self._stopped &= ~WAITING
        if not self._stopped and self._rest is not None:
            self._read_rest()
        if not self._stopped and not self.transport.is_closing():
            self.transport.resume_reading()

    def _fail(self, error: Exception) -> None:
        self.deafen()
        self.owner.failed(error)

    def deafen(self) -> None:
        """Ignore everything that still comes, until the connection is closed."""
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
            # Our close frame is sent; only the client's close frame matters now.
            return
        elif frame.fin and opcode and self._parts is None:
            self._message(opcode, frame.payload)
        else:
            self._fragment(frame)

    def _fragment(self, frame: frames.Frame) -> None:
        if (self._parts is None) != (frame.opcode != frames.CONTINUATION):
            raise FrameError("a fragment is out of place")
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
            raise FrameError("a text message is not UTF-8", frames.BAD_DATA) from None
        self.owner.received(text)

    def _control(self, opcode: int, payload: bytearray) -> None:
        if opcode == frames.PING:
            # A client that sends pings but does not read gets no answer: the answers would pile up.
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
        """Stop reading until ``release`` is called."""
        if not self._stopped & (HELD | DEAF) and not self._closing:
            self._stopped |= HELD
            self.transport.pause_reading()

    def release(self) -> None:
        """Go on reading, in a later turn of the loop: there may be much to read."""
        if not self._stopped & HELD or self._closing:
            return
        self._stopped &= ~HELD
        if not self._stopped:
            self._stopped |= WAITING
            self.owner.turns.add_reader(self)

    async def close(self, code: int = frames.NORMAL) -> None:
        """Send a close frame and wait up to ``CLOSE_TIMEOUT`` for the client's; then abort."""
        if self.transport.is_closing():
            return
        if not self._closing:
            self._say_goodbye(code)
        if self._stopped & HELD:
            # The client's close frame comes behind data that is held back. Do not read that data;
            # wait only for the connection to end.
            self._stopped &= ~HELD
            self.deafen()
        self._gone = asyncio.get_running_loop().create_future()
        if not await came_in_time(self._gone, CLOSE_TIMEOUT):
            self.abort()

    def _leave(self) -> None:
        """Close the transport once everything is written. A client that does not read has
        ``CLOSE_TIMEOUT`` seconds to do so."""
        transport = self.transport
        transport.close()
        if transport.get_write_buffer_size():
            asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, transport.abort)

    def abort(self) -> None:
        """Close the connection at once. Bytes that are not written yet are lost."""
        self._say_no_more()
        self.transport.abort()
