"""The files of a room: its messages with files of a kind, newest first."""

from __future__ import annotations

from typing import Any, cast

from server.kernel.database import Database, DatabaseConnection, Row
from server.messages.files import with_files
from tests.support.client import User, new_id
from tests.support.files import picture, sound, upload
from tests.support.message_calls import get_message, group_of
from tests.support.shared_world import SharedWorld


async def send_files(user: User, room_id: str, *files: dict[str, Any], text: str = "") -> int:
    body = {"client_id": new_id(), "text": text, "attachment_ids": [each["id"] for each in files]}
    seq: int = (await user.http("POST", f"/rooms/{room_id}/messages", body))["seq"]
    return seq


async def listed(user: User, room_id: str, query: str = "") -> list[int]:
    page = await user.http("GET", f"/rooms/{room_id}/attachments{query}")
    return [each["seq"] for each in page["items"]]


async def test_attachments_are_listed_by_kind_newest_first(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    photo = await upload(ann, picture("PNG", (64, 48)), "a photo.png")
    tune = await upload(ann, sound(1), "a tune.wav")
    note = await upload(ann, b"words", "a note.txt")
    first = await send_files(ann, room_id, photo, text="look")
    await ann.send(room_id, "no file")
    second = await send_files(ann, room_id, tune)
    third = await send_files(ann, room_id, note, photo, tune)

    page = await bob.http("GET", f"/rooms/{room_id}/attachments")
    assert [each["seq"] for each in page["items"]] == [third, second, first]
    assert page["has_more"] is False and page["version"] >= third
    for each in page["items"]:
        assert each == await get_message(bob, room_id, each["seq"])
    assert await listed(bob, room_id, "?kind=media") == [third, first]
    assert await listed(bob, room_id, "?kind=audio") == [third, second]
    assert await listed(bob, room_id, "?kind=file") == [third]

    # A deleted message has no files.
    await ann.http("DELETE", f"/rooms/{room_id}/messages/{third}")
    assert await listed(bob, room_id) == [second, first]
    assert await listed(bob, room_id, "?kind=file") == []


async def test_attachments_are_listed_page_by_page(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    photo = await upload(ann, picture("PNG", (64, 48)))
    other = await upload(ann, picture("PNG", (48, 64)))
    seqs = []
    for _ in range(5):
        seqs.append(await send_files(ann, room_id, photo, other))
        await ann.send(room_id, "between")
    found: list[int] = []
    before = ""
    for more in (True, True, False):
        path = f"/rooms/{room_id.upper()}/attachments?kind=media&limit=2{before}"
        page = await bob.http("GET", path)
        assert page["has_more"] is more
        found += [each["seq"] for each in page["items"]]
        before = f"&before_seq={found[-1]}"
    assert found == seqs[::-1]
    assert await listed(bob, room_id, f"?before_seq={seqs[0]}") == []


class Explained:
    """Instead of reading rows, tells how the database would find them."""

    def __init__(self, db: DatabaseConnection) -> None:
        self.db = db
        self.plan = ""

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        words = "EXPLAIN QUERY PLAN" if self.db.dialect == "sqlite" else "EXPLAIN"
        rows = await self.db.fetch(f"{words} {sql}", *args)
        self.plan = " ".join(str(value) for row in rows for value in dict(row).values())
        return []


async def test_files_of_one_kind_are_read_from_an_index(database: Database) -> None:
    """However many other files a room has, none of them is read."""
    async with database.transaction() as db:
        if db.dialect == "postgres":
            # The tables are nearly empty, which is when scans are cheapest.
            await db.execute("SET LOCAL enable_seqscan = off")
            await db.execute("SET LOCAL enable_bitmapscan = off")
        explained = Explained(db)
        await with_files(cast(DatabaseConnection, explained), new_id(), "audio", 1_000, 50)
    assert "idx_message_att_room_id_c744b5" in explained.plan
    if database.dialect == "sqlite":
        assert "(room_id=? AND kind=? AND seq<?)" in explained.plan
