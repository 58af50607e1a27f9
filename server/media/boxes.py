"""Reads the outline of files that consist of boxes (ISO 14496-12): MP4, MOV, M4A, AVIF, HEIF.

It runs in the decoder. A box has a length, a name, and possibly boxes inside. Without limits, a
small file with false lengths or deep nesting could take long to read.
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
        for name, inside, until, _ in boxes_of(data, at, end):
            left -= 1
            if not left:
                raise Costly("too many boxes")
            if name in _HOLDERS:
                waiting.append((inside + _HOLDERS[name], until, depth + 1))


def boxes_of(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Yields the name of each box between the two places, where its content begins and ends, and
    where the box begins. Raises ``ValueError`` at one that ends outside."""
    while at + 8 <= end:
        name, head, size = _box(data[at : at + 16], end - at)
        yield name, at + head, at + size, at
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


class Boxes:
    """The boxes of a file. All that are read count together: after ``MOST_BOXES`` of them, or at
    one that ends outside, nothing more is found."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = MOST_BOXES
        self.end = file.seek(0, os.SEEK_END)

    def inside(self, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """Yields the name of each box between the two places, and where its content begins and
        ends."""
        while at + 8 <= end and self._left:
            self._left -= 1
            self._file.seek(at)
            try:
                name, head, size = _box(self._file.read(16), end - at)
            except (ValueError, struct.error):
                return
            yield name, at + head, at + size
            at += size

    def read(self, at: int, end: int, most: int) -> bytes:
        """The content of a box, or the first ``most`` bytes of it."""
        self._file.seek(at)
        return self._file.read(min(end - at, most))
