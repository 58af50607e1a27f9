"""Creating many groups, and listing a user's rooms."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from tests.support.client import User
from tests.support.room_calls import all_pages

Json = dict[str, Any]


def a_group(*user_ids: str, **more: Any) -> Json:
    return {"kind": "group", "name": "a group", "member_ids": list(user_ids)} | more


async def rooms_of(user: User) -> list[str]:
    return [room["id"] for room in await all_pages(user, "/rooms?limit=100")]


def rooms_made_by(user: User, body: Json) -> tuple[Awaitable[Any], Awaitable[Any]]:
    """Calls that create a room, one over HTTP and one over a socket."""
    return user.http("POST", "/rooms", body), user.call("create_room", **body)
