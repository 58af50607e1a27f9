"""Removes metadata from PNG, WebP and GIF, which consist of chunks or blocks: see ``stripping``."""

from __future__ import annotations

import struct
import zlib

from stripping import (  # type: ignore[import-not-found]
    MOST_PROFILE,
    Frames,
    Stripped,
    check_profile,
    orientation_of,
    parts,
)

_PNG_KEPT = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"),
    *(b"bKGD", b"pHYs", b"cICP", b"acTL", b"fcTL", b"fdAT"),
}
# The sizes of chunks (bytes), and those of the transparent colour by the type of colours.
_PNG_SIZES = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"cICP": 4}
_TRANSPARENT_SIZES = {0: 2, 2: 6}
# This bit of a chunk's name says that a reader may do without the chunk.
_PNG_SPARE = 0x20
_WEBP_KEPT = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
# The flags in VP8X for EXIF and XMP.
_WEBP_FLAGS = 0x08 | 0x04
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_GIF_END = b";"


def strip_png(data: bytes) -> Stripped:
    out, at = [data[:8]], 8
    frames = Frames(*struct.unpack_from(">II", data, 16))
    exif = b""
    cut = False
    for _ in parts():
        length, name = struct.unpack(">I4s", data[at : at + 8].ljust(8, b"\xff"))
        end = at + 12 + length
        if end > len(data):
            cut = True
            out += _png_ending(data, at, name)
            break
        body = data[at + 8 : end - 4]
        if name == b"fcTL":
            frames.add(_png_time(body))
        elif name == b"eXIf":
            exif = body
        if name in _PNG_KEPT and _png_counts(name, body, data[end - 4 : end], data[25]):
            out.append(data[at:end])
        if name == b"IEND":
            break
        at = end
    return Stripped(b"".join(out), orientation_of(exif), frames.time, cut)


def _png_counts(name: bytes, body: bytes, checksum: bytes, colours: int) -> bool:
    """Whether a reader uses the chunk. It passes over one that is broken if it can do without it:
    with a wrong checksum, of a wrong size for this type of colours, or with a profile that cannot
    be inflated."""
    if not name[0] & _PNG_SPARE:
        return True
    if zlib.crc32(name + body) != int.from_bytes(checksum, "big"):
        return False
    if name == b"iCCP":
        return _inflates(body)
    size = _TRANSPARENT_SIZES.get(colours) if name == b"tRNS" else _PNG_SIZES.get(name)
    return size is None or len(body) == size


def _png_ending(data: bytes, at: int, name: bytes) -> list[bytes]:
    """The end of a file that was cut off here, with what there is of the rows."""
    rows = [_png_chunk(name, data[at + 8 :])] if name == b"IDAT" and len(data) > at + 8 else []
    return [*rows, _png_chunk(b"IEND", b"")]


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _png_time(control: bytes) -> int:
    """The milliseconds of a frame. They are a fraction of a second; its denominator may be 0, which
    means 100."""
    count, parts_of_second = struct.unpack_from(">HH", control, 20)
    return int(1000 * count / (parts_of_second or 100))


def _inflates(profile: bytes) -> bool:
    """Whether a compressed colour profile can be read: a name, NUL, the method (0), and what is
    deflated. Raises ``Costly`` if it is too large."""
    method, deflated = profile.partition(b"\0")[2][:1], profile.partition(b"\0")[2][1:]
    reader = zlib.decompressobj()
    try:
        inflated = reader.decompress(deflated, MOST_PROFILE + 1)
    except zlib.error:
        return False
    check_profile(len(inflated))
    return method == b"\0" and reader.eof


def strip_webp(data: bytes) -> Stripped:
    out, at = [], 12
    end = min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    frames = Frames(0, 0)
    exif = b""
    for _ in parts():
        if at + 8 > end:
            break
        name, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + length]
        if name == b"VP8X":
            frames = Frames(*(int.from_bytes(body[n : n + 3], "little") + 1 for n in (4, 7)))
            body = bytes([body[0] & ~_WEBP_FLAGS]) + body[1:]
        elif name == b"ANMF":
            frames.add(int.from_bytes(body[12:15], "little"))
        elif name == b"ICCP":
            check_profile(length)
        elif name == b"EXIF":
            exif = body
        if name in _WEBP_KEPT:
            out.append(struct.pack("<4sI", name, length) + body + b"\0" * (length % 2))
        at += 8 + length + length % 2
    chunks = b"".join(out)
    whole = b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks
    return Stripped(whole, orientation_of(exif), frames.time)


def strip_gif(data: bytes) -> Stripped:
    frames = Frames(*struct.unpack_from("<HH", data, 6))
    at = 13 + _gif_table(data[10])
    out, time, whole = [data[:at]], 0, True
    for _ in parts():
        kind, began = data[at : at + 1], at
        if kind == b"\x21":
            at, whole = _gif_blocks(data, at + 2)
            if data[began + 1 : began + 3] == b"\xf9\x04":
                time = 10 * int.from_bytes(data[began + 4 : began + 6], "little")
            if whole and _gif_kept(data, began):
                out.append(data[began:at])
        elif kind == b"\x2c" and at + 11 < len(data):
            frames.add(time)
            at, whole = _gif_blocks(data, at + 11 + _gif_table(data[at + 9]))
            out.append(data[began:at] + b"\0" * (not whole))
        if not whole or at == began:
            # The end, or what a browser takes for the end, or the file was cut off.
            break
    return Stripped(b"".join((*out, _GIF_END)), moves=frames.time, cut=not whole)


def _gif_table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_blocks(data: bytes, at: int) -> tuple[int, bool]:
    """The place after the last one of a series of blocks, and whether the series has an end."""
    while at < len(data) and data[at]:
        if at + data[at] >= len(data):
            return at, False
        at += 1 + data[at]
    return (at + 1, True) if at < len(data) else (len(data), False)


def _gif_kept(data: bytes, at: int) -> bool:
    """Whether an extension is kept: those with the duration of a frame and with the number of
    repetitions."""
    label = data[at + 1]
    return label == 0xF9 or (label == 0xFF and data[at + 3 : at + 14] in _GIF_LOOPS)
