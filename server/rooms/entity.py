"""Rooms and members as they travel: field for field what the contract shows."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from server.auth.entity import User
from server.history.entity import Message

Role = Literal["owner", "admin", "member"]
Notify = Literal["all", "mentions", "none"]
RANK: dict[str, int] = {"member": 0, "admin": 1, "owner": 2}


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


# How somebody may get into a room: they are there, or may come in.
Entry = Literal["inside", "open"]


class Access(Struct, frozen=True, kw_only=True):
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
