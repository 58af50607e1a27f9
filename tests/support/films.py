"""Video and audio files made of nothing but their outlines: what they say of their tracks."""

from __future__ import annotations

import struct

IDENTITY = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
# A quarter turn to the right, as phones that were held upright write it.
QUARTER = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
VIDEO, SOUND = b"vide", b"soun"
DOCTYPE = b"\x42\x82\x84webm"
UNKNOWN_SIZE = b"\x01" + b"\xff" * 7


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def brands(major: bytes = b"isom", *others: bytes) -> bytes:
    return box(b"ftyp", major + bytes(4) + b"".join(others))


def film_track(
    kind: bytes,
    size: tuple[int, int] = (0, 0),
    *,
    matrix: bytes = IDENTITY,
    number: int = 1,
    enabled: bool = True,
    wide: bool = False,
) -> bytes:
    """``trak`` of a film. Its units of time are milliseconds."""
    times = bytes(16) if wide else bytes(8)
    length = bytes(8) if wide else bytes(4)
    flags = bytes((wide, 0, 0, enabled))
    head = flags + times + struct.pack(">II", number, 0) + length + bytes(16)
    head += matrix + struct.pack(">II", size[0] << 16, size[1] << 16)
    media = box(b"mdhd", bytes(12) + struct.pack(">II", 1000, 0) + bytes(4))
    media += box(b"hdlr", bytes(8) + kind + bytes(13))
    return box(b"trak", box(b"tkhd", head) + box(b"mdia", media))


def film(*tracks: bytes, begins: bytes | None = None, length: int = 2500) -> bytes:
    """An MP4 that takes ``length`` milliseconds."""
    head = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, length) + bytes(80))
    start = brands() if begins is None else begins
    return start + box(b"mdat", bytes(100)) + box(b"moov", head + b"".join(tracks))


def recording(*tracks: bytes, parts: int = 3, length: int = 0) -> bytes:
    """An MP4 in parts of a second, as a browser records it: nothing says how long it is, or
    something that was true when it began (``length``, in milliseconds)."""
    data = film(*tracks, length=length)
    for part in range(parts):
        run = b"\0\0\1\0" + struct.pack(">I", 10) + struct.pack(">I", 100) * 10
        track = box(b"tfhd", b"\0\0\0\0" + struct.pack(">I", 1))
        track += box(b"tfdt", b"\1\0\0\0" + struct.pack(">Q", 1000 * part)) + box(b"trun", run)
        data += box(b"moof", box(b"mfhd", bytes(8)) + box(b"traf", track)) + box(b"mdat", bytes(50))
    return data


def element(name: str, content: bytes, *, unknown: bool = False) -> bytes:
    """An element of a WebM, by its id in hexadecimal digits."""
    size = UNKNOWN_SIZE if unknown else struct.pack(">Q", len(content) | 1 << 56)
    return bytes.fromhex(name) + size + content


def number(name: str, value: int) -> bytes:
    return element(name, value.to_bytes(4, "big"))


def webm_track(kind: int, size: tuple[int, int] | None = None, track: int = 1) -> bytes:
    """``kind``: 1 is video, 2 is audio."""
    inside = number("d7", track) + number("83", kind)
    if size:
        inside += element("e0", number("b0", size[0]) + number("ba", size[1]))
    return element("ae", inside)


def webm(*tracks: bytes, duration: float | None = None, blocks: int = 5) -> bytes:
    """A WebM. Without a duration, it is as a browser records it: its sizes are unknown, and a block
    comes each 100 ms, in clusters of a second."""
    info = number("2ad7b1", 1_000_000)
    if duration is not None:
        info += element("4489", struct.pack(">d", duration))
    inside = element("1549a966", info) + element("1654ae6b", b"".join(tracks))
    for begin in range(0, blocks, 10):
        cluster = number("e7", 100 * begin)
        for n in range(min(10, blocks - begin)):
            cluster += element("a3", b"\x81" + struct.pack(">hB", 100 * n, 0x80) + bytes(20))
        inside += element("1f43b675", cluster, unknown=duration is None)
    return element("1a45dfa3", DOCTYPE) + element("18538067", inside, unknown=duration is None)


def ogg_page(packet: bytes, serial: int, flags: int, granule: int = 0, number: int = 0) -> bytes:
    lengths = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, granule, serial, number, 0)
    return head + bytes([len(lengths)]) + lengths + packet


def ogg_film(size: tuple[int, int], seconds: int) -> bytes:
    """An Ogg with a Theora track of 10 frames a second, and a Vorbis track before it."""
    sides = b"".join(side.to_bytes(3, "big") for side in size)
    blocks = struct.pack(">HH", (size[0] + 15) // 16, (size[1] + 15) // 16)
    theora = b"\x80theora\3\2\1" + blocks + sides + bytes(2) + struct.pack(">II", 10, 1)
    theora += bytes(6) + bytes(4) + b"\0\xc0" + bytes(10)
    vorbis = b"\x01vorbis" + struct.pack("<IBIIIIBB", 0, 2, 48000, 0, 64000, 0, 0xB8, 1)
    comment = b"\x81theora" + struct.pack("<II", 0, 0)
    end = ogg_page(b"\0" * 20, 2, 4, (10 * seconds) << 6, 2)
    return b"".join(
        (
            ogg_page(vorbis, 1, 2),
            ogg_page(theora, 2, 2),
            ogg_page(comment, 2, 0, 0, 1),
            end,
        )
    )
