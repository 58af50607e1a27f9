"""Videos and sounds: their kinds, shapes and durations come from their tracks."""

from __future__ import annotations

import io
import struct

import pytest

from tests.support.client import User
from tests.support.files import fetch, upload
from tests.support.films import (
    QUARTER,
    SOUND,
    VIDEO,
    box,
    brands,
    element,
    film,
    film_track,
    number,
    ogg_film,
    recording,
    webm,
    webm_track,
)
from tests.support.world import World

pytestmark = [
    pytest.mark.usefixtures("no_errors_logged"),
    pytest.mark.parametrize("kind", ["sqlite"]),
]

MOV = brands(b"qt  ", b"qt  ")
M4A = brands(b"M4A ", b"isom")
HD = (1920, 1080)
UPRIGHT = film_track(VIDEO, HD, matrix=QUARTER)
CHAPTERS = film_track(VIDEO, HD, enabled=False)
HEARD, SEEN = film_track(SOUND, number=2), film_track(VIDEO, HD)
# An iPhone also records where it was moved to.
META = film_track(b"meta", number=3)


async def facts(user: User, data: bytes) -> tuple[object, ...]:
    attachment = await upload(user, data, "a file")
    _, headers, body = await fetch(user, attachment["url"])
    assert headers["Content-Type"] == attachment["content_type"]
    assert headers["Content-Disposition"].startswith("inline;")
    assert body == data and attachment["thumbnail_url"] is None
    return tuple(attachment[name] for name in ("content_type", "width", "height", "duration"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (film(SEEN, HEARD), ("video/mp4", 1920, 1080, 2500)),
        (film(HEARD, SEEN), ("video/mp4", 1920, 1080, 2500)),
        (film(UPRIGHT, HEARD), ("video/mp4", 1080, 1920, 2500)),
        (film(film_track(VIDEO, HD, wide=True)), ("video/mp4", 1920, 1080, 2500)),
        (film(HEARD), ("audio/mp4", None, None, 2500)),
        (film(HEARD, begins=brands(b"iso5", b"iso6", b"mp41")), ("audio/mp4", None, None, 2500)),
        (film(HEARD, CHAPTERS, begins=M4A), ("audio/mp4", None, None, 2500)),
        (film(SEEN, begins=M4A), ("video/mp4", 1920, 1080, 2500)),
        (film(SEEN, begins=brands(b"M4V ")), ("video/mp4", 1920, 1080, 2500)),
        (film(SEEN, begins=brands(b"3gp5")), ("video/mp4", 1920, 1080, 2500)),
        (film(UPRIGHT, HEARD, META, begins=MOV), ("video/quicktime", 1080, 1920, 2500)),
        (film(SEEN, begins=box(b"wide")), ("video/quicktime", 1920, 1080, 2500)),
        (film(HEARD, begins=MOV), ("audio/mp4", None, None, 2500)),
        (recording(SEEN), ("video/mp4", 1920, 1080, 3000)),
        (recording(film_track(SOUND), length=5), ("audio/mp4", None, None, 3000)),
        (recording(film_track(SOUND), length=4500), ("audio/mp4", None, None, 4500)),
        (recording(film_track(SOUND), parts=20), ("audio/mp4", None, None, 20_000)),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
async def test_films_in_boxes(world: World, data: bytes, expected: tuple[object, ...]) -> None:
    ann = await world.user("ann", connect=False)
    assert await facts(ann, data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (webm(webm_track(1, HD), duration=2500), ("video/webm", 1920, 1080, 2500)),
        (webm(webm_track(2), duration=2500), ("audio/webm", None, None, 2500)),
        (webm(webm_track(2), webm_track(1, HD, 2)), ("video/webm", 1920, 1080, 500)),
        (webm(webm_track(2), blocks=35), ("audio/webm", None, None, 3500)),
        (webm(webm_track(2), blocks=35)[:-150], ("audio/webm", None, None, 3100)),
        (webm(webm_track(2), blocks=20) + b"\0" * 40, ("audio/webm", None, None, 2000)),
        (webm(), ("video/webm", None, None, 500)),
        (ogg_film((320, 240), 3), ("video/ogg", 320, 240, 3000)),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
async def test_other_films(world: World, data: bytes, expected: tuple[object, ...]) -> None:
    ann = await world.user("ann", connect=False)
    assert await facts(ann, data) == expected


LIE = element("18538067", b"", unknown=True)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(webm(*[webm_track(1, HD)] * 5000), id="many tracks"),
        pytest.param(webm(webm_track(1, (2**31, 2**31))), id="as large as can be said"),
        pytest.param(webm(webm_track(1))[:60] + b"\xff" * 500, id="a size that lies"),
        pytest.param(webm() + LIE * 300_000, id="segments in segments"),
        pytest.param(webm(webm_track(1), duration=float("nan")), id="no number"),
        pytest.param(webm(webm_track(1), duration=float("inf")), id="no end"),
        pytest.param(webm(blocks=0) + element("1f43b675", number("e7", 0)), id="no block"),
        pytest.param(film(*[SEEN] * 3000, length=0), id="many tracks in boxes"),
        pytest.param(film(box(b"trak", box(b"tkhd", b"\0"))), id="half a head"),
        pytest.param(film(SEEN, length=0) + box(b"moof", bytes(9)) * 60_000, id="many parts"),
        pytest.param(
            film(SEEN, length=0)
            + box(b"moof", box(b"traf", box(b"trun", b"\0\0\1\0" + b"\xff" * 4))),
            id="a run that lies",
        ),
    ],
)
async def test_a_hostile_outline_costs_little(world: World, data: bytes) -> None:
    """Whatever it says, the file is kept, and the decoder goes on."""
    ann = await world.user("ann", connect=False)
    attachment = await upload(ann, data)
    assert attachment["content_type"].startswith("video/")
    assert attachment["width"] in (None, 1920)
    assert (await fetch(ann, attachment["url"]))[2] == data


@pytest.mark.parametrize(
    "data", [b"\0\0\0\x10mdat" + bytes(500), b"\0\0\0\x08wide" + b"text " * 99, brands(b"jp2 ")]
)
async def test_what_only_begins_like_a_film_is_a_file(world: World, data: bytes) -> None:
    ann = await world.user("ann", connect=False)
    assert (await upload(ann, data))["content_type"] == "application/octet-stream"


async def test_an_mp3_without_a_tag_is_heard(world: World) -> None:
    ann = await world.user("ann", connect=False)
    frame = struct.pack(">I", 0xFFFB9064) + bytes(413)
    attachment = await upload(ann, io.BytesIO(frame * 100).getvalue())
    assert attachment["content_type"] == "audio/mpeg"
    assert 2500 < attachment["duration"] < 2700
