"""What others see of a picture: of any that a browser shows, as much as can safely be made."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from tests.support.client import User, outcome
from tests.support.files import ORIENTATION, fetch, opened, picture, upload
from tests.support.films import box
from tests.support.world import World
from tests.walls.hostile_files import chunk, png_with

Image.MAX_IMAGE_PIXELS = None

pytestmark = [
    pytest.mark.usefixtures("no_errors_logged"),
    pytest.mark.parametrize("kind", ["sqlite"]),
]

SECRET = b"a camera that tells"


def mpo(orientation: int = 6) -> bytes:
    """A photo of a phone: a JPEG with a second picture behind its end."""
    first = opened(picture("JPEG", (640, 480)))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010F] = SECRET.decode()
    out = io.BytesIO()
    second = Image.new("RGB", (320, 240), "green")
    first.save(out, "MPO", save_all=True, append_images=[second], exif=exif)
    return out.getvalue()


def long_orientation() -> bytes:
    """A JPEG whose orientation is a number of four bytes."""
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\4\0\0\0\1\0\0\0\6\0\0\0\0"
    data = picture("JPEG", (640, 480))
    return data[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif + data[2:]


def one_frame(form: str) -> bytes:
    """An animation of a single frame, which is a picture like any other."""
    data = picture(form, (640, 480), frames=2, orientation=6)
    if form == "PNG":
        # The frames after the first go, and their number.
        begins = data.index(b"fdAT") - 4
        before = data.rindex(b"fcTL", 0, begins) - 4
        return data[:before] + data[data.rindex(b"IEND") - 4 :]
    first = data.index(b"ANMF")
    second = data.index(b"ANMF", first + 4)
    size = 8 + struct.unpack_from("<I", data, second + 4)[0]
    data = data[:second] + data[second + size :]
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


def large(width: int, height: int, form: str = "JPEG", **options: Any) -> bytes:
    return picture(form, (width, height), **options)


def grey(*, turned: bool = False) -> bytes:
    """A PNG of 16 bits: its left half is dark grey, its right half light grey."""
    rows = (b"\0" + struct.pack(">H", 0x4000) * 40 + struct.pack(">H", 0xB000) * 40) * 60
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 80, 60, 16, 0, 0, 0, 0))]
    if turned:
        chunks.append((b"eXIf", b"MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\3\0\0\0\0\0\0"))
    chunks += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, body) for name, body in chunks)


def heic(size: tuple[int, int] = (640, 480), **options: Any) -> bytes:
    return picture("HEIF", size, **options)


async def shown(user: User, data: bytes) -> tuple[dict[str, Any], Image.Image]:
    """What is answered, and the thumbnail."""
    attachment = await upload(user, data, "a picture")
    assert attachment["thumbnail_url"], attachment
    thumbnail = opened((await fetch(user, attachment["thumbnail_url"]))[2])
    width, height = attachment["width"], attachment["height"]
    assert thumbnail.width / thumbnail.height == pytest.approx(width / height, rel=0.05)
    return attachment, thumbnail.convert("RGB")


def colours(image: Image.Image, *places: tuple[float, float]) -> list[str]:
    """The strongest colour at places, which are given as parts of the width and height."""
    found = []
    for x, y in places:
        pixel = image.getpixel((int(x * image.width), int(y * image.height)))
        assert isinstance(pixel, tuple)
        found.append(["red", "green", "blue"][pixel.index(max(pixel))])
    return found


UPPER_LEFT, UPPER_RIGHT = (0.2, 0.2), (0.8, 0.2)


@pytest.mark.parametrize(
    ("make", "size"),
    [
        pytest.param(mpo, (480, 640), id="MPO"),
        pytest.param(long_orientation, (480, 640), id="orientation of four bytes"),
        pytest.param(lambda: one_frame("PNG"), (480, 640), id="APNG of one frame"),
        pytest.param(lambda: one_frame("WEBP"), (480, 640), id="WebP of one frame"),
        pytest.param(lambda: large(8064, 6048, orientation=6), (6048, 8064), id="48 megapixels"),
        pytest.param(lambda: heic(orientation=6), (480, 640), id="HEIC"),
    ],
)
async def test_what_does_not_move_is_turned(
    world: World, make: Callable[[], bytes], size: tuple[int, int]
) -> None:
    ann = await world.user("ann", connect=False)
    attachment, thumbnail = await shown(ann, make())
    assert (attachment["width"], attachment["height"]) == size
    assert attachment["duration"] is None
    assert colours(thumbnail, UPPER_LEFT, UPPER_RIGHT) == ["blue", "red"]
    _, _, body = await fetch(ann, attachment["url"])
    assert opened(body).size == size and SECRET not in body


async def test_a_photo_that_is_too_large_to_be_turned_says_how_to_turn_it(world: World) -> None:
    """It says nothing else."""
    ann = await world.user("ann", connect=False)
    attachment, thumbnail = await shown(ann, large(12000, 9000, orientation=6, gps=True))
    assert (attachment["width"], attachment["height"]) == (9000, 12000)
    assert colours(thumbnail, UPPER_LEFT, UPPER_RIGHT) == ["blue", "red"]
    _, _, body = await fetch(ann, attachment["url"])
    assert dict(opened(body).getexif()) == {ORIENTATION: 6} and SECRET not in body


@pytest.mark.parametrize(
    ("form", "frames", "expected"),
    [("GIF", 5, 500), ("WEBP", 5, 500), ("PNG", 5, 500), ("AVIF", 5, 500)],
)
async def test_what_moves_says_for_how_long(
    world: World, form: str, frames: int, expected: int
) -> None:
    """So a client can tell it from what does not."""
    ann = await world.user("ann", connect=False)
    assert (await upload(ann, picture(form, frames=frames)))["duration"] == expected
    assert (await upload(ann, picture(form)))["duration"] is None


async def test_hasty_frames_take_as_long_as_browsers_show_them(world: World) -> None:
    ann = await world.user("ann", connect=False)
    data = picture("GIF", frames=4).replace(b"\x21\xf9\x04\x00\x0a", b"\x21\xf9\x04\x00\x01")
    assert (await upload(ann, data))["duration"] == 400


def noise(form: str, **options: Any) -> bytes:
    """A picture whose data is long enough to be cut."""
    out = io.BytesIO()
    Image.effect_noise((300, 200), 90).convert("RGB").save(out, form, **options)
    return out.getvalue()


def cmyk() -> bytes:
    out = io.BytesIO()
    opened(picture("PNG", (400, 300))).convert("CMYK").save(out, "JPEG")
    return out.getvalue()


BAD_TEXT = chunk(b"tEXt", b"Comment\0hello")[:-4] + bytes(4)
BAD_GAMMA = chunk(b"gAMA", struct.pack(">I", 45455))[:-4] + bytes(4)
# A reader can do without any of them.
BROKEN_CHUNKS = [
    (b"iCCP", b"profile\0\0not deflated", "profile that does not inflate"),
    (b"iCCP", b"profile\0\0" + zlib.compress(bytes(999))[:-9], "profile that is cut"),
    (b"iCCP", b"profile\0\1" + zlib.compress(bytes(999)), "profile by an unknown method"),
    (b"iCCP", b"profile", "profile that is missing"),
    (b"gAMA", b"\0", "short gamma"),
    (b"cHRM", bytes(7), "short colours"),
    (b"pHYs", bytes(3), "short density"),
    (b"sRGB", b"", "empty intent"),
    (b"tRNS", b"\0", "short transparent colour"),
]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: picture("GIF", frames=3)[:-1], id="GIF without its last byte"),
        pytest.param(lambda: picture("GIF", frames=3)[:-30], id="GIF cut in its last frame"),
        pytest.param(lambda: noise("GIF")[:-5000], id="GIF cut in its only frame"),
        pytest.param(lambda: picture("GIF") + b"junk", id="GIF with more behind it"),
        pytest.param(lambda: picture("JPEG")[:-2], id="JPEG without its end"),
        pytest.param(lambda: noise("JPEG")[:-3000], id="JPEG cut in its rows"),
        pytest.param(lambda: noise("JPEG", progressive=True)[:-3000], id="progressive and cut"),
        pytest.param(lambda: picture("JPEG") + b"junk" * 99, id="JPEG with more behind it"),
        pytest.param(lambda: picture("JPEG")[:-2] + bytes(99), id="JPEG with zeros for its end"),
        pytest.param(
            lambda: picture("JPEG")[:20] + b"junk" + picture("JPEG")[20:], id="JPEG with junk"
        ),
        pytest.param(lambda: picture("PNG")[:-12], id="PNG without IEND"),
        pytest.param(lambda: picture("PNG")[:-3], id="PNG with half of IEND"),
        pytest.param(lambda: noise("PNG")[:-3000], id="PNG cut in its rows"),
        pytest.param(lambda: png_with(BAD_TEXT), id="PNG with a bad text"),
        pytest.param(lambda: png_with(BAD_GAMMA), id="PNG with a bad gamma"),
        *(
            pytest.param(lambda name=name, body=body: png_with(chunk(name, body)), id=f"PNG, {why}")
            for name, body, why in BROKEN_CHUNKS
        ),
        pytest.param(lambda: picture("PNG") + b"junk", id="PNG with more behind it"),
        pytest.param(lambda: picture("WEBP") + b"junk", id="WebP with more behind it"),
        pytest.param(lambda: large(8064, 6048), id="48 megapixels"),
        pytest.param(lambda: large(12000, 9000), id="108 megapixels"),
        pytest.param(lambda: large(16500, 2000), id="panorama"),
        pytest.param(lambda: large(16500, 2000, "PNG"), id="panorama as PNG"),
        pytest.param(lambda: large(8064, 6048, progressive=True), id="48 progressive megapixels"),
        pytest.param(cmyk, id="CMYK"),
        pytest.param(lambda: large(400, 300, "PNG", mode="LA"), id="grey and alpha"),
    ],
)
async def test_what_browsers_show_is_shown(world: World, make: Callable[[], bytes]) -> None:
    ann = await world.user("ann", connect=False)
    data = make()
    attachment, thumbnail = await shown(ann, data)
    assert attachment["content_type"].startswith("image/")
    assert len({*thumbnail.resize((8, 8)).get_flattened_data()}) > 1
    _, _, body = await fetch(ann, attachment["url"])
    assert opened(body).size == (attachment["width"], attachment["height"])
    assert b"junk" not in body and b"Comment" not in body


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: large(9000, 6000, "PNG"), id="PNG of 54 megapixels"),
        pytest.param(lambda: large(12000, 10000), id="JPEG of 120 megapixels"),
        pytest.param(lambda: picture("WEBP", (300, 300))[:-100], id="WebP cut short"),
        pytest.param(lambda: heic() + b"\0\0\0\x02more", id="HEIC with junk"),
        pytest.param(lambda: box(b"ftyp", b"heic\0\0\0\0mif1heic") + bytes(99), id="no HEIC"),
    ],
)
async def test_what_cannot_be_shown_is_sent_as_a_file(
    world: World, make: Callable[[], bytes]
) -> None:
    ann = await world.user("ann", connect=False)
    data = make()
    attachment = await upload(ann, data, "photo.jpg")
    assert attachment["content_type"] == "application/octet-stream"
    assert (attachment["name"], attachment["thumbnail_url"]) == ("photo.jpg", None)
    assert (await fetch(ann, attachment["url"]))[2] == data


@pytest.mark.parametrize("turned", [False, True])
async def test_16_bits_of_grey_are_scaled(world: World, turned: bool) -> None:
    ann = await world.user("ann", connect=False)
    attachment, thumbnail = await shown(ann, grey(turned=turned))
    left, right = (thumbnail.getpixel((x, 30)) for x in (20, 60))
    assert isinstance(left, tuple) and isinstance(right, tuple)
    if turned:
        left, right = right, left
    assert abs(left[0] - 0x40) < 5 and abs(right[0] - 0xB0) < 5
    _, _, body = await fetch(ann, attachment["url"])
    assert opened(body).mode == "I;16"


@pytest.mark.parametrize(
    ("brand", "content_type"), [(b"heic", "image/heic"), (b"mif1", "image/heic")]
)
async def test_a_heic_keeps_its_pixels_and_loses_the_rest(
    world: World, brand: bytes, content_type: str
) -> None:
    """Only Safari shows it, so its thumbnail is large enough to look at."""
    ann = await world.user("ann", connect=False)
    data = heic((2000, 1500), gps=True, xmp=SECRET)
    data = data.replace(b"ftypheic", b"ftyp" + brand)
    assert data.count(SECRET) == 2
    more = box(b"uuid", SECRET)
    attachment, thumbnail = await shown(ann, data + more)
    assert attachment["content_type"] == content_type
    assert (attachment["width"], attachment["height"]) == (2000, 1500)
    assert thumbnail.size == (1600, 1200)
    assert colours(thumbnail, UPPER_LEFT, UPPER_RIGHT) == ["red", "blue"]
    _, headers, body = await fetch(ann, attachment["url"])
    assert headers["Content-Type"] == content_type
    clean = opened(body)
    assert len(body) == len(data + more) and SECRET not in body
    assert not dict(clean.getexif()) and "xmp" not in clean.info
    assert clean.tobytes() == opened(data).tobytes()


async def test_a_heic_is_an_avatar(world: World) -> None:
    ann = await world.user("ann", connect=False)
    attachment = await upload(ann, heic())
    me = await ann.http("PATCH", "/users/me", {"avatar_id": attachment["id"]})
    avatar = opened((await fetch(ann, me["avatar_url"]))[2])
    assert avatar.size == (256, 256)
    text = await upload(ann, b"no picture")
    assert await outcome(ann.http("PATCH", "/users/me", {"avatar_id": text["id"]})) == "not_found"
