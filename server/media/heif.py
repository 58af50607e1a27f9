"""Removes metadata from HEIC and HEIF (ISO 23008-12), which no browser but Safari can encode again.

It runs in the decoder. Such a file has items, and a table says where the data of each is. The file
keeps its shape: what belongs to no picture is overwritten with zeros.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from boxes import MOST_BOXES as MOST_ITEMS  # type: ignore[import-not-found]
from boxes import boxes_of, check_boxes
from stripping import Costly, Stripped  # type: ignore[import-not-found]

# The types of items that are pictures, or say how pictures are put together.
_PICTURES = {b"hvc1", b"av01", b"grid", b"iovl", b"iden", b"tmap"}
_META = {b"hdlr", b"dinf", b"pitm", b"iinf", b"iref", b"iprp", b"iloc", b"grpl"}
# A type of items, and of boxes, that readers skip.
_SKIPPED = b"skip"
_IN_FILE, _IN_BOX = 0, 1


@dataclass
class _Place:
    """Where a part of an item is: in the file, or in the box ``idat``."""

    item: int
    method: int
    at: int
    length: int


def strip_heif(data: bytes) -> Stripped:
    check_boxes(data)
    out = bytearray(len(data))
    kept: list[tuple[int, int]] = []
    for name, at, end, begins in boxes_of(data, 0, len(data)):
        out[begins:at] = data[begins:at]
        if name == b"meta":
            kept += _strip_meta(data, out, at, end)
        elif name == b"ftyp":
            kept.append((at, end))
        elif name != b"mdat":
            out[begins + 4 : begins + 8] = _SKIPPED
    if sum(end - at for at, end in kept) > 2 * len(data):
        raise Costly("the same data again and again")
    for at, end in kept:
        out[at:end] = data[at:end]
    return Stripped(bytes(out))


def _strip_meta(data: bytes, out: bytearray, at: int, end: int) -> list[tuple[int, int]]:
    """Copies the tables. Returns where the data of pictures is."""
    out[at : at + 4] = data[at : at + 4]
    pictures: set[int] = set()
    places: list[_Place] = []
    inner = 0
    for name, inside, until, begins in boxes_of(data, at + 4, end):
        out[begins:inside] = data[begins:inside]
        if name == b"idat":
            inner = inside
        elif name in _META:
            out[inside:until] = data[inside:until]
        else:
            out[begins + 4 : begins + 8] = _SKIPPED
        if name == b"iinf":
            pictures |= _find_pictures(data, out, inside, until)
        elif name == b"iloc":
            places += _locate(data[inside:until])
    found = []
    for place in places:
        begins = place.at + (inner if place.method == _IN_BOX else 0)
        if place.item in pictures:
            if not place.length or begins + place.length > len(data):
                raise ValueError("a picture that is not in the file")
            found.append((begins, begins + place.length))
    return found


def _find_pictures(data: bytes, out: bytearray, at: int, end: int) -> set[int]:
    """The ids of items that are pictures. Others get a type that readers skip."""
    pictures = set()
    head = 8 if data[at] else 6
    for name, inside, _, _ in boxes_of(data, at + head, end):
        if name != b"infe":
            continue
        # Version 2 has short ids, version 3 long ones. Older ones are in no file of this kind.
        wide = data[inside] > 2
        (item,) = struct.unpack_from(">I" if wide else ">H", data, inside + 4)
        kind = inside + (10 if wide else 8)
        if data[kind : kind + 4] in _PICTURES:
            pictures.add(item)
        else:
            out[kind : kind + 4] = _SKIPPED
    return pictures


def _locate(table: bytes) -> Iterator[_Place]:
    """The places of all items, in the box ``iloc`` (whose numbers have sizes that it tells)."""
    version = table[0]
    sizes = [size for byte in table[4:6] for size in (byte >> 4, byte & 15)]
    offset, length, base, index = sizes
    reader = _Numbers(table, 6)
    for _ in range(reader.read(4 if version > 1 else 2)):
        item = reader.read(4 if version > 1 else 2)
        method = reader.read(2) & 15 if version else _IN_FILE
        elsewhere = reader.read(2)
        begins = reader.read(base)
        for _ in range(reader.read(2)):
            reader.read(index if version else 0)
            at = begins + reader.read(offset)
            size = reader.read(length)
            if method > _IN_BOX or elsewhere:
                raise ValueError("an item that is elsewhere")
            yield _Place(item, method, at, size)


class _Numbers:
    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at
        self._left = 8 * MOST_ITEMS

    def read(self, size: int) -> int:
        """The next number, of so many bytes."""
        self._left -= 1
        if not self._left:
            raise Costly("too many items")
        end = self._at + size
        if end > len(self._data):
            raise ValueError("a table without an end")
        number = int.from_bytes(self._data[self._at : end], "big")
        self._at = end
        return number
