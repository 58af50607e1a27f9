"""Rooms, members and messages as they travel: field for field what the contract shows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from server.auth.entity import User
from server.media.entity import Attachment

Role = Literal["owner", "admin", "member"]
Notify = Literal["all", "mentions", "none"]
RANK: dict[str, int] = {"member": 0, "admin": 1, "owner": 2}


# Some events bring more fields: what they renamed, say.
SystemEvent = Annotated[
    dict[str, Any],
    Meta(
        extra_json_schema={
            "additionalProperties": True,
            "properties": {
                "event": {"enum": ["created", "joined", "left", "removed", "renamed", "changed"]},
                "actor_id": {"type": "string", "format": "uuid"},
                "user_ids": {"type": "array", "items": {"type": "string", "format": "uuid"}},
            },
            "required": ["event", "actor_id", "user_ids"],
        }
    ),
]


class ReplyTo(Struct, frozen=True):
    """``excerpt`` is made when it is read; None once the original is deleted."""

    seq: int
    author_id: str | None
    excerpt: str | None


class Reaction(Struct, frozen=True):
    """``user_ids``: the first 10. ``me`` is personal: None in a broadcast."""

    emoji: str
    count: int
    user_ids: list[str]
    me: bool | None = None


class Message(Struct, frozen=True, kw_only=True):
    id: str
    room_id: str
    seq: int
    version: int
    kind: Literal["text", "system"]
    author_id: str | None
    client_id: str | None
    text: str
    attachments: list[Attachment]
    reply_to: ReplyTo | None
    mentions: list[str]
    reactions: list[Reaction]
    pinned_at: str | None
    system: SystemEvent | None
    created_at: str
    edited_at: str | None
    deleted_at: str | None


class RoomMe(Struct, frozen=True, kw_only=True):
    """What a room is to the one who asks."""

    role: Role
    joined_at: str
    last_read_seq: int
    unread_count: int
    notify: Notify
    muted_until: str | None


class Room(Struct, frozen=True, kw_only=True):
    """``me`` and ``peer`` are personal: None in a broadcast, and ``me`` for who is not in it."""

    id: str
    kind: Literal["direct", "group"]
    name: str | None
    topic: str | None
    avatar_url: str | None
    visibility: Literal["private", "public"]
    created_by: str
    created_at: str
    version: int
    last_seq: int
    member_count: int
    last_message: Message | None
    peer: User | None
    me: RoomMe | None


class Member(Struct, frozen=True, kw_only=True):
    user: User
    role: Role
    joined_at: str
    last_read_seq: int
    version: int


class ReadMark(Struct, frozen=True):
    last_read_seq: int
    unread_count: int


# How somebody may get into a room: they are there, or may come in.
Door = Literal["inside", "open"]


class Access(Struct, frozen=True):
    """A room as one of its members reached it: the proof that they may. ``blocked``: a direct room
    where either has blocked the other."""

    room_id: str
    user_id: str
    kind: Literal["direct", "group"]
    role: Role
    member_count: int
    version: int
    last_seq: int
    blocked: bool
