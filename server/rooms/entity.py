"""Rooms and members as clients receive them: the fields are those of the contract."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from server.auth.entity import User
from server.history.entity import Message

Role = Literal["owner", "admin", "member"]
Notify = Literal["all", "mentions", "none"]
RANK: dict[str, int] = {"member": 0, "admin": 1, "owner": 2}


class RoomMe(Struct, frozen=True, kw_only=True):
    """What the room shows to the calling user alone: their own membership."""

    role: Role
    joined_at: str
    last_read_seq: int
    unread_count: int
    notify: Notify
    muted_until: str | None


class Room(Struct, frozen=True, kw_only=True):
    """``me`` and ``peer`` are personal, so both are None in a broadcast. ``me`` is also None for a
    user who is not a member."""

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
    """``joined_seq`` is the message that tells of the member's arrival; 0 in a direct room. The
    read mark begins there, so a mark at ``joined_seq`` does not say that anything was read."""

    user: User
    role: Role
    joined_at: str
    last_read_seq: int
    version: int
    joined_seq: int


class Readers(Struct, frozen=True):
    """A page of the members who have read a message. ``count`` is the number of all of them. Its
    author does not count, nor do members who came after it."""

    count: int
    items: list[Member]
    has_more: bool
    next: str | None


# A user's way into a room: the user is a member already ("inside"), or may join ("open").
Entry = Literal["inside", "open"]


class Access(Struct, frozen=True, kw_only=True):
    """A room as read for one of its members: proof that the user was a member when it was read.
    ``blocked``: it is a direct room where either user has blocked the other."""

    room_id: str
    user_id: str
    kind: Literal["direct", "group"]
    role: Role
    member_count: int
    version: int
    last_seq: int
    blocked: bool
