"""Finds out what a video or audio file has: pictures, sounds, and for how long. It runs in the
decoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from films import MOST_FILM_SIDE, Film, read_film  # type: ignore[import-not-found]
from mutagen.mp3 import MPEGInfo
from mutagen.oggopus import OggOpus
from mutagen.oggtheora import OggTheora
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE
from webm import read_webm  # type: ignore[import-not-found]

# The most bytes of an Ogg that are searched for its tracks, all of which begin at its beginning.
MOST_OGG_HEAD = 64 * 1024
_PAGE = b"OggS"
_BEGINS = 0x02
_THEORA = b"\x80theora"


def find_tracks(source: BinaryIO, kind: str, targets: dict[int, BinaryIO]) -> dict[str, Any]:
    """What there is to see or hear, its size, and its duration in milliseconds. What a file does
    not say is missing; the file is not refused for that."""
    try:
        film = READ[kind](source)
        seconds = float(film.seconds or 0.0)
    except Exception:
        film, seconds = Film(), 0.0
    return {
        "shows": film.shows,
        "width": film.width,
        "height": film.height,
        "duration": round(seconds * 1000) if 0 < seconds < 10**9 else None,
    }


def read_mp3(file: BinaryIO) -> Film:
    """The tags at its beginning, which may contain anything, are skipped by the length in their
    first ten bytes."""
    head = file.read(10)
    at = 0
    if head[:3] == b"ID3":
        for byte in head[6:10]:
            at = at << 7 | byte & 0x7F
        at += 10
    return Film("audio", float(MPEGInfo(file, at).length))


def read_ogg(file: BinaryIO) -> Film:
    film, opus = Film("audio"), False
    for packet in _first_packets(file.read(MOST_OGG_HEAD)):
        opus = opus or packet.startswith(b"OpusHead")
        if packet.startswith(_THEORA):
            sides = [int.from_bytes(packet[at : at + 3], "big") for at in (14, 17)]
            known = all(0 < side <= MOST_FILM_SIDE for side in sides)
            film = Film("video", None, *(sides if known else ()))
    reader = OggTheora if film.shows == "video" else OggOpus if opus else OggVorbis
    file.seek(0)
    film.seconds = float(reader(fileobj=file).info.length)  # type: ignore[attr-defined]
    return film


def _first_packets(head: bytes) -> list[bytes]:
    """What the pages that begin a track begin with. They come before all others."""
    packets, at = [], 0
    while head[at : at + 4] == _PAGE and len(head) > at + 27 and head[at + 5] & _BEGINS:
        begins = at + 27 + head[at + 26]
        size = sum(head[at + 27 : begins])
        packets.append(head[begins : begins + size])
        at = begins + size
    return packets


def read_wav(file: BinaryIO) -> Film:
    return Film("audio", float(WAVE(fileobj=file).info.length))  # type: ignore[attr-defined]


READ: dict[str, Callable[[BinaryIO], Film]] = {
    "mp4": read_film,
    "m4a": read_film,
    "mov": read_film,
    "webm": read_webm,
    "mp3": read_mp3,
    "ogg": read_ogg,
    "wav": read_wav,
}
