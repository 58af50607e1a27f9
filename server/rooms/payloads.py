"""The bodies of calls about rooms, and the checks of their fields.

Each check returns the value to store, or raises ``Invalid`` with the name of the field.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from server.kernel.clock import MOST_MS, to_ms
from server.kernel.errors import Invalid
from server.kernel.folding import fold_name
from server.kernel.unseen import one_line
from server.kernel.wire import Id, PageQuery, Payload, characters
from server.rooms.entity import Notify

MOST_NAME, MOST_TOPIC = 100, 500
_MOST_KEY = 300
MOST_MEMBERS_A_CALL = 100
MOST_FIRST_MEMBERS = 1_000

RoomName = Annotated[str, characters(1, MOST_NAME)]
RoomTopic = Annotated[str, characters(0, MOST_TOPIC)]
UserIds = Annotated[list[Id], Meta(min_length=1, max_length=MOST_MEMBERS_A_CALL)]


def cost_of_people(user_ids: Collection[str]) -> int:
    """What a call that puts these users into a room costs, in units of one ordinary call."""
    return 1 + len(user_ids) // 5


class CreateRoom(Payload):
    kind: Literal["direct", "group"]
    user_id: Id | None = None
    name: RoomName | None = None
    topic: RoomTopic | None = None
    visibility: Literal["private", "public"] | None = None
    member_ids: Annotated[list[Id], Meta(max_length=MOST_FIRST_MEMBERS)] | None = None
    client_id: Id | None = None

    @property
    def cost(self) -> int:
        return cost_of_people(self.member_ids or ())


class RoomChanges(Payload):
    """A field that is absent is not changed; ``null`` clears a field."""

    name: RoomName | None | UnsetType = UNSET
    topic: RoomTopic | None | UnsetType = UNSET
    avatar_id: Id | None | UnsetType = UNSET
    visibility: Literal["private", "public"] | UnsetType = UNSET


class RoomMeChanges(Payload):
    """A field that is absent is not changed; a ``muted_until`` of null ends the mute."""

    notify: Notify | UnsetType = UNSET
    muted_until: Annotated[datetime, Meta(tz=True)] | None | UnsetType = UNSET


class MembersQuery(PageQuery):
    """``q``: the beginning of a username, or of a word of a display name."""

    q: Annotated[str, Meta(max_length=MOST_NAME)] | None = None


class PublicQuery(PageQuery):
    q: Annotated[str, Meta(max_length=MOST_NAME)] | None = None


def moment(time: datetime | None) -> int | None:
    """``muted_until`` in milliseconds since 1970."""
    if time is None:
        return None
    if not 0 <= (ms := to_ms(time)) <= MOST_MS:
        raise Invalid("muted_until must be between 1970 and 9999.", field="muted_until")
    return ms


def checked_room_name(name: str | None) -> str:
    return one_line(name or "", "name", least=1, most=MOST_NAME)


def room_name_key(name: str) -> str:
    """A key for finding and sorting public groups by their names."""
    return fold_name(name)[:_MOST_KEY]


def checked_room_topic(topic: str | None) -> str | None:
    return (one_line(topic, "topic", most=MOST_TOPIC) or None) if topic is not None else None
