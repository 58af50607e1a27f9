"""A websocket on a transport of the event loop: frames are read where the bytes arrive.

There is no task, queue or timer behind an open one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from server.realtime import frames
from server.realtime.frames import FrameError

# Seconds that a client may take to answer our close frame, or to take in what was sent before.
CLOSE_TIMEOUT = 1.0
# Bytes that may wait to be sent when a ping is still answered.
MOST_UNREAD = 64 * 1024


def nowhere(data: bytes) -> None:
    """What is written after our goodbye."""


class Owner(Protocol):
    """Who a websocket belongs to. Exceptions of ``received`` end the connection: ``ValueError``
    is the client's mistake."""

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
        "_deaf",
        "_gone",
        "_held",
        "_most",
        "_need",
        "_opcode",
        "_parts",
        "_rest",
        "_size",
        "owner",
        "transport",
        "write",
    )

    def __init__(self, owner: Owner, most: int) -> None:
        self.owner = owner
        self.transport: Any = None
        self._most = most
        # Bytes that are not read yet, and how many it takes to go on.
        self._rest: bytearray | None = None
        self._need = 0
        # The parts of a fragmented message.
        self._opcode = 0
        self._parts: list[bytes] | None = None
        self._size = 0
        # True while the owner wants no more; deaf: what still comes is not even read.
        self._held = self._deaf = False
        self._closing = False
        self._gone: asyncio.Future[None] | None = None
        # The transport's own, until we say goodbye.
        self.write: Callable[[bytes], object] = nowhere

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.write = self.transport.write

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        rest = self._rest
        if rest is None:
            if not self._held:
                self._read(data)
                return
            rest = self._rest = bytearray()
        rest += data
        if not self._held and len(rest) >= self._need:
            self._rest = None
            self._read(bytes(rest))

    def pause_writing(self) -> None:
        self.owner.paused()

    def resume_writing(self) -> None:
        self.owner.resumed()

    def connection_lost(self, exc: Exception | None) -> None:
        self._say_no_more()
        self._rest = self._parts = None
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)
        self.owner.lost()

    # Reading

    def _read(self, data: bytes) -> None:
        try:
            plain = frames.whole_text(data, self._most)
            if plain is not None and self._parts is None and not self._closing:
                self._text(plain)
                return
            at = self._read_frames(data)
        except Exception as error:
            self._deaf = True
            self._rest = self._parts = None
            self.owner.failed(error)
            return
        if at < len(data):
            self._rest = bytearray(data[at:])

    def _read_frames(self, data: bytes) -> int:
        """Where the first one that is not read begins."""
        at, end = 0, len(data)
        while at < end:
            if self._held or self._deaf or self.transport.is_closing():
                self._need = 0
                return at
            found = frames.read(data, at, self._most)
            if isinstance(found, int):
                self._need = found
                return at
            at = found.end
            self._take(found)
        return at

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
            self._opcode, self._parts, self._size = frame.opcode, [], 0
        self._size += len(frame.payload)
        if self._size > self._most:
            raise FrameError("the message is too large", frames.TOO_LARGE)
        if frame.payload:
            self._parts.append(frame.payload)
        if frame.fin:
            whole, self._parts = b"".join(self._parts), None
            self._message(self._opcode, whole)

    def _message(self, opcode: int, payload: bytes) -> None:
        if opcode == frames.BINARY:
            self.owner.received(payload)
            return
        self._text(payload)

    def _text(self, payload: bytes | bytearray) -> None:
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            raise FrameError("a text is not UTF-8", frames.BAD_DATA) from None
        self.owner.received(text)

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == frames.PING:
            # A client that reads nothing gets no more to read.
            if not self._closing and self.transport.get_write_buffer_size() < MOST_UNREAD:
                self.transport.write(frames.build(payload, frames.PONG))
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
        if not self._held and not self._closing:
            self._held = True
            self.transport.pause_reading()

    def release(self) -> None:
        if not self._held or self._closing:
            return
        self._held = False
        if self._rest is not None:
            rest, self._rest = bytes(self._rest), None
            self._read(rest)
        if not self._held and not self._deaf and not self.transport.is_closing():
            self.transport.resume_reading()

    async def close(self, code: int = frames.NORMAL) -> None:
        """Says goodbye, and waits for the client's; not for long."""
        if self.transport.is_closing():
            return
        if not self._closing:
            self._say_goodbye(code)
        if self._held:
            # Its goodbye stands behind what is held back; so wait for its end alone.
            self._held, self._deaf = False, True
            self._rest = None
            self.transport.resume_reading()
        self._gone = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._gone
        except TimeoutError:
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
