"""Reads the outline of files that consist of boxes (ISO 14496-12): AVIF, MP4, M4A.

Like ``stripping``, it runs in the decoder. A box has a length, a name, and possibly boxes inside.
Without limits, a small file with false lengths or deep nesting could take long to read.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from stripping import Costly  # type: ignore[import-not-found]

MOST_BOXES = 10_000
MOST_DEPTH = 8

# The boxes that contain boxes, and the number of bytes before the inner boxes.
_HOLDERS = {
    **dict.fromkeys((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"iprp", b"ipco"), 0),
    **dict.fromkeys((b"meta", b"iref"), 4),
    b"iinf": 6,
}


def check_boxes(data: bytes) -> None:
    """Raises ``Costly`` if there are too many boxes or they nest too deep, and ``ValueError`` if a
    box ends outside the box around it."""
    left = MOST_BOXES
    # (from, to, depth). This is a list, because recursion has a limit of its own.
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
    """The name of a box, the bytes before its content, and its whole size. ``most``: the number of
    bytes to the end of the surrounding box."""
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
    """The duration in seconds that a video or audio file states."""
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
    """Yields the name, place and content size of each box."""
    for _ in range(MOST_BOXES):
        if at + 8 > end:
            return
        file.seek(at)
        name, head, size = _box(file.read(16), end - at)
        yield name, at + head, size - head
        at += size


def _seconds(mvhd: bytes) -> float | None:
    """The duration in seconds from an ``mvhd`` box. Version 1 of the box has wider numbers."""
    scale, length = (
        struct.unpack_from(">IQ", mvhd, 20) if mvhd[0] else struct.unpack_from(">II", mvhd, 12)
    )
    unknown = length in (2**32 - 1, 2**64 - 1)
    return length / scale if scale and not unknown else None
