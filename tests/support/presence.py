"""The presence that a socket is told of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.client import Socket, User

Json = dict[str, Any]


HIDDEN = {"status": "offline", "last_seen_at": None}


async def watch(user: User | Socket, *watched: User) -> dict[str, Json]:
    ack = await user.call("watch_presence", user_ids=[each.id for each in watched])
    presence: dict[str, Json] = ack["presence"]
    return presence


def statuses_told(socket: Socket, user: User) -> list[str]:
    """The statuses of a user that the socket got, in order."""
    return [each["status"] for each in socket.all("presence", user_id=user.id)]


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def is_recent(text: str) -> bool:
    return abs(datetime.now(UTC) - moment(text)) < timedelta(minutes=1)
