"""Reads which tracks a WebM has, how large its picture is and how long it takes.

It runs in the decoder. The file consists of elements (RFC 8794). Browsers record without saying how
long it will take, so then the last block tells.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from films import Film, Track, film_of  # type: ignore[import-not-found]

# The most elements of a file that are looked at. A recording of an hour has about 200,000.
MOST_ELEMENTS = 400_000
# The most bytes that are read of an element: a number, or what a block begins with.
MOST_VALUE = 8
MOST_TRACKS = 64

SEGMENT, INFO, TRACKS, CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
ENTRY, VIDEO, GROUP = 0xAE, 0xE0, 0xA0
SCALE, DURATION = 0x2AD7B1, 0x4489
NUMBER, TYPE, USUAL, WIDTH, HEIGHT = 0xD7, 0x83, 0x23E383, 0xB0, 0xBA
SHOWN_WIDTH, SHOWN_HEIGHT, UNIT = 0x54B0, 0x54BA, 0x54B2
TIMESTAMP, SIMPLE, BLOCK, BLOCK_LENGTH = 0xE7, 0xA3, 0xA1, 0x9B
# These are entered, so that only elements with a value and those without interest are left.
_ENTERED = {SEGMENT, INFO, TRACKS, CLUSTER, ENTRY, VIDEO, GROUP}
_OF_TRACKS = {NUMBER, TYPE, USUAL, WIDTH, HEIGHT, SHOWN_WIDTH, SHOWN_HEIGHT, UNIT}
_HANDLERS = {1: b"vide", 2: b"soun"}


class _Reader:
    """Takes the elements one after another, wherever they are inside, and keeps what they say."""

    def __init__(self) -> None:
        # Nanoseconds of one unit of time.
        self.scale = 1_000_000
        self.duration = 0.0
        self.tracks: dict[int, Track] = {}
        self.end = 0.0
        self._entries: list[dict[int, int]] = []
        self._cluster = 0
        self._block = 0.0
        self._before: dict[int, int] = {}

    def enter(self, element: int) -> bool:
        """Whether there is more to read."""
        if element == CLUSTER and not self.tracks:
            self.tracks = {entry.get(NUMBER, 0): _track(entry) for entry in self._entries}
        elif element == ENTRY and len(self._entries) < MOST_TRACKS:
            self._entries.append({})
        return element != CLUSTER or not self.duration

    def take(self, element: int, value: bytes) -> None:
        number = int.from_bytes(value, "big")
        if element == SCALE:
            self.scale = number
        elif element == DURATION:
            self.duration = struct.unpack(">f" if len(value) == 4 else ">d", value)[0]
        elif element == TIMESTAMP:
            self._cluster = number
        elif element in (SIMPLE, BLOCK) and len(value) > 2:
            self._see(value)
        elif element == BLOCK_LENGTH:
            self.end = max(self.end, self._block + number)
        elif element in _OF_TRACKS and self._entries:
            self._entries[-1][element] = number

    def _see(self, block: bytes) -> None:
        """A block begins with its track, and its time since that of the cluster. It lasts as long
        as its track says, or as the one before it lasted."""
        number = block[0] & 0x7F
        time = self._cluster + struct.unpack_from(">h", block, 1)[0]
        usual = self.tracks.get(number, Track()).usual / (self.scale or 1)
        self._block = time
        self.end = max(self.end, time + (usual or time - self._before.get(number, time)))
        self._before[number] = time


def read_webm(file: BinaryIO) -> Film:
    reader = _Reader()
    end, at = file.seek(0, os.SEEK_END), 0
    for _ in range(MOST_ELEMENTS):
        if at >= end:
            break
        file.seek(at)
        try:
            element, size, head = _element(file.read(12))
        except (ValueError, IndexError):
            break
        at += head
        if element in _ENTERED:
            if not reader.enter(element):
                break
            continue
        file.seek(at)
        reader.take(element, file.read(min(size, MOST_VALUE)))
        at += size
    else:
        reader.end = 0
    reader.enter(CLUSTER)
    film = film_of(list(reader.tracks.values()))
    film.seconds = (reader.duration or reader.end) * reader.scale / 1e9 or None
    return film


def _element(begins: bytes) -> tuple[int, int, int]:
    """The id of an element, the bytes of its content, and the bytes before that. Raises
    ``ValueError`` for what is none."""
    first = 9 - begins[0].bit_length()
    second = 9 - begins[first].bit_length()
    if first > 4 or second > 8 or len(begins) < first + second:
        raise ValueError("no element where one must be")
    size = int.from_bytes(begins[first : first + second], "big") & ~(1 << 7 * second)
    return int.from_bytes(begins[:first], "big"), size, first + second


def _track(entry: dict[int, int]) -> Track:
    # Other units are shapes, not pixels.
    pixels = not entry.get(UNIT)
    width = entry.get(WIDTH, 0)
    height = entry.get(HEIGHT, 0)
    if pixels:
        width, height = entry.get(SHOWN_WIDTH, width), entry.get(SHOWN_HEIGHT, height)
    handler = _HANDLERS.get(entry.get(TYPE, 0), b"")
    usual = entry.get(USUAL, 0)
    return Track(enabled=True, size=(width, height), handler=handler, usual=usual)
