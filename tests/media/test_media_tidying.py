"""What no message uses is removed after a day, by any number of nodes at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from server.backends.database import close_database, open_database
from server.backends.disk import DiskStorage
from server.backends.reservations import MemoryReservations
from server.kernel.limits import Quotas
from server.media.decoding import Decoders
from server.media.links import FileLinks
from server.media.repository import UploadsRepository
from server.media.under_way import UnderWay, UploadPlaces
from server.media.usecase import Media
from server.rooms.writer import RoomWriter
from tests.support.client import User, new_id, outcome
from tests.support.database import query
from tests.support.files import fetch, picture, upload
from tests.support.node import SECRET, Node
from tests.support.world import World

Json = dict[str, Any]
HOUR = 3600 * 1000
DAY = 24 * HOUR


@asynccontextmanager
async def housekeeping(node: Node) -> AsyncIterator[tuple[Media, RoomWriter]]:
    """What nodes do now and then, on the node's own database and files."""
    url = node.settings.get("MEDIA_URL", f"file:{node.folder}/media")
    storage = DiskStorage(Path(url.removeprefix("file:")))
    database = await open_database(node.database_url)
    try:
        links = FileLinks(SECRET.encode(), node.url)
        uploads = UploadsRepository(database)
        under_way = UnderWay(UploadPlaces(None), MemoryReservations(), uploads, None)
        media = Media(
            storage=storage, uploads=uploads, decoder=Decoders(), links=links, under_way=under_way
        )
        yield media, RoomWriter(database, Quotas())
    finally:
        await close_database()


async def age(user: User, milliseconds: int, *attachments: dict[str, Any]) -> None:
    ids = ", ".join(f"'{each['id']}'" for each in attachments)
    sql = f"UPDATE attachments SET created_at = created_at - $1 WHERE id IN ({ids})"
    await query(user.node, sql, milliseconds)


async def use(user: User, room_id: str, attachment_id: str) -> Json:
    body = {"client_id": new_id(), "attachment_ids": [attachment_id]}
    message: Json = await user.http("POST", f"/rooms/{room_id}/messages", body)
    return message


async def test_unused_files_are_removed_after_a_day(world: World) -> None:
    ann = await world.user("ann", connect=False)
    room = await ann.group()
    old, young, used = [await upload(ann, picture()) for _ in range(3)]
    many = await asyncio.gather(*(upload(ann, b"one of many") for _ in range(120)))
    await ann.http("PATCH", f"/rooms/{room['id']}", {"avatar_id": old["id"]})
    await use(ann, room["id"], used["id"])
    await age(ann, DAY - HOUR, young)
    await age(ann, DAY + 1000, old, used, *many)
    async with housekeeping(ann.node) as (media, _):
        await asyncio.gather(*(media.tidy_storage() for _ in range(4)))
    for url in (old["url"], old["thumbnail_url"], *(each["url"] for each in many)):
        assert (await fetch(ann, url))[0] == 404
    for url in (young["url"], young["thumbnail_url"], used["url"], used["thumbnail_url"]):
        assert (await fetch(ann, url))[0] == 200
    left = await query(ann.node, "SELECT id FROM attachments WHERE uploader_id = $1", ann.id)
    assert {row["id"] for row in left} == {young["id"], used["id"]}
    # The avatar was a copy.
    avatar = (await ann.http("GET", f"/rooms/{room['id']}"))["avatar_url"]
    assert (await fetch(ann, avatar))[0] == 200


async def test_a_deleted_message_uses_its_files_no_more(world: World) -> None:
    ann = await world.user("ann", connect=False)
    room = await ann.group()
    attachment = await upload(ann, picture())
    sent = await use(ann, room["id"], attachment["id"])
    await age(ann, DAY + 1000, attachment)
    async with housekeeping(ann.node) as (media, _):
        await media.tidy_storage()
    assert (await fetch(ann, attachment["url"]))[0] == 200
    deleted = await ann.http("DELETE", f"/rooms/{room['id']}/messages/{sent['seq']}")
    assert deleted["attachments"] == []
    async with housekeeping(ann.node) as (media, _):
        await media.tidy_storage()
    assert (await fetch(ann, attachment["url"]))[0] == 404


async def test_a_deleted_room_leaves_nothing_that_was_written_in_it(world: World) -> None:
    ann, bob = [await world.user(name, connect=False) for name in ("ann", "bob")]
    room_id = (await ann.group(bob))["id"]
    attachment = await upload(ann, picture())
    seq = (await use(ann, room_id, attachment["id"]))["seq"]
    await bob.http("PUT", f"/rooms/{room_id}/messages/{seq}/reactions/%F0%9F%91%8D")
    body = {"client_id": new_id(), "text": f"hello @{bob.username}, hello @all"}
    await ann.http("POST", f"/rooms/{room_id}/messages", body)
    await ann.http("DELETE", f"/rooms/{room_id}")
    await age(ann, DAY + 1000, attachment)
    async with housekeeping(ann.node) as (media, rooms):
        await media.tidy_storage()
        assert (await fetch(ann, attachment["url"]))[0] == 200
        await rooms.purge()
        await media.tidy_storage()
    for table in ("messages", "reactions", "mentions", "message_attachments", "room_notices"):
        left = f"SELECT room_id FROM {table} WHERE room_id = $1"
        assert await query(ann.node, left, room_id) == [], table
    assert (await fetch(ann, attachment["url"]))[0] == 404


async def test_sending_a_file_while_it_is_removed_sends_it_or_not(world: World) -> None:
    ann = await world.user("ann", connect=False)
    room_id = (await ann.group())["id"]
    files = [await upload(ann, f"number {n}".encode()) for n in range(8)]
    for file in files:
        await age(ann, DAY + 1000, file)
    async with housekeeping(ann.node) as (media, _):
        sends = [outcome(use(ann, room_id, file["id"])) for file in files]
        *codes, _ = await asyncio.gather(
            *sends[:4], media.tidy_storage(), *sends[4:], media.tidy_storage()
        )
    codes = [code for code in codes if code is not None]
    assert set(codes) <= {"ok", "not_found"}
    for file, code in zip(files, codes, strict=True):
        assert (await fetch(ann, file["url"]))[0] == (200 if code == "ok" else 404)
