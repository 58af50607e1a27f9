"""Removes metadata from images, which may reveal something about their makers. The pixels are not
changed.

Each function of ``jpegs`` and ``chunked`` takes a whole file and returns only the parts that make
the picture: no EXIF, XMP, comments or data after the end. It also counts what would make the
picture costly to display. What a browser passes over, such as a missing end, is mended. The
functions run in the decoder, never in the server. They raise ``ValueError``, ``IndexError`` or
``struct.error`` for a malformed file, and ``Costly`` for one that is too costly.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

# The most parts of a file: segments, chunks or blocks. The largest pictures have a few thousand.
MOST_PARTS = 50_000
# The most frames of an animation, and the most pixels of all its frames.
MOST_FRAMES = 1_000
MOST_MOVED = 1_000_000_000
# The most bytes of a colour profile, and of the data that is read for the orientation.
MOST_PROFILE = 4 * 1024 * 1024
MOST_EXIF = 64 * 1024

EXIF_BEGINS = b"Exif\0\0"
ORIENTATION = 0x0112
# The type of a number of four bytes, which some programs write where two are usual.
_LONG = 4


class Costly(Exception):
    """Displaying the file would take a browser seconds."""


@dataclass
class Stripped:
    """``orientation`` is the number in EXIF; 1 is upright. ``moves``: how long one turn of an
    animation takes (ms); None for a still picture. ``cut``: the end of the file is missing, and
    with it some of the picture."""

    data: bytes
    orientation: int = 1
    moves: int | None = None
    cut: bool = False


class Frames:
    """Counts the frames of a picture. One with a single frame is still, whatever its format."""

    # Browsers show a frame for this long that asks for less than the second number (ms).
    USUAL, LEAST = 100, 11

    def __init__(self, width: int, height: int) -> None:
        self._pixels = width * height
        self._count = self._time = 0

    def add(self, milliseconds: int) -> None:
        self._count += 1
        self._time += milliseconds if milliseconds >= self.LEAST else self.USUAL
        if self._count > MOST_FRAMES or self._count * self._pixels > MOST_MOVED:
            raise Costly("too many frames")

    @property
    def time(self) -> int | None:
        return self._time if self._count > 1 else None


def parts() -> Iterator[None]:
    yield from repeat(None, MOST_PARTS)
    raise Costly("too many parts")


def check_profile(size: int) -> None:
    if size > MOST_PROFILE:
        raise Costly("too large a colour profile")


def orientation_of(exif: bytes) -> int:
    """The orientation in EXIF data; 1 if it is missing or wrong."""
    exif = exif.removeprefix(EXIF_BEGINS)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None or len(exif) > MOST_EXIF:
        return 1
    try:
        (at,) = struct.unpack_from(f"{order}I", exif, 4)
        (entries,) = struct.unpack_from(f"{order}H", exif, at)
        for n in range(entries):
            entry = at + 2 + 12 * n
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, entry)
            if tag == ORIENTATION:
                if kind == _LONG:
                    (value,) = struct.unpack_from(f"{order}I", exif, entry + 8)
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1
