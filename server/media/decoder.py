"""A process that opens what strangers sent, so that the server need not: run as a script.

One job a line comes in as JSON, one answer a line goes out. It knows no setting and no secret, and
its limits are set before the first job: what takes too much of anything ends this process alone.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import sys
from typing import Any

import mutagen
import stripping  # type: ignore[import-not-found]
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import get_sampling

MOST_MEMORY = 1024 * 1024 * 1024
MOST_CPU_SECONDS = 20
MOST_FILE_BYTES = 256 * 1024 * 1024
MOST_PIXELS = 40_000_000
# Of one side: encoders have limits of their own.
MOST_SIDE = 16_383
THUMBNAIL = 512
ORIENTATION = 0x0112
WEBP: dict[str, Any] = {"format": "WEBP", "quality": 80, "method": 4}
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

STRIP = {
    "JPEG": stripping.strip_jpeg,
    "PNG": stripping.strip_png,
    "GIF": stripping.strip_gif,
    "WEBP": stripping.strip_webp,
}


class Refused(Exception):
    """What the uploader is told."""


def opened(source: str, kind: str) -> Image.Image:
    """Only its header is read yet: an image that is too large costs nothing."""
    image = Image.open(source, formats=[kind])
    if image.width * image.height > MOST_PIXELS or max(image.size) > MOST_SIDE:
        raise Refused(f"an image may have at most {MOST_PIXELS // 10**6} million pixels")
    return image


def image(job: dict[str, Any]) -> dict[str, Any]:
    """Writes the image without its metadata, upright, and a thumbnail."""
    source, kind = job["source"], job["kind"]
    with opened(source, kind) as picture:
        animated = getattr(picture, "is_animated", False)
        turned = not animated and picture.getexif().get(ORIENTATION, 1) != 1
        if turned or kind not in STRIP:
            picture = reencoded(picture, kind, job["target"], animated)
        else:
            with open(source, "rb") as read, open(job["target"], "wb") as written:
                written.write(STRIP[kind](read.read()))
        size = picture.size
        picture.thumbnail((THUMBNAIL, THUMBNAIL))
        plain(picture).save(job["thumbnail"], **WEBP)
    # What was written is an image still, and says the same.
    with opened(job["target"], kind) as written_image:
        if written_image.size != size:
            raise ValueError("not what it was")
    return {"width": size[0], "height": size[1]}


def reencoded(picture: Image.Image, kind: str, target: str, animated: bool) -> Image.Image:
    """As good as it was: a JPEG with its own tables."""
    kept: dict[str, Any] = {"icc_profile": picture.info.get("icc_profile")}
    if kind == "JPEG":
        kept |= {"qtables": picture.quantization, "subsampling": get_sampling(picture)}  # type: ignore[attr-defined]
    elif kind != "PNG":
        kept |= {"quality": 90, "exif": b"", "xmp": b"", "save_all": animated}
    if not animated:
        picture = ImageOps.exif_transpose(picture)
    if kind == "AVIF":
        kept |= {"speed": 8}
    picture.info = {}
    picture.save(target, format=kind, **{k: v for k, v in kept.items() if v is not None})
    return picture


def plain(picture: Image.Image) -> Image.Image:
    """In a mode that WebP has, and with nothing but pixels."""
    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    picture.info = {}
    return picture


def avatar(job: dict[str, Any]) -> dict[str, Any]:
    """The middle of an image, square, in several sizes."""
    with opened(job["source"], job["kind"]) as picture:
        sizes = {int(size): path for size, path in job["targets"].items()}
        if job["kind"] == "JPEG":
            picture.draft("RGB", (2 * max(sizes), 2 * max(sizes)))
        upright = plain(ImageOps.exif_transpose(picture))
        for size, path in sizes.items():
            ImageOps.fit(upright, (size, size)).save(path, **WEBP)
    return {}


def duration(job: dict[str, Any]) -> dict[str, Any]:
    """In milliseconds; none where it is not told, which is no reason to refuse a file."""
    try:
        found = mutagen.File(job["source"])
        seconds = float(found.info.length) if found is not None else 0.0
    except Exception:
        seconds = 0.0
    return {"duration": round(seconds * 1000) if 0 < seconds < 10**9 else None}


JOBS = {"image": image, "avatar": avatar, "duration": duration}


def answer(job: dict[str, Any]) -> dict[str, Any]:
    try:
        return JOBS[job["job"]](job)
    except Refused as refused:
        return {"refused": str(refused)}
    except OSError as error:
        if error.errno in FULL:
            return {"full": True}
    except (Exception, MemoryError):
        pass
    return {"refused": "this is no image that can be read"}


def limit() -> None:
    Image.MAX_IMAGE_PIXELS = None
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    if most == resource.RLIM_INFINITY or most > MOST_FILE_BYTES:
        resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_FILE_BYTES, MOST_FILE_BYTES))


def allow_cpu() -> None:
    """So much for the next job: what was used before does not count."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + MOST_CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def main() -> None:
    limit()
    # Whatever a library prints is no answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        allow_cpu()
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
