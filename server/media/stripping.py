"""Images without what they tell about their makers: no pixel is touched.

Each function takes a whole file and gives back the parts of it that make the picture, and nothing
else: no EXIF, XMP, comments, or whatever follows the end. They run in the decoder, never in the
server; what is malformed raises ``ValueError``, ``IndexError`` or ``struct.error``.
"""

from __future__ import annotations

import struct

_JPEG_ICC = b"ICC_PROFILE\0"
_PNG_KEPT = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"),
    *(b"bKGD", b"pHYs", b"cICP", b"acTL", b"fcTL", b"fdAT"),
}
_WEBP_KEPT = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
# In VP8X: there is EXIF, there is XMP.
_WEBP_FLAGS = 0x08 | 0x04
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def strip_jpeg(data: bytes) -> bytes:
    out, at = [data[:2]], 2
    while True:
        if data[at] != 0xFF:
            raise ValueError("no marker where one must be")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            out.append(b"\xff\xd9")
            return b"".join(out)
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end <= at + 3 or end > len(data):
            raise ValueError("a segment of no length")
        if marker == 0xDA:
            end = _scan_end(data, end)
        if _jpeg_kept(marker, data[at + 4 : at + 16]):
            out.append(data[at:end])
        at = end


def _jpeg_kept(marker: int, begins: bytes) -> bool:
    if marker == 0xE2:
        return begins.startswith(_JPEG_ICC)
    # JFIF and Adobe tell how to read the colours.
    return marker in (0xE0, 0xEE) or not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _scan_end(data: bytes, at: int) -> int:
    """Where the next marker stands: in a scan FF is followed by 00, or a restart."""
    while True:
        at = data.index(b"\xff", at)
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2


def strip_png(data: bytes) -> bytes:
    out, at = [data[:8]], 8
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise ValueError("a chunk without an end")
        if name in _PNG_KEPT:
            out.append(data[at:end])
        if name == b"IEND":
            return b"".join(out)
        at = end


def strip_webp(data: bytes) -> bytes:
    out, at = [], 12
    end = min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + length]
        if name in _WEBP_KEPT:
            if name == b"VP8X":
                body = bytes([body[0] & ~_WEBP_FLAGS]) + body[1:]
            out.append(struct.pack("<4sI", name, length) + body + b"\0" * (length % 2))
        at += 8 + length + length % 2
    chunks = b"".join(out)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def strip_gif(data: bytes) -> bytes:
    at = 13 + _gif_table(data[10])
    out = [data[:at]]
    while True:
        kind, began = data[at], at
        if kind == 0x3B:
            out.append(b";")
            return b"".join(out)
        if kind == 0x21:
            at = _gif_blocks(data, at + 2)
            if _gif_kept(data, began):
                out.append(data[began:at])
        elif kind == 0x2C:
            at = _gif_blocks(data, at + 11 + _gif_table(data[at + 9]))
            out.append(data[began:at])
        else:
            raise ValueError("no block where one must be")


def _gif_table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_blocks(data: bytes, at: int) -> int:
    """Behind the last one of a row of blocks."""
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _gif_kept(data: bytes, at: int) -> bool:
    """How long a frame stands, and how often they repeat."""
    label = data[at + 1]
    return label == 0xF9 or (label == 0xFF and data[at + 3 : at + 14] in _GIF_LOOPS)
