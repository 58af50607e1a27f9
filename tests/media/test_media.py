"""Uploads: what becomes of a file, and who gets it back."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.client import Refused, User, outcome
from tests.support.files import (
    NAMED,
    bomb,
    fetch,
    form,
    named,
    opened,
    picture,
    send,
    sound,
    upload,
)
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("no_errors_logged")

once = pytest.mark.parametrize("kind", ["sqlite"])

HTML = b"<!DOCTYPE html><script>alert(1)</script>"

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


async def refusal(user: User, data: Any, name: str = "a file") -> Refused:
    with pytest.raises(Refused) as refused:
        await upload(user, data, name)
    return refused.value


# --- What becomes of a file ---


async def test_upload_answers_an_attachment(world: World) -> None:
    ann, bob = await world.user("ann", connect=False), await world.user("bob", connect=False)
    data = picture("PNG", (640, 480))
    attachment = await upload(ann, data, "holiday.png")
    assert list(attachment) == [
        *("id", "name", "content_type", "size", "width", "height", "duration"),
        *("url", "thumbnail_url"),
    ]
    assert (attachment["name"], attachment["content_type"]) == ("holiday.png", "image/png")
    assert (attachment["width"], attachment["height"], attachment["duration"]) == (640, 480, None)
    status, headers, body = await fetch(bob, attachment["url"])
    assert (status, len(body)) == (200, attachment["size"])
    assert headers["Content-Type"] == "image/png"
    assert opened(body).convert("RGB").tobytes() == opened(data).tobytes()
    status, headers, body = await fetch(bob, attachment["thumbnail_url"])
    assert (status, headers["Content-Type"]) == (200, "image/webp")
    assert opened(body).size == (512, 384)
    assert await outcome(upload(bob, data)) == "ok"


@once
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
async def test_exif_is_removed_and_the_orientation_applied(world: World, form: str) -> None:
    ann = await world.user("ann", connect=False)
    data = picture(form, (64, 48), orientation=6, gps=True)
    assert b"a camera that tells" in data
    for sent in (data, picture(form, (64, 48), gps=True)):
        attachment = await upload(ann, sent)
        _, _, body = await fetch(ann, attachment["url"])
        image = opened(body)
        assert image.size == (attachment["width"], attachment["height"])
        assert not dict(image.getexif()) and b"a camera that tells" not in body
    turned = opened((await fetch(ann, (await upload(ann, data))["url"]))[2]).convert("RGB")
    assert turned.size == (48, 64)
    # The red quarter was at the upper left; a quarter turn to the right moves it.
    red, blue = turned.getpixel((40, 5)), turned.getpixel((5, 5))
    assert isinstance(red, tuple) and isinstance(blue, tuple)
    assert red[0] > 200 > 60 > red[2] and blue[2] > 200 > 60 > blue[0]


@once
@pytest.mark.parametrize("form", ["PNG", "GIF", "WEBP", "AVIF"])
async def test_what_moves_goes_on_moving(world: World, form: str) -> None:
    ann = await world.user("ann", connect=False)
    attachment = await upload(ann, picture(form, (64, 48), frames=5))
    assert attachment["content_type"] == f"image/{form.lower()}"
    _, _, body = await fetch(ann, attachment["url"])
    assert getattr(opened(body), "n_frames", 1) == 5
    _, _, body = await fetch(ann, attachment["thumbnail_url"])
    assert getattr(opened(body), "n_frames", 1) == 1


@once
async def test_pixels_of_a_jpeg_are_not_touched(world: World) -> None:
    ann = await world.user("ann", connect=False)
    ways: list[dict[str, Any]] = [{}, {"progressive": True}, {"mode": "L"}, {"mode": "CMYK"}]
    for options in ways:
        data = picture("JPEG", (200, 100), gps=True, **{"quality": 71, **options})
        _, _, body = await fetch(ann, (await upload(ann, data))["url"])
        assert opened(body).tobytes() == opened(data).tobytes()


@once
async def test_a_sound_has_a_duration(world: World) -> None:
    ann = await world.user("ann", connect=False)
    attachment = await upload(ann, sound(1.5), "hello.wav")
    assert (attachment["content_type"], attachment["duration"]) == ("audio/wav", 1500)
    assert (attachment["width"], attachment["thumbnail_url"]) == (None, None)


@once
@pytest.mark.parametrize(
    "data",
    [
        *(HTML, SVG, b"#!/bin/sh\n", b"MZ" + b"\0" * 200, b"\0", b"%!PS-Adobe"),
        *(b"PK\x03\x04" + b"\0" * 60, b"BM" + b"\0" * 60, b"RIFF    WEBX", b"\xff\xd8"),
    ],
)
async def test_what_is_no_known_picture_or_sound_is_only_saved(world: World, data: bytes) -> None:
    ann = await world.user("ann", connect=False)
    attachment = await upload(ann, data, "picture.png")
    assert attachment["content_type"] == "application/octet-stream"
    assert attachment["thumbnail_url"] is None
    status, headers, body = await fetch(ann, attachment["url"])
    assert (status, body) == (200, data)
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment;")
    check_safe(headers)


def check_safe(headers: Any) -> None:
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("sandbox;") and "default-src 'none'" in policy


@once
@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_a_polyglot_loses_what_is_no_picture(world: World, form: str) -> None:
    """A web page or an archive behind the picture, or in its comment."""
    ann = await world.user("ann", connect=False)
    options: Any = {"comment": HTML} if form in ("JPEG", "GIF") else {}
    attachment = await upload(ann, picture(form, **options) + HTML + b"PK\x03\x04", "x.html")
    _, headers, body = await fetch(ann, attachment["url"])
    assert b"<script>" not in body and b"PK\x03\x04" not in body
    assert headers["Content-Type"] == f"image/{form.lower()}"
    check_safe(headers)


@once
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(bomb(20_000, 20_000), id="20,000 by 20,000"),
        pytest.param(bomb(1_000_000, 2), id="a long line"),
        pytest.param(bomb(2**31 - 1, 2**31 - 1), id="as large as can be said"),
        pytest.param(bomb(0, 0), id="no pixels"),
        pytest.param(bomb(6_000, 6_000), id="no rows for its header"),
        pytest.param(picture("PNG", (300, 300))[:40], id="PNG without rows"),
        pytest.param(picture("JPEG", (300, 300))[:400], id="JPEG without rows"),
        pytest.param(picture("GIF", (300, 300), frames=3)[:20], id="GIF without a frame"),
        pytest.param(b"\xff\xd8\xff\xe0" + HTML * 20, id="JPEG that is a page"),
        pytest.param(b"GIF89a" + HTML * 20, id="GIF that is a page"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + HTML * 20, id="PNG that is a page"),
        pytest.param(b"RIFF\0\0\0\0WEBPVP8 " + HTML * 20, id="WebP that is a page"),
    ],
)
async def test_a_picture_that_cannot_be_opened_is_a_file(world: World, data: bytes) -> None:
    ann = await world.user("ann", connect=False)
    attachment = await upload(ann, data, "a.png")
    assert attachment["content_type"] == "application/octet-stream"
    assert attachment["thumbnail_url"] is None
    _, headers, body = await fetch(ann, attachment["url"])
    assert body == data and headers["Content-Disposition"].startswith("attachment;")
    assert (await upload(ann, picture()))["width"] == 64


@once
@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "..\\..\\boot.ini"),
        ("C:\\notes.txt", "C:\\notes.txt"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("\u2066x\u2069.png\u200f", "x.png"),
        ("N\0U\0L\0.txt", "NUL.txt"),
        ("tab\tand\x1b[31m.txt", "taband[31m.txt"),
        ("naïve 漢字 👩\u200d👩\u200d👧.txt", "naïve 漢字 👩\u200d👩\u200d👧.txt"),
        ("é" * 150 + ".txt", "é" * 125 + ".txt"),
        ("👍" * 100, "👍" * 63),
        ("what%2F?#&;=.txt", "what%2F?#&;=.txt"),
    ],
)
async def test_names_are_cleaned(world: World, given: str, name: str) -> None:
    ann = await world.user("ann", connect=False)
    attachment = await send(ann, named(b"some text", given), headers=NAMED)
    assert attachment["name"] == name
    status, headers, body = await fetch(ann, attachment["url"])
    assert (status, body) == (200, b"some text")
    shown = headers["Content-Disposition"]
    assert re.fullmatch(r"attachment; filename=\"[ !#-~]*\"; filename\*=UTF-8''[!-~]+", shown)


@once
@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b'filename="a%22b%22.txt"', 'a"b".txt'),
        (b'filename="a%0D%0Ab.txt"', "ab.txt"),
        (b'filename="100%.txt"', "100%.txt"),
        (b'filename="a%20b%2Fc%41.txt"', "a%20b%2Fc%41.txt"),
        (b'filename="a%0ab%5C.txt"', "a%0ab%5C.txt"),
        (b'filename="a\\b.txt"', "a\\b.txt"),
        (b'filename="a\\\\b.txt"', "a\\\\b.txt"),
        (b'filename="C:\\a.txt"', "C:\\a.txt"),
        (b'filename="\\\\host\\a.txt"', "\\\\host\\a.txt"),
        (b'filename="a\\"', "a\\"),
        (b'filename="a\\"b.txt"', 'a\\"b.txt'),
        (b'filename="a;b=c.txt"', "a;b=c.txt"),
        (b"filename=\"a; filename*=utf-8''b.txt\"", "a; filename*=utf-8''b.txt"),
        (b"filename=a.txt", "a.txt"),
        ('filename="中文.txt"'.encode(), "中文.txt"),
        (b"filename=\"x.txt\"; filename*=UTF-8''a%22%5C%25.txt", 'a"\\%.txt'),
    ],
)
async def test_names_are_read_as_forms_write_them(world: World, written: bytes, name: str) -> None:
    ann = await world.user("ann", connect=False)
    head = b'--here\r\nContent-Disposition: form-data; name="file"; ' + written
    body = head + b"\r\n\r\nsome text\r\n--here--\r\n"
    assert (await send(ann, body, headers=NAMED))["name"] == name


# --- Bad bodies ---


@once
async def test_a_body_that_is_no_single_file_is_refused(world: World) -> None:
    ann = await world.user("ann", connect=False)

    async def answer(body: Any, **headers: str) -> tuple[str, str | None]:
        with pytest.raises(Refused) as refused:
            await send(ann, body, headers=headers)
        return refused.value.code, refused.value.field

    two = form(b"one")
    two.add_field("file", b"two", filename="two", content_type="text/plain")
    more = form(b"one")
    more.add_field("room_id", "x")
    kind = "multipart/form-data; boundary=x"
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    assert await answer(form(b"")) == ("validation_failed", "file")
    assert await answer(two) == ("validation_failed", "file")
    assert await answer(more) == ("validation_failed", "room_id")
    assert await answer(form(b"x", field="picture")) == ("validation_failed", "picture")
    assert await answer(b"--x--\r\n", **{"Content-Type": kind}) == ("validation_failed", "file")
    for body in (b"", b"x", part, part + b"data", part + b"data\r\n--y--", b"--x\r\nno header\r\n"):
        code, _ = await answer(body, **{"Content-Type": kind})
        assert code == "validation_failed", body
    for other in ("application/json", "multipart/mixed; boundary=x", "image/png", "x"):
        assert (await answer(part, **{"Content-Type": other}))[0] == "unsupported_media_type"
    code, _ = await answer(part + b"data", **{"Content-Type": "multipart/form-data"})
    assert code == "validation_failed"


@once
async def test_an_upload_needs_a_token(world: World) -> None:
    ann = await world.user("ann", connect=False)
    ann.http.token = None
    assert (await refusal(ann, b"x")).code == "unauthenticated"
