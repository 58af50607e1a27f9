"""Reads which tracks an MP4, MOV or M4A has, how large its picture is and how long it takes.

It runs in the decoder, and reads only the outline (``boxes``), never a picture or a sound.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO, Literal

from boxes import Boxes  # type: ignore[import-not-found]

# The most bytes that are read of a box with fields, and of one that lists samples.
MOST_FIELDS = 256
MOST_LIST = 1024 * 1024
# The most parts of a recording whose samples are counted, from its end.
MOST_LATEST = 8
# The most pixels of one side; more are a lie.
MOST_FILM_SIDE = 65_535
# In a track's header: it is played. Chapters of an audio book have pictures that are not.
_ENABLED = 1
# Flags in the boxes of fragments: the fields that are there.
_OFFSET, _DESCRIPTION, _LENGTH = 0x01, 0x02, 0x08
_DATA, _FIRST, _EACH_LENGTH, _EACH = 0x001, 0x004, 0x100, (0x100, 0x200, 0x400, 0x800)


@dataclass
class Film:
    """``shows``: what there is to see or hear; None if no track says it. ``seconds`` is None if
    the file does not say."""

    shows: Literal["video", "audio"] | None = None
    seconds: float | None = None
    width: int | None = None
    height: int | None = None


@dataclass
class Track:
    """``usual`` is the length of a sample that says none, in units of which ``scale`` are a second.
    ``seconds`` is 0 if the track does not say how long it is."""

    id: int = 0
    enabled: bool = False
    size: tuple[int, int] = (0, 0)
    scale: int = 0
    seconds: float = 0.0
    handler: bytes = b""
    usual: int = 0


def read_film(file: BinaryIO) -> Film:
    boxes = Boxes(file)
    tracks: list[Track] = []
    seconds: float | None = None
    fragments: list[tuple[int, int]] = []
    for name, at, end in boxes.inside(0, boxes.end):
        if name == b"moov" and not tracks:
            tracks, seconds = _movie(boxes, at, end)
        elif name == b"moof":
            fragments = [*fragments[1 - MOST_LATEST :], (at, end)]
    film = film_of(tracks)
    longest = max((track.seconds for track in tracks), default=0.0)
    by_id = {track.id: track for track in tracks}
    # A browser says at the beginning how long the recording was when it wrote that.
    film.seconds = max(seconds or longest, _latest(boxes, fragments, by_id)) or None
    return film


def film_of(tracks: list[Track]) -> Film:
    played = [track for track in tracks if track.enabled] or tracks
    for track in played:
        if track.handler == b"vide":
            known = all(0 < side <= MOST_FILM_SIDE for side in track.size)
            return Film("video", None, *(track.size if known else (None, None)))
    return Film("audio" if any(track.handler == b"soun" for track in played) else None)


def _movie(boxes: Boxes, at: int, end: int) -> tuple[list[Track], float | None]:
    """The tracks of a film, and its duration in seconds."""
    tracks, lengths = [], dict[int, int]()
    scale = length = 0
    for name, inside, until in boxes.inside(at, end):
        fields = boxes.read(inside, until, MOST_FIELDS)
        if name == b"mvhd":
            scale, length = _timed(fields)
        elif name == b"trak":
            tracks.append(_track(boxes, inside, until))
        elif name == b"mvex":
            for inner, begins, ends in boxes.inside(inside, until):
                fields = boxes.read(begins, ends, MOST_FIELDS)
                if inner == b"mehd" and not length:
                    (length,) = struct.unpack_from(">Q" if fields[0] else ">I", fields, 4)
                elif inner == b"trex":
                    track_id, _, usual = struct.unpack_from(">III", fields, 4)
                    lengths[track_id] = usual
    for track in tracks:
        track.usual = lengths.get(track.id, 0)
    return tracks, length / scale if scale and length else None


def _track(boxes: Boxes, at: int, end: int) -> Track:
    track = Track()
    for name, inside, until in boxes.inside(at, end):
        if name == b"tkhd":
            _head(track, boxes.read(inside, until, MOST_FIELDS))
        elif name == b"mdia":
            for inner, begins, ends in boxes.inside(inside, until):
                fields = boxes.read(begins, ends, MOST_FIELDS)
                if inner == b"mdhd":
                    track.scale, length = _timed(fields)
                    track.seconds = length / track.scale if track.scale else 0.0
                elif inner == b"hdlr":
                    track.handler = fields[8:12]
    return track


def _head(track: Track, fields: bytes) -> None:
    """Reads a ``tkhd`` box. Version 1 has wider times. A matrix turns the picture; after a quarter
    turn, its first number is 0 and its second is not."""
    track.enabled = bool(fields[3] & _ENABLED)
    wide = 12 if fields[0] else 0
    (track.id,) = struct.unpack_from(">I", fields, 12 + wide * 2 // 3)
    across, turned = struct.unpack_from(">2i", fields, 40 + wide)
    width, height = (side >> 16 for side in struct.unpack_from(">II", fields, 76 + wide))
    track.size = (height, width) if turned and not across else (width, height)


def _timed(fields: bytes) -> tuple[int, int]:
    """How many units a second has, and the length in units; 0 if it is unknown. The boxes ``mvhd``
    and ``mdhd`` begin alike, and version 1 has wider numbers."""
    scale, length = (
        struct.unpack_from(">IQ", fields, 20)
        if fields[0]
        else struct.unpack_from(">II", fields, 12)
    )
    return scale, length if length not in (2**32 - 1, 2**64 - 1) else 0


def _latest(boxes: Boxes, fragments: list[tuple[int, int]], tracks: dict[int, Track]) -> float:
    """The end (in seconds) of a recording that was written in parts: that of its last part; 0 if
    there are none."""
    ends = [0.0]
    for at, end in fragments:
        for name, inside, until in boxes.inside(at, end):
            if name == b"traf":
                ends.append(_fragment_end(boxes, inside, until, tracks))
    return max(ends)


def _fragment_end(boxes: Boxes, at: int, end: int, tracks: dict[int, Track]) -> float:
    time = usual = scale = 0
    for name, inside, until in boxes.inside(at, end):
        fields = boxes.read(inside, until, MOST_LIST if name == b"trun" else MOST_FIELDS)
        flags = int.from_bytes(fields[1:4], "big")
        if name == b"tfhd":
            (track_id,) = struct.unpack_from(">I", fields, 4)
            track = tracks.get(track_id, Track())
            scale, usual = track.scale, track.usual
            if flags & _LENGTH:
                skipped = 8 * bool(flags & _OFFSET) + 4 * bool(flags & _DESCRIPTION)
                (usual,) = struct.unpack_from(">I", fields, 8 + skipped)
        elif name == b"tfdt":
            (time,) = struct.unpack_from(">Q" if fields[0] else ">I", fields, 4)
        elif name == b"trun":
            time += _run(fields, flags, usual)
    return time / scale if scale else 0.0


def _run(fields: bytes, flags: int, usual: int) -> int:
    """The length of a series of samples."""
    (count,) = struct.unpack_from(">I", fields, 4)
    if not flags & _EACH_LENGTH:
        return int(count * usual)
    at = 8 + 4 * bool(flags & _DATA) + 4 * bool(flags & _FIRST)
    step = 4 * sum(bool(flags & each) for each in _EACH)
    listed = fields[at : at + step * count]
    return sum(struct.unpack_from(">I", listed, n)[0] for n in range(0, len(listed) - 3, step))
