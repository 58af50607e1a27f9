"""Files that are expensive to open: what happens to them, and to other users' files meanwhile."""

from __future__ import annotations

import asyncio
import io
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from server.kernel.errors import Unavailable
from server.media.turns import DecoderTurns
from tests.support.client import User, outcome
from tests.support.files import fetch, opened, picture, upload
from tests.support.world import World
from tests.walls.hostile_files import (
    FTYP,
    box,
    chunk,
    heic_that_claims,
    heic_with_places,
    large_avif,
    many_avif_frames,
    many_frames,
    many_scans,
    nested_atoms,
    png_with,
)

pytestmark = [
    pytest.mark.usefixtures("no_errors_logged"),
    pytest.mark.parametrize("kind", ["sqlite"]),
]

ZEROS = zlib.compress(bytes(50_000_000), 9)
TIFF = b"II*\0\x08\0\0\0" + bytes(500)


async def only_saved(user: User, data: bytes) -> bool:
    """Whether the file is stored as it came and served only as a download, and is not refused."""
    attachment = await upload(user, data, "a.jpg")
    if attachment["content_type"] != "application/octet-stream":
        return False
    assert attachment["thumbnail_url"] is None and attachment["width"] is None
    _, headers, body = await fetch(user, attachment["url"])
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment;")
    return body == data


