"""Websocket frames (RFC 6455, section 5): building the server's and reading a client's.

A server's frames are not masked, so a frame is built once for all its recipients.
"""

from __future__ import annotations

from typing import NamedTuple

from aiohttp._websocket.helpers import websocket_mask

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
CONTINUATION = 0x0
FIN, RESERVED, OPCODE, MASKED, LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
MOST_IN_CONTROL = 125

_WHOLE_TEXT = FIN | TEXT

# Close codes (section 7.4.1).
NORMAL, GOING_AWAY, PROTOCOL_ERROR, NO_CODE = 1000, 1001, 1002, 1005
BAD_DATA, POLICY, TOO_LARGE = 1007, 1008, 1009


class FrameError(ValueError):
    """The client broke the protocol. The connection is closed with ``code``."""

    def __init__(self, why: str, code: int = PROTOCOL_ERROR) -> None:
        super().__init__(why)
        self.code = code


class Frame(NamedTuple):
    fin: bool
    opcode: int
    payload: bytearray
    # The offset at which the next frame begins.
    end: int


def build_frame(payload: bytes | bytearray, opcode: int = TEXT) -> bytes:
    """Put a whole message into one frame."""
    size = len(payload)
    if size <= MOST_IN_CONTROL:
        return bytes((FIN | opcode, size)) + payload
    if size < 1 << 16:
        return bytes((FIN | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((FIN | opcode, 127)) + size.to_bytes(8, "big") + payload


def payload(frame: bytes) -> bytes:
    """The payload of a frame made by ``build_frame``."""
    size = frame[1]
    return frame[2 if size < 126 else 4 if size == 126 else 10 :]


def build_close(code: int) -> bytes:
    return build_frame(b"" if code == NO_CODE else code.to_bytes(2, "big"), CLOSE)


def read_frame(data: bytes | bytearray, at: int, most: int) -> Frame | int:
    """The frame that begins at ``at``. If it is not complete, the number of bytes from ``at`` that
    are needed before the next attempt.

    Raises ``FrameError`` as soon as the head shows an error. So a frame with more than ``most``
    bytes of payload is refused before its payload has come.
    """
    left = len(data) - at
    if left < 2:
        return 2
    first, second = data[at], data[at + 1]
    size, head = second & LENGTH, 6
    if size >= 126:
        wide = 2 if size == 126 else 8
        head += wide
        if left < 2 + wide:
            return 2 + wide
        size = int.from_bytes(data[at + 2 : at + 2 + wide], "big")
    _check(first, second, size, most)
    if left < head + size:
        return head + size
    start = at + head
    payload = unmask(data[start : start + size], bytes(data[start - 4 : start]))
    return Frame(first >= FIN, first & OPCODE, payload, start + size)


def _check(first: int, second: int, size: int, most: int) -> None:
    opcode = first & OPCODE
    if first & RESERVED:
        raise FrameError("reserved bits are set")
    if not second & MASKED:
        raise FrameError("a client's frame is not masked")
    if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
        raise FrameError(f"opcode {opcode} is not known")
    if opcode >= CLOSE and (first < FIN or size > MOST_IN_CONTROL):
        raise FrameError("a control frame is fragmented or too large")
    if size > most:
        raise FrameError("the frame is too large", TOO_LARGE)


def whole_text(data: bytes, most: int) -> bytearray | None:
    """The payload, if the data is exactly one whole, unfragmented text frame, the most common case.
    None for anything else, valid or not: then ``read_frame`` decides."""
    size = len(data)
    if size < 7 or size > most or data[0] != _WHOLE_TEXT:
        return None
    head, length = 6, data[1] - MASKED
    if length == 126:
        head, length = 8, data[2] << 8 | data[3]
    elif length > 126:
        return None
    if length != size - head:
        return None
    plain = bytearray(data[head:])
    websocket_mask(data[head - 4 : head], plain)
    return plain


def unmask(payload: bytes | bytearray, mask: bytes) -> bytearray:
    plain = bytearray(payload)
    websocket_mask(mask, plain)
    return plain


def close_code(payload: bytes | bytearray) -> int:
    """The code of a client's close frame. Raises ``FrameError``."""
    if not payload:
        return NO_CODE
    code = int.from_bytes(payload[:2], "big")
    known = 1000 <= code <= 1014 and code not in (1004, 1005, 1006)
    if len(payload) == 1 or not (known or 3000 <= code < 5000):
        raise FrameError("the close code is invalid")
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise FrameError("the close reason is not UTF-8", BAD_DATA) from None
    return code
