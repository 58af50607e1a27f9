"""Calls of ``sync``, and their arguments."""

from __future__ import annotations

from typing import Any

from tests.support.client import User

Json = dict[str, Any]


async def sync(user: User, rooms: dict[str, int], **more: Any) -> Json:
    return await user.call("sync", rooms=rooms, **more)


async def sync_one(user: User, room_id: str, version: int) -> Json:
    """The entry of one room in the answer, which must have one."""
    answer = await sync(user, {room_id: version}, scope="listed")
    (entry,) = answer["rooms"]
    found: Json = entry
    return found


async def version_of(user: User, room_id: str) -> int:
    return int((await user.http("GET", f"/rooms/{room_id}"))["version"])
