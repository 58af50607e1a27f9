"""Calls and events about notifications."""

from __future__ import annotations

from typing import Any

from tests.support.client import Socket, User
from tests.support.matching import ObjectWith

Json = dict[str, Any]
NAMESPACE = "/notifications"


async def list_notifications(user: User, text: str = "") -> list[Json]:
    """All notifications, newest first. The socket and HTTP must return the same."""
    items: list[Json] = []
    cursor = None
    while True:
        page = await user.http("GET", "/notifications?limit=100" + (cursor or ""))
        items += page["items"]
        assert page["has_more"] == (page["next"] is not None)
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next']}"
    ack = await user.socket.call("list_notifications", NAMESPACE, limit=100)
    assert ack["items"] == items[:100]
    return items


async def notifications_about(user: User, room_id: str, **fields: Any) -> list[Json]:
    """The notifications about one room. Users may have others from earlier tests."""
    return [
        each
        for each in await list_notifications(user)
        if each == ObjectWith(room_id=room_id, **fields)
    ]


async def mark_notifications(user: User, **body: Any) -> int:
    answer: Json = await user.http("POST", "/notifications/read", body)
    assert set(answer) == {"unread"}
    return int(answer["unread"])


async def send_mention(by: User, user: User, room_id: str, text: str = "hello") -> tuple[Json, str]:
    """Send a message that mentions the user. Returns it and the id of their notification."""
    message = await by.send(room_id, f"{text} @{user.username}")
    of_it = ObjectWith(room_id=room_id, seq=message["seq"])
    heard = await user.hear("notification", notification=of_it)
    return message, heard["notification"]["id"]


async def notification_told(*sockets: Socket, **fields: Any) -> Json:
    """Wait for the next notification with these fields. All sockets must get the same."""
    found = [await s.hear("notification", notification=ObjectWith(**fields)) for s in sockets]
    assert all(each == found[0] for each in found)
    notification: Json = found[0]["notification"]
    return notification


def kinds_of(items: list[Json]) -> list[tuple[str, int | None]]:
    return [(each["kind"], each["seq"]) for each in items]


async def unread_notifications(user: User) -> int:
    """The number of unread notifications."""
    return await mark_notifications(user, ids=[])
