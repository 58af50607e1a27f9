"""Removes metadata from JPEGs: see ``stripping``.

Cameras also write JPEGs with several pictures (MPO): a preview or a second view behind the end of
the first. Only the first is kept.
"""

from __future__ import annotations

import re
import struct

from stripping import (  # type: ignore[import-not-found]
    EXIF_BEGINS,
    ORIENTATION,
    Costly,
    Stripped,
    check_profile,
    orientation_of,
    parts,
)

# A progressive JPEG has about ten scans, and each costs as much as a whole picture. Small pictures
# may have more, and large ones fewer: these are the most pixels of all scans.
USUAL_SCANS = 12
MOST_SCANS = 100
MOST_SCANNED = 300_000_000
# A picture of more pixels than this is large.
LARGE = 40_000_000
MOST_SCANNED_LARGE = 600_000_000

_ICC = b"ICC_PROFILE\0"
_END = b"\xff\xd9"
# Within a scan, FF is followed by 00 or by a restart marker; anything else begins a new marker.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]", re.DOTALL)
# Outside, readers also pass over anything that begins no segment.
_NEXT = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])", re.DOTALL)


def strip_jpeg(data: bytes) -> Stripped:
    out, at = [data[:2]], 2
    scans = pixels = profile = 0
    exif = b""
    for _ in parts():
        found = _NEXT.search(data, at)
        if found is None or found[1] == _END[1:]:
            break
        at = found.start()
        marker = data[at + 1]
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end <= at + 3 or end > len(data):
            if scans:
                # The file was cut off, and what came before is a picture.
                break
            raise ValueError("a segment of no length")
        begins = data[at + 4 : at + 16]
        if marker == 0xDA:
            scans += 1
            _check_scans(scans, pixels)
            end = _scan_end(data, end)
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", begins, 1)
            pixels = max(pixels, height * width)
        elif marker == 0xE1 and begins.startswith(EXIF_BEGINS):
            exif = exif or data[at + 4 : end]
        if _kept(marker, begins):
            profile += (end - at) * (marker == 0xE2)
            out.append(data[at:end])
        at = end
    if not scans:
        raise ValueError("no picture")
    check_profile(profile)
    return Stripped(b"".join((*out, _END)), orientation_of(exif))


def with_orientation(data: bytes, orientation: int) -> bytes:
    """The JPEG with EXIF that says only how it is to be turned."""
    entry = struct.pack(">HHHIHH", 1, ORIENTATION, 3, 1, orientation, 0)
    exif = EXIF_BEGINS + b"MM\0*" + struct.pack(">I", 8) + entry + bytes(4)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif + data[2:]


def _check_scans(scans: int, pixels: int) -> None:
    most = MOST_SCANNED_LARGE if pixels > LARGE else MOST_SCANNED
    bounded = scans > USUAL_SCANS or pixels > LARGE
    if scans > MOST_SCANS or (bounded and scans * pixels > most):
        raise Costly("too many scans")


def _kept(marker: int, begins: bytes) -> bool:
    if marker == 0xE2:
        return begins.startswith(_ICC)
    # The JFIF and Adobe segments are kept, because they tell how to read the colours.
    return marker in (0xE0, 0xEE) or not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _scan_end(data: bytes, at: int) -> int:
    """The place of the next marker, or where a file without an end ends."""
    found = _MARKER.search(data, at)
    if found:
        return found.start()
    return len(data) - data.endswith(b"\xff")
