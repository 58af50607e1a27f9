"""Files that are cheap to send and very expensive to open."""

from __future__ import annotations

import io
import re
import struct
import zlib

import pillow_heif
from PIL import Image

from tests.support.files import picture

pillow_heif.register_heif_opener()

_SCAN = re.compile(rb"\xff\xda(?:[^\xff]|\xff[\x00\xd0-\xd7])*", re.DOTALL)


def many_scans(scans: int = 400, side: int = 6300) -> bytes:
    """A progressive JPEG that repeats its last scan, which refines the picture, many times."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(out, "JPEG", progressive=True, quality=30)
    data = out.getvalue()
    found = _SCAN.findall(data)
    end = data.rindex(b"\xff\xd9")
    return data[:end] + found[-1] * (scans - len(found)) + data[end:]


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


FTYP = box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")


def nested_atoms(times: int = 400) -> bytes:
    """``moov`` atoms nested in each other. Their sizes overlap, so a reader that looks into all of
    them reads the last ones again and again."""
    nested = struct.pack(">I4s", 16, b"moov") * 200
    return FTYP + (nested + box(b"free", bytes(16))) * times


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_with(*chunks: bytes) -> bytes:
    """A small PNG with these chunks before its rows."""
    data = picture("PNG")
    return data[:33] + b"".join(chunks) + data[33:]


def many_frames(frames: int, side: int = 8) -> bytes:
    """A GIF that repeats one frame many times."""
    data = picture("GIF", (side, side), frames=2)
    first = data.index(b"\x21\xf9")
    second = data.index(b"\x21\xf9", first + 2)
    return data[:second] + data[first:second] * (frames - 2) + data[second:]


def large_avif(width: int = 8000, height: int = 5000) -> bytes:
    """A large AVIF of one colour, so that the file has only a few kilobytes."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "AVIF", speed=10)
    return out.getvalue()


def many_avif_frames(frames: int, side: int = 2000) -> bytes:
    out = io.BytesIO()
    still = Image.new("RGB", (side, side), "red")
    rest = [still] * (frames - 1)
    still.save(out, "AVIF", save_all=True, append_images=rest, speed=10)
    return out.getvalue()


def heic_that_claims(width: int, height: int) -> bytes:
    """A HEIC of a few bytes that claims to have that size."""
    data = picture("HEIF", (64, 48))
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


def heic_with_places(items: int, *, parts: int = 1) -> bytes:
    """A HEIC whose table says of every item, in each of its parts, that it is the whole file."""
    data = picture("HEIF", (64, 48))
    place = struct.pack(">II", 0, len(data)) * parts
    ids = [struct.pack(">HHH", n % 3, 0, parts) + place for n in range(items)]
    table = box(b"iloc", b"\0\0\0\0\x44\0" + struct.pack(">H", items) + b"".join(ids))
    at, meta = data.index(b"iloc") - 4, data.index(b"meta") - 4
    (size,) = struct.unpack_from(">I", data, at)
    (whole,) = struct.unpack_from(">I", data, meta)
    grown = struct.pack(">I", whole - size + len(table))
    return data[:meta] + grown + data[meta + 4 : at] + table + data[at + size :]
