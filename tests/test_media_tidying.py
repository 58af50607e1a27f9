"""What no message uses is removed after a day, by any number of nodes at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from server.backends.database import close_database, open_database
from server.backends.disk import DiskStorage
from server.media.decoding import Decoders
from server.media.links import Links
from server.media.repository import UploadsRepository
from server.media.usecase import Media
from tests.client import User, World, new_id
from tests.database import query
from tests.files import fetch, picture, upload
from tests.node import SECRET, Node

DAY = 24 * 3600 * 1000


@asynccontextmanager
async def housekeeping(node: Node) -> AsyncIterator[Media]:
    """What nodes do now and then, on the node's own database and files."""
    url = node.settings.get("MEDIA_URL", f"file:{node.folder}/media")
    storage = DiskStorage(Path(url.removeprefix("file:")))
    database = await open_database(node.database_url)
    try:
        yield Media(
            storage,
            UploadsRepository(database),
            Decoders(),
            Links(SECRET.encode(), node.url),
            None,
        )
    finally:
        await close_database()


async def age(user: User, attachment_id: str, milliseconds: int) -> None:
    sql = "UPDATE attachments SET created_at = created_at - $1 WHERE id = $2"
    await query(user.node, sql, milliseconds, attachment_id)


async def use(user: User, room_id: str, attachment_id: str) -> None:
    sql = "INSERT INTO message_attachments (room_id, seq, attachment_id) VALUES ($1, 1, $2)"
    await query(user.node, sql, room_id, attachment_id)


async def test_unused_files_are_removed_after_a_day(world: World) -> None:
    ann = await world.user("ann", connect=False)
    room = await ann.group()
    old, young, used = [await upload(ann, picture()) for _ in range(3)]
    many = await asyncio.gather(*(upload(ann, b"one of many") for _ in range(120)))
    await ann.http("PATCH", f"/rooms/{room['id']}", {"avatar_id": old["id"]})
    await use(ann, room["id"], used["id"])
    await age(ann, young["id"], DAY - 60_000)
    for attachment in (old, used, *many):
        await age(ann, attachment["id"], DAY + 1000)
    async with housekeeping(ann.node) as media:
        await asyncio.gather(*(media.tidy() for _ in range(4)))
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
    body = {"client_id": new_id(), "text": "look"}
    sent = await ann.http("POST", f"/rooms/{room['id']}/messages", body)
    sql = "INSERT INTO message_attachments (room_id, seq, attachment_id) VALUES ($1, $2, $3)"
    await query(ann.node, sql, room["id"], sent["seq"], attachment["id"])
    await age(ann, attachment["id"], DAY + 1000)
    async with housekeeping(ann.node) as media:
        await media.tidy()
    assert (await fetch(ann, attachment["url"]))[0] == 200
    deleted = await ann.http("DELETE", f"/rooms/{room['id']}/messages/{sent['seq']}")
    assert deleted["attachments"] == []
    async with housekeeping(ann.node) as media:
        await media.tidy()
    assert (await fetch(ann, attachment["url"]))[0] == 404
