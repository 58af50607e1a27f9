"""Calls about rooms over HTTP, and views of their results."""

from __future__ import annotations

from typing import Any

from tests.support.client import Socket, User

Json = dict[str, Any]
# The fields of a member.
MEMBER_FIELDS = {"user", "role", "joined_at", "last_read_seq", "version", "joined_seq"}


async def get_room(user: User, room_id: str) -> Json:
    """The room as the user sees it now."""
    room: Json = await user.http("GET", f"/rooms/{room_id}")
    return room


def version_and_seq(room: Json) -> tuple[int, int]:
    return room["version"], room["last_seq"]


async def all_pages(user: User, path: str) -> list[Json]:
    """The items of a whole list, page by page."""
    items: list[Json] = []
    link = "&" if "?" in path else "?"
    page = await user.http("GET", path)
    while page["has_more"]:
        items += page["items"]
        page = await user.http("GET", f"{path}{link}cursor={page['next']}")
    assert page["next"] is None
    return items + page["items"]


def events_of_room(socket: Socket, room_id: str) -> list[str]:
    """The events of a room that a socket got, without read marks."""
    return [name for name, _ in socket.of_room(room_id) if name != "read"]


async def members_by_id(user: User, room_id: str) -> dict[str, Json]:
    """The members of a room by their ids."""
    listed = await all_pages(user, f"/rooms/{room_id}/members")
    return {member["user"]["id"]: member for member in listed}


async def make_invite(user: User, room_id: str, **body: int | None) -> Json:
    made: Json = await user.http("POST", f"/rooms/{room_id}/invites", body)
    return made


async def use_invite(user: User, code: str) -> Json:
    room: Json = await user.http("POST", f"/invites/{code}")
    return room


async def message_history(user: User, room_id: str) -> list[Json]:
    """All messages of a room, the oldest first."""
    path = f"/rooms/{room_id}/messages?limit=100&after_seq="
    messages: list[Json] = []
    more = True
    while more:
        after = messages[-1]["seq"] if messages else 0
        page = await user.http("GET", f"{path}{after}")
        messages += page["items"]
        more = page["has_more"]
    return messages


async def latest_message(user: User, room_id: str) -> Json:
    messages: list[Json] = (await user.http("GET", f"/rooms/{room_id}/messages?limit=1"))["items"]
    return messages[0]


ROOM_FIELDS = {
    *("id", "kind", "name", "topic", "avatar_url", "visibility", "created_by", "created_at"),
    *("version", "last_seq", "member_count", "last_message", "peer", "me"),
}
