"""Files made of boxes (ISO 14496-12): AVIF, MP4, M4A. Nothing of them is read but their outline.

Like ``stripping`` it runs in the decoder. A box has a length, a name, and perhaps boxes inside; who
trusts lengths and follows nesting can be kept busy for long by a small file.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from stripping import Costly  # type: ignore[import-not-found]

MOST_BOXES = 10_000
MOST_DEPTH = 8

# The bytes before the boxes that these hold.
_HOLDERS = {
    **dict.fromkeys((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"iprp", b"ipco"), 0),
    **dict.fromkeys((b"meta", b"iref"), 4),
    b"iinf": 6,
}


def check_boxes(data: bytes) -> None:
    """Raises ``Costly`` for too many or too deep, ``ValueError`` for one that ends outside."""
    left = MOST_BOXES
    # (from, to, depth): a list, and not recursion, which would have another bound.
    waiting = [(0, len(data), 0)]
    while waiting:
        at, end, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise Costly("boxes in boxes")
        while at + 8 <= end:
            left -= 1
            if not left:
                raise Costly("too many boxes")
            name, head, size = _box(data[at : at + 16], end - at)
            if name in _HOLDERS:
                waiting.append((at + head + _HOLDERS[name], at + size, depth + 1))
            at += size


def _box(begins: bytes, most: int) -> tuple[bytes, int, int]:
    """Name, bytes before its content, and size in all; ``most``: to the end of what it is in."""
    size, name = struct.unpack_from(">I4s", begins)
    head = 8
    if size == 1:
        (size,) = struct.unpack_from(">Q", begins, 8)
        head = 16
    elif size == 0:
        size = most
    if not head <= size <= most:
        raise ValueError("a box that ends outside")
    return name, head, size


def film_seconds(file: BinaryIO) -> float | None:
    """Seconds that a film or sound says it lasts."""
    end = file.seek(0, os.SEEK_END)
    for name, at, size in _boxes(file, 0, end):
        if name == b"moov":
            for inner, inside, _ in _boxes(file, at, at + size):
                if inner == b"mvhd":
                    file.seek(inside)
                    return _seconds(file.read(32))
            return None
    return None


def _boxes(file: BinaryIO, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and size of the contents, one after the other."""
    for _ in range(MOST_BOXES):
        if at + 8 > end:
            return
        file.seek(at)
        name, head, size = _box(file.read(16), end - at)
        yield name, at + head, size - head
        at += size


def _seconds(mvhd: bytes) -> float | None:
    """Version 1 has wider numbers."""
    scale, length = (
        struct.unpack_from(">IQ", mvhd, 20) if mvhd[0] else struct.unpack_from(">II", mvhd, 12)
    )
    unknown = length in (2**32 - 1, 2**64 - 1)
    return length / scale if scale and not unknown else None
