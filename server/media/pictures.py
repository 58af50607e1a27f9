"""Makes of an uploaded picture what others see of it. It runs in the decoder (``decoder``)."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import boxes  # type: ignore[import-not-found]
import chunked  # type: ignore[import-not-found]
import films  # type: ignore[import-not-found]
import heif  # type: ignore[import-not-found]
import jpegs  # type: ignore[import-not-found]
import pillow_heif
import stripping  # type: ignore[import-not-found]
import threadless  # type: ignore[import-not-found]

# Behind the wall nothing can be imported any more.
from PIL import (  # noqa: F401
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    ImageOps,
    ImagePalette,
    ImageSequence,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

MOST_PIXELS = 50_000_000
# A JPEG is decoded at a part of its size, which takes little memory however large it is.
MOST_PIXELS_OF_JPEG = 110_000_000
# The most pixels of one side, because formats have limits of their own.
MOST_SIDE = 65_535
# The most pixels of all frames of an AVIF, which is encoded again. They take a second or two.
MOST_ENCODED = 16_000_000
# The factor that takes 16 bits to 8.
SCALE_16 = 1 / 256
WEBP: dict[str, Any] = {"format": "WEBP", "quality": 80, "method": 4}

STRIP = {
    "JPEG": jpegs.strip_jpeg,
    "PNG": chunked.strip_png,
    "GIF": chunked.strip_gif,
    "WEBP": chunked.strip_webp,
    "HEIF": heif.strip_heif,
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
# Those that change width and height.
SIDEWAYS = [UPRIGHT[orientation] for orientation in (5, 6, 7, 8)]
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


def prepare() -> None:
    """Loads what opens pictures, and nothing that opens anything else."""
    Image.MAX_IMAGE_PIXELS = None
    Image.preinit()
    # The wall does not allow threads.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    threadless.forbid_threads()
    pillow_heif.register_heif_opener(decode_threads=1, depth_images=False, aux_images=False)
    for other in Image.OPEN.keys() - {*ENCODED, *STRIP}:
        # TIFF is kept only for reading EXIF, which has the same format.
        del Image.OPEN[other]


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
    most = MOST_PIXELS_OF_JPEG if kind == "JPEG" else MOST_PIXELS
    if image.width * image.height > most or max(image.size) > MOST_SIDE:
        raise FileRefused(f"An image can have at most {most // 10**6} million pixels.")
    frames = getattr(image, "n_frames", 1) if kind == "AVIF" else 1
    if kind == "AVIF" and frames * image.width * image.height > MOST_ENCODED:
        raise stripping.Costly("too much to encode anew")
    return image


def show_picture(source: BinaryIO, kind: str, targets: dict[int, BinaryIO]) -> dict[str, Any]:
    """Writes the image upright and without its metadata, and a thumbnail."""
    found = stripped(source, kind)
    full, (side, thumbnail) = targets.pop(0), targets.popitem()
    ImageFile.LOAD_TRUNCATED_IMAGES = found.cut
    with opened(found.data, kind) as picture:
        turn = None if found.moves else UPRIGHT.get(found.orientation)
        data = found.data
        if kind not in STRIP:
            found.moves = _time(picture, data)
        if picture.width * picture.height > MOST_PIXELS and turn is not None:
            # Browsers turn it, as it has too many pixels to be turned here.
            data = jpegs.with_orientation(data, found.orientation)
        elif turn is not None or kind not in STRIP:
            picture, data = reencoded(picture, kind, turn)
            turn = None
        width, height = picture.size
        picture.thumbnail((side, side))
        if turn is not None:
            picture = picture.transpose(turn)
            width, height = (height, width) if turn in SIDEWAYS else (width, height)
        plain_value(picture).save(thumbnail, **WEBP)
    full.write(data)
    return {"width": width, "height": height, "duration": found.moves}


def _time(picture: Image.Image, data: bytes) -> int | None:
    """How long one turn of an AVIF that moves takes (ms), else None."""
    if not getattr(picture, "is_animated", False):
        return None
    seconds = films.read_film(io.BytesIO(data)).seconds or 0
    return max(1, round(1000 * min(seconds, 10**9)))


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
    if picture.mode == "I;16":
        picture = _eight_bits(picture)
    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    picture.info = {}
    return picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    """A picture of 16 bits in 8, scaled: Pillow would take all but the darkest for white."""
    scaled = picture.point(lambda value: value * SCALE_16).convert("L")
    transparent = picture.info.get("transparency")
    if isinstance(transparent, int):
        scaled.info["transparency"] = int(transparent * SCALE_16)
    return scaled


def make_avatar(source: BinaryIO, kind: str, targets: dict[int, BinaryIO]) -> dict[str, Any]:
    """Writes the square in the middle of an image, in several sizes."""
    found = stripped(source, kind)
    with opened(found.data, kind) as picture:
        if kind == "JPEG":
            picture.draft("RGB", (2 * max(targets), 2 * max(targets)))
        upright = plain_value(picture)
        for side, file in targets.items():
            ImageOps.fit(upright, (side, side)).save(file, **WEBP)
    return {}
