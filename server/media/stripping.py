"""Removes metadata from images, which may reveal something about their makers. The pixels are not
changed.

Each function takes a whole file and returns only the parts that make the picture: no EXIF, XMP,
comments or data after the end. It also counts what would make the picture costly to display. The
functions run in the decoder, never in the server. They raise ``ValueError``, ``IndexError`` or
``struct.error`` for a malformed file, and ``Costly`` for one that is too costly.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

# The most parts of a file: segments, chunks or blocks. The largest pictures have a few thousand.
MOST_PARTS = 50_000
# A progressive JPEG has about ten scans, and each costs as much as a whole picture. Small pictures
# may have more, up to this many pixels in all.
USUAL_SCANS = 12
MOST_SCANS = 100
MOST_SCANNED = 300_000_000
# The most frames of an animation, and the most pixels of all its frames.
MOST_FRAMES = 1_000
MOST_MOVED = 1_000_000_000
# The most bytes of a colour profile, and of the data that is read for the orientation.
MOST_PROFILE = 4 * 1024 * 1024
MOST_EXIF = 64 * 1024

_JPEG_ICC = b"ICC_PROFILE\0"
_JPEG_EXIF = b"Exif\0\0"
# Within a scan, FF is followed by 00 or by a restart marker; anything else begins a new marker.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]", re.DOTALL)
_JPEG_FILL = re.compile(rb"\xff*")
_PNG_KEPT = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"),
    *(b"bKGD", b"pHYs", b"cICP", b"acTL", b"fcTL", b"fdAT"),
}
_WEBP_KEPT = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
# The flags in VP8X for EXIF and XMP.
_WEBP_FLAGS = 0x08 | 0x04
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_ORIENTATION = 0x0112


class Costly(Exception):
    """Displaying the file would take a browser seconds."""


@dataclass
class Stripped:
    """``orientation`` is the number in EXIF; 1 is upright. ``frames``: the number of frames of an
    animation, else 0."""

    data: bytes
    orientation: int = 1
    frames: int = 0


def _parts() -> Iterator[None]:
    yield from repeat(None, MOST_PARTS)
    raise Costly("too many parts")


def _check_frames(frames: int, width: int, height: int) -> None:
    if frames > MOST_FRAMES or frames * width * height > MOST_MOVED:
        raise Costly("too many frames")


def orientation_of(exif: bytes) -> int:
    """The orientation in EXIF data; 1 if it is missing or wrong."""
    exif = exif.removeprefix(_JPEG_EXIF)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None or len(exif) > MOST_EXIF:
        return 1
    try:
        (at,) = struct.unpack_from(f"{order}I", exif, 4)
        (entries,) = struct.unpack_from(f"{order}H", exif, at)
        for n in range(entries):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, at + 2 + 12 * n)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def strip_jpeg(data: bytes) -> Stripped:
    out, at = [data[:2]], 2
    scans = pixels = profile = 0
    exif = b""
    for _ in _parts():
        if data[at] != 0xFF:
            raise ValueError("no marker where one must be")
        at = _JPEG_FILL.match(data, at).end() - 1  # type: ignore[union-attr]
        marker = data[at + 1]
        if marker == 0xD9:
            out.append(b"\xff\xd9")
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end <= at + 3 or end > len(data):
            raise ValueError("a segment of no length")
        begins = data[at + 4 : at + 16]
        if marker == 0xDA:
            scans += 1
            _check_scans(scans, pixels)
            end = _scan_end(data, end)
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", begins, 1)
            pixels = max(pixels, height * width)
        elif marker == 0xE1 and begins.startswith(_JPEG_EXIF):
            exif = exif or data[at + 4 : end]
        if _jpeg_kept(marker, begins):
            profile += (end - at) * (marker == 0xE2)
            out.append(data[at:end])
        at = end
    _check_profile(profile)
    return Stripped(b"".join(out), orientation_of(exif))


def _check_scans(scans: int, pixels: int) -> None:
    if scans > MOST_SCANS or (scans > USUAL_SCANS and scans * pixels > MOST_SCANNED):
        raise Costly("too many scans")


def _check_profile(size: int) -> None:
    if size > MOST_PROFILE:
        raise Costly("too large a colour profile")


def _jpeg_kept(marker: int, begins: bytes) -> bool:
    if marker == 0xE2:
        return begins.startswith(_JPEG_ICC)
    # The JFIF and Adobe segments are kept, because they tell how to read the colours.
    return marker in (0xE0, 0xEE) or not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _scan_end(data: bytes, at: int) -> int:
    """The place of the next marker."""
    found = _JPEG_MARKER.search(data, at)
    if not found:
        raise ValueError("a scan without an end")
    return found.start()


def strip_png(data: bytes) -> Stripped:
    out, at = [data[:8]], 8
    width, height = struct.unpack_from(">II", data, 16)
    frames = 0
    exif = b""
    for _ in _parts():
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise ValueError("a chunk without an end")
        if name == b"fcTL":
            frames += 1
            _check_frames(frames, width, height)
        elif name == b"iCCP":
            _check_deflated(data[at + 8 : end - 4])
        elif name == b"eXIf":
            exif = data[at + 8 : end - 4]
        if name in _PNG_KEPT:
            out.append(data[at:end])
        if name == b"IEND":
            break
        at = end
    return Stripped(b"".join(out), orientation_of(exif), frames)


def _check_deflated(profile: bytes) -> None:
    """Checks a compressed colour profile: a name, NUL, the method, and the deflated profile."""
    inflated = zlib.decompressobj().decompress(profile.partition(b"\0")[2][1:], MOST_PROFILE + 1)
    _check_profile(len(inflated))


def strip_webp(data: bytes) -> Stripped:
    out, at = [], 12
    end = min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    width = height = frames = 0
    exif = b""
    for _ in _parts():
        if at + 8 > end:
            break
        name, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + length]
        if name == b"VP8X":
            width, height = (int.from_bytes(body[n : n + 3], "little") + 1 for n in (4, 7))
            body = bytes([body[0] & ~_WEBP_FLAGS]) + body[1:]
        elif name == b"ANMF":
            frames += 1
            _check_frames(frames, width, height)
        elif name == b"ICCP":
            _check_profile(length)
        elif name == b"EXIF":
            exif = body
        if name in _WEBP_KEPT:
            out.append(struct.pack("<4sI", name, length) + body + b"\0" * (length % 2))
        at += 8 + length + length % 2
    chunks = b"".join(out)
    whole = b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks
    return Stripped(whole, orientation_of(exif), frames)


def strip_gif(data: bytes) -> Stripped:
    width, height = struct.unpack_from("<HH", data, 6)
    at = 13 + _gif_table(data[10])
    out = [data[:at]]
    frames = 0
    for _ in _parts():
        kind, began = data[at], at
        if kind == 0x3B:
            out.append(b";")
            break
        if kind == 0x21:
            at = _gif_blocks(data, at + 2)
            if _gif_kept(data, began):
                out.append(data[began:at])
        elif kind == 0x2C:
            frames += 1
            _check_frames(frames, width, height)
            at = _gif_blocks(data, at + 11 + _gif_table(data[at + 9]))
            out.append(data[began:at])
        else:
            raise ValueError("no block where one must be")
    return Stripped(b"".join(out), frames=frames if frames > 1 else 0)


def _gif_table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_blocks(data: bytes, at: int) -> int:
    """The place after the last one of a series of blocks."""
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _gif_kept(data: bytes, at: int) -> bool:
    """Whether an extension is kept: those with the duration of a frame and with the number of
    repetitions."""
    label = data[at + 1]
    return label == 0xF9 or (label == 0xFF and data[at + 3 : at + 14] in _GIF_LOOPS)
