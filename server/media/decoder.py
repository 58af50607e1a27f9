"""A separate process that opens files from strangers, so that the server itself need not. It is run
as a script.

Its standard input is a socket. Each line that comes in is a job in JSON, together with its files,
which are already open. Each answer is a line too. The process has no settings and no secrets, and
it builds a wall around itself before the first job (``wall.py``). A file that takes too much of
anything ends only this process.
"""

from __future__ import annotations

import errno
import io
import json
import os
import socket
from typing import Any, BinaryIO

import boxes  # type: ignore[import-not-found]
import stripping  # type: ignore[import-not-found]
import wall  # type: ignore[import-not-found]
from mutagen.mp3 import MPEGInfo
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

# Behind the wall nothing can be imported any more.
from PIL import (  # noqa: F401
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    ImagePalette,
    ImageSequence,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

# The most CPU time for one file.
MOST_CPU_SECONDS = 5
MOST_PIXELS = 40_000_000
# The most pixels of one side, because encoders have limits of their own.
MOST_SIDE = 16_383
# The most pixels of all frames of an AVIF, which is encoded again. They take a second or two.
MOST_ENCODED = 16_000_000
# How much a file may grow when it is encoded again.
ENCODED_GROWTH, GROWTH_BYTES = 2, 16 * 1024 * 1024
MOST_JOB = 4096
WEBP: dict[str, Any] = {"format": "WEBP", "quality": 80, "method": 4}
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

STRIP = {
    "JPEG": stripping.strip_jpeg,
    "PNG": stripping.strip_png,
    "GIF": stripping.strip_gif,
    "WEBP": stripping.strip_webp,
}
# The operation that turns a picture upright, by its EXIF orientation.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# How each type is encoded again: quickly, and without loss of quality that can be seen.
ENCODED: dict[str, dict[str, Any]] = {
    "JPEG": {},
    "GIF": {},
    "PNG": {"compress_level": 3},
    "WEBP": {"quality": 90, "method": 2},
    "AVIF": {"quality": 90, "speed": 10, "max_threads": 1},
}


class FileRefused(Exception):
    """The file is refused; the message is for the user who uploaded it."""


def stripped(source: BinaryIO, kind: str) -> Any:
    """The file without metadata. Raises ``Costly`` if its outline alone shows that it is too
    costly to display."""
    data = source.read()
    if kind in STRIP:
        return STRIP[kind](data)
    boxes.check_boxes(data)
    return stripping.Stripped(data)


def opened(data: bytes, kind: str) -> Image.Image:
    """Opens an image. Only its header is read, so an image that is too large costs nothing."""
    image = Image.open(io.BytesIO(data), formats=[kind])
    if image.width * image.height > MOST_PIXELS or max(image.size) > MOST_SIDE:
        raise FileRefused(f"An image can have at most {MOST_PIXELS // 10**6} million pixels.")
    frames = getattr(image, "n_frames", 1) if kind == "AVIF" else 1
    if kind == "AVIF" and frames * image.width * image.height > MOST_ENCODED:
        raise stripping.Costly("too much to encode anew")
    return image


def image(source: BinaryIO, kind: str, targets: dict[int, BinaryIO]) -> dict[str, Any]:
    """Writes the image upright and without its metadata, and a thumbnail."""
    found = stripped(source, kind)
    full, (side, thumbnail) = targets.pop(0), targets.popitem()
    with opened(found.data, kind) as picture:
        turn = None if found.frames else UPRIGHT.get(found.orientation)
        if turn is not None or kind not in STRIP:
            picture, data = reencoded(picture, kind, turn)
        else:
            data = found.data
        size = picture.size
        picture.thumbnail((side, side))
        plain_value(picture).save(thumbnail, **WEBP)
    full.write(data)
    return {"width": size[0], "height": size[1]}


def reencoded(
    picture: Image.Image, kind: str, turn: Image.Transpose | None
) -> tuple[Image.Image, bytes]:
    """Turns the picture and encodes it again, a JPEG with its original tables. Returns the picture
    and the encoded file."""
    kept: dict[str, Any] = {"icc_profile": picture.info.get("icc_profile")} | ENCODED[kind]
    if kind == "JPEG":
        sampling = JpegImagePlugin.get_sampling(picture)
        kept |= {"qtables": picture.quantization, "subsampling": sampling}  # type: ignore[attr-defined]
    moves = getattr(picture, "is_animated", False)
    if kind != "JPEG" and kind != "PNG":
        kept |= {"exif": b"", "xmp": b"", "save_all": moves}
    if turn is not None:
        picture = picture.transpose(turn)
    elif not moves:
        # Pillow reports the orientation in an AVIF's own properties as EXIF.
        picture = ImageOps.exif_transpose(picture)
    picture.info = {}
    out = io.BytesIO()
    picture.save(out, format=kind, **{k: v for k, v in kept.items() if v is not None})
    return picture, out.getvalue()


def plain_value(picture: Image.Image) -> Image.Image:
    """The picture in a mode that WebP supports, and with nothing but its pixels."""
    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    picture.info = {}
    return picture


def avatar(source: BinaryIO, kind: str, targets: dict[int, BinaryIO]) -> dict[str, Any]:
    """Writes the square in the middle of an image, in several sizes."""
    found = stripped(source, kind)
    with opened(found.data, kind) as picture:
        if kind == "JPEG":
            picture.draft("RGB", (2 * max(targets), 2 * max(targets)))
        upright = plain_value(picture)
        for side, file in targets.items():
            ImageOps.fit(upright, (side, side)).save(file, **WEBP)
    return {}


def media_duration(source: BinaryIO, kind: str, targets: dict[int, BinaryIO]) -> dict[str, Any]:
    """The duration in milliseconds. It is missing if the file does not state one; the file is not
    refused for that."""
    try:
        seconds = float(SECONDS_OF[kind](source) or 0.0)
    except Exception:
        seconds = 0.0
    return {"duration": round(seconds * 1000) if 0 < seconds < 10**9 else None}


def mp3(file: BinaryIO) -> float:
    """The duration of an MP3 in seconds. The tags at its beginning, which may contain anything, are
    skipped by the length in their first ten bytes."""
    head = file.read(10)
    at = 0
    if head[:3] == b"ID3":
        for byte in head[6:10]:
            at = at << 7 | byte & 0x7F
        at += 10
    return float(MPEGInfo(file, at).length)


def ogg(file: BinaryIO) -> float:
    kind = OggOpus if b"OpusHead" in file.read(512) else OggVorbis
    file.seek(0)
    return float(kind(fileobj=file).info.length)  # type: ignore[attr-defined]


def wav(file: BinaryIO) -> float:
    return float(WAVE(fileobj=file).info.length)  # type: ignore[attr-defined]


SECONDS_OF = {
    "mp4": boxes.film_seconds,
    "m4a": boxes.film_seconds,
    "mp3": mp3,
    "ogg": ogg,
    "wav": wav,
}
JOBS = {"image": image, "avatar": avatar, "duration": media_duration}


def answer_job(
    job: dict[str, Any], source: BinaryIO, targets: dict[int, BinaryIO]
) -> dict[str, Any]:
    try:
        found = JOBS[job["job"]](source, job["kind"], targets)
        for file in targets.values():
            file.flush()
        return found
    except stripping.Costly:
        return {"costly": True}
    except FileRefused as refused:
        return {"refused": str(refused)}
    except OSError as error:
        if error.errno in NO_SPACE:
            return {"full": True}
    except (Exception, MemoryError):
        pass
    return {"refused": "This image cannot be read."}


def work(job: dict[str, Any], source: BinaryIO, targets: dict[int, BinaryIO]) -> dict[str, Any]:
    size = os.fstat(source.fileno()).st_size
    wall.allow(MOST_CPU_SECONDS, ENCODED_GROWTH * size + GROWTH_BYTES)
    return answer_job(job, source, targets)


def main() -> None:
    Image.MAX_IMAGE_PIXELS = None
    Image.preinit()
    for other in Image.OPEN.keys() - ENCODED.keys():
        # TIFF is kept only for reading EXIF, which has the same format.
        del Image.OPEN[other]
    # The wall does not allow threads.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    server = socket.socket(fileno=0)
    server.sendall(json.dumps({"missing": wall.build_wall()}).encode() + b"\n")
    while True:
        line, handed, _, _ = socket.recv_fds(server, MOST_JOB, 8)
        if not line:
            return
        job = json.loads(line)
        source = os.fdopen(handed[0], "rb")
        written = [os.fdopen(each, "wb") for each in handed[1:]]
        targets = dict(zip(job["sides"], written, strict=True))
        said = work(job, source, dict(targets))
        for file in (source, *written):
            try:
                file.close()
            except OSError:
                said = {"full": True}
        server.sendall(json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    main()
