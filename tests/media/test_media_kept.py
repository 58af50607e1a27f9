"""What a file is, as it is stored: the same on both databases, for whoever reads it later."""

from __future__ import annotations

from typing import Any

import pytest

from tests.media.test_pictures import heic, mpo
from tests.support.client import User
from tests.support.files import NAMED, named, picture, send, sound
from tests.support.films import (
    QUARTER,
    SOUND,
    VIDEO,
    brands,
    film,
    film_track,
    ogg_film,
    recording,
    webm,
    webm_track,
)
from tests.support.message_calls import get_message, group_of
from tests.support.shared_world import SharedWorld

pytestmark = pytest.mark.usefixtures("no_errors_logged")

UPRIGHT = film_track(VIDEO, (1920, 1080), matrix=QUARTER)
HEARD = film_track(SOUND)
# What is sent, its name, and the kind, the size on the screen and the duration that are kept.
FILES: list[tuple[bytes, str, tuple[object, ...]]] = [
    (mpo(), "IMG_0001.MPO", ("image/jpeg", 480, 640, None)),
    (heic(orientation=6), "IMG_0002.HEIC", ("image/heic", 480, 640, None)),
    (picture("GIF", frames=5), 'a"moving"one.gif', ("image/gif", 64, 48, 500)),
    (picture("AVIF"), "C:\\pictures\\a.avif", ("image/avif", 64, 48, None)),
    (
        film(UPRIGHT, HEARD, begins=brands(b"qt  ", b"qt  ")),
        "naïve 漢字 👩\u200d👧.mov",
        ("video/quicktime", 1080, 1920, 2500),
    ),
    (webm(webm_track(2), blocks=35), "voice.webm", ("audio/webm", None, None, 3500)),
    (recording(HEARD, parts=20), "voice.mp4", ("audio/mp4", None, None, 20_000)),
    (ogg_film((320, 240), 3), "old.ogv", ("video/ogg", 320, 240, 3000)),
    (sound(1.5), "100%.wav", ("audio/wav", None, None, 1500)),
    (b"some text", "x.txt", ("application/octet-stream", None, None, None)),
]
SIGNED = ("url", "thumbnail_url")


def unsigned(attachment: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attachment.items() if name not in SIGNED}


async def test_what_a_file_is_is_kept(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    sent = [await send(ann, named(data, name), headers=NAMED) for data, name, _ in FILES]
    for (data, name, expected), attachment in zip(FILES, sent, strict=True):
        found = (attachment[each] for each in ("content_type", "width", "height", "duration"))
        assert (attachment["name"], *found) == (name, *expected)
        assert attachment["size"] > 0
        if attachment["thumbnail_url"] is None:
            assert attachment["size"] == len(data)
    message = await ann.send(room_id, "", attachment_ids=[each["id"] for each in sent])
    await all_read(bob, room_id, message["seq"], sent)


async def all_read(user: User, room_id: str, seq: int, sent: list[dict[str, Any]]) -> None:
    read = (await get_message(user, room_id, seq))["attachments"]
    assert [unsigned(each) for each in read] == [unsigned(each) for each in sent]
    for kept, told in zip(read, sent, strict=True):
        assert (kept["thumbnail_url"] is None) == (told["thumbnail_url"] is None)