def icc(size: int) -> bytes:
    """A JPEG with a colour profile of ``size`` bytes."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48)).save(out, "JPEG", icc_profile=bytes(size))
    return out.getvalue()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(many_scans, id="400 scans"),
        pytest.param(lambda: many_scans(101, 64), id="101 scans of a small picture"),
        pytest.param(lambda: many_frames(1001), id="GIF of 1,001 frames"),
        pytest.param(lambda: many_frames(300, 3000), id="GIF of 300 large frames"),
        pytest.param(lambda: picture("WEBP", frames=1001), id="WebP of 1,001 frames"),
        pytest.param(lambda: picture("PNG", frames=1001), id="PNG of 1,001 frames"),
        pytest.param(large_avif, id="AVIF of 40 million pixels"),
        pytest.param(lambda: many_avif_frames(60, 1000), id="AVIF of many frames"),
        pytest.param(
            lambda: png_with(*[chunk(b"tEXt", b"a\0b")] * 60_000), id="PNG of many chunks"
        ),
        pytest.param(
            lambda: png_with(chunk(b"iCCP", b"a\0\0" + ZEROS)), id="profile that inflates"
        ),
        pytest.param(lambda: icc(5_000_000), id="large profile"),
        pytest.param(lambda: TIFF, id="TIFF"),
        pytest.param(lambda: heic_that_claims(9_000, 9_000), id="HEIC of 81 million pixels"),
        pytest.param(lambda: heic_that_claims(2**31, 2**31), id="HEIC as large as can be said"),
        pytest.param(lambda: heic_with_places(60_000), id="HEIC of many items"),
        pytest.param(lambda: heic_with_places(3, parts=60_000), id="HEIC in many parts"),
        pytest.param(lambda: picture("HEIF") + box(b"free") * 20_000, id="HEIC of many boxes"),
    ],
)
async def test_what_costs_readers_dear_is_only_saved(
    world: World, make: Callable[[], bytes]
) -> None:
    ann = await world.user("ann", connect=False)
    assert await only_saved(ann, make())


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: picture("JPEG", (3000, 2000), progressive=True), id="progressive"),
        pytest.param(lambda: many_scans(12, 2000), id="12 scans"),
        pytest.param(lambda: many_scans(90, 200), id="90 scans of a small picture"),
        pytest.param(lambda: many_frames(200, 300), id="GIF that moves"),
        pytest.param(lambda: picture("AVIF", (4000, 3000)), id="AVIF of a camera"),
        pytest.param(lambda: picture("PNG", (6000, 4000)), id="large PNG"),
        pytest.param(lambda: picture("HEIF", (4032, 3024)), id="HEIC of a phone"),
        pytest.param(lambda: icc(500_000), id="with a profile"),
        pytest.param(lambda: png_with(chunk(b"zTXt", b"a\0\0" + ZEROS)), id="text that inflates"),
        pytest.param(lambda: png_with(*[chunk(b"tEXt", b"a\0b")] * 1000), id="PNG of some chunks"),
    ],
)
async def test_ordinary_pictures_have_thumbnails(world: World, make: Callable[[], bytes]) -> None:
    ann = await world.user("ann", connect=False)
    attachment = await upload(ann, make())
    thumbnail = opened((await fetch(ann, attachment["thumbnail_url"]))[2])
    # Most people see nothing else of a HEIC.
    most = 1600 if attachment["content_type"] == "image/heic" else 512
    assert max(thumbnail.size) == min(most, max(attachment["width"], attachment["height"]))
    assert b"zTXt" not in (await fetch(ann, attachment["url"]))[2]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(nested_atoms(), id="moov in moov"),
        pytest.param(FTYP + box(b"free") * 50_000, id="many boxes"),
        pytest.param(FTYP + b"\xff\xff\xff\xffmoov", id="a size that lies"),
        pytest.param(FTYP + b"\0\0\0\x01moov" + b"\xff" * 8, id="a wide size that lies"),
        pytest.param(FTYP + box(b"moov", box(b"mvhd", bytes(100))), id="no time scale"),
        pytest.param(b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(5000), id="a tag that lies"),
    ],
)
async def test_a_film_that_tells_no_duration_is_kept(world: World, data: bytes) -> None:
    ann = await world.user("ann", connect=False)
    attachment = await upload(ann, data)
    assert attachment["duration"] is None
    assert (await fetch(ann, attachment["url"]))[2] == data


@pytest.mark.parametrize("wide", [False, True])
async def test_a_film_tells_its_duration(world: World, wide: bool) -> None:
    ann = await world.user("ann", connect=False)
    times = bytes(16 if wide else 8) + (600).to_bytes(4, "big")
    mvhd = bytes([wide, 0, 0, 0]) + times + (1500).to_bytes(8 if wide else 4, "big") + bytes(80)
    film = FTYP + box(b"mdat", bytes(1000)) + box(b"moov", box(b"mvhd", mvhd))
    assert (await upload(ann, film))["duration"] == 2500


@pytest.mark.parametrize("name", [b"meta", b"moov"])
async def test_boxes_of_a_picture_are_bounded(world: World, name: bytes) -> None:
    ann = await world.user("ann", connect=False)
    nested = b""
    for _ in range(40):
        nested = box(name, bytes(4) * (name == b"meta") + nested)
    for more in (nested, box(b"free") * 20_000):
        assert await only_saved(ann, picture("AVIF") + more)
    lies = picture("AVIF") + b"\x7f\xff\xff\xffmeta"
    assert await only_saved(ann, lies)


async def test_anothers_picture_does_not_wait_for_all_of_ones_own(world: World) -> None:
    """Each of Eve's pictures takes about a second, one after the other. Ann's comes in between."""
    ann, eve = [await world.user(name, connect=False) for name in ("ann", "eve")]
    noise = Image.effect_noise((1000, 1000), 90).resize((4000, 3500)).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "AVIF", quality=40, speed=10)
    slow = [asyncio.create_task(outcome(upload(eve, out.getvalue()))) for _ in range(6)]
    done, _ = await asyncio.wait(slow, return_when=asyncio.FIRST_COMPLETED)
    assert {task.result() for task in done} == {"ok"}
    for _ in range(3):
        assert (await upload(ann, picture()))["thumbnail_url"]
    waiting = [task for task in slow if not task.done()]
    assert len(waiting) >= 3
    assert set(await asyncio.gather(*slow)) == {"ok"}


async def test_users_have_turns() -> None:
    turns, order = DecoderTurns(places=2, most_waiting=6), []
    leave = {name: asyncio.Event() for name in ("a1", "a2", "a3", "b1", "b2", "c1")}

    async def take(name: str) -> None:
        async with turns.turn(name[0]):
            order.append(name)
            await leave[name].wait()

    async def settle() -> list[str]:
        for _ in range(10):
            await asyncio.sleep(0)
        return order

    tasks = {name: asyncio.create_task(take(name)) for name in leave}
    assert await settle() == ["a1", "b1"]
    leave["a1"].set()
    # a2 was there before c1, but user a has had a turn already.
    assert await settle() == ["a1", "b1", "c1"]
    leave["c1"].set()
    assert await settle() == ["a1", "b1", "c1", "a2"]
    tasks["b2"].cancel()
    leave["b1"].set()
    assert await settle() == ["a1", "b1", "c1", "a2"]
    leave["a2"].set()
    assert await settle() == ["a1", "b1", "c1", "a2", "a3"]
    leave["a3"].set()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


async def test_not_all_may_wait() -> None:
    turns, go = DecoderTurns(places=1, most_waiting=2), asyncio.Event()

    async def take(user_id: str) -> None:
        async with turns.turn(user_id):
            await go.wait()

    tasks = [asyncio.create_task(take(str(n))) for n in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refused:
        await take("another")
    assert refused.value.retry_after
    go.set()
    await asyncio.gather(*tasks)
    await take("another")
