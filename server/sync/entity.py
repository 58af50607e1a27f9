"""The answer to ``sync``: what a client missed while it was away."""

from __future__ import annotations

from msgspec import Struct

from server.history.entity import Message
from server.rooms.entity import Member, Room, RoomMe


class RoomReads(RoomMe, frozen=True, kw_only=True):
    """The fields of Room.me, and in a direct room the read mark of the other user, which is null if
    either user has blocked the other."""

    peer_last_read_seq: int | None


class RoomSync(Struct, frozen=True):
    """The changes of one room since the version that the client has. If ``complete`` is false,
    there are more changes than fit: none are listed, and the client must load the room again."""

    room: Room
    messages: list[Message]
    members: list[Member]
    gone: list[str]
    complete: bool


class SyncAnswer(Struct, frozen=True, kw_only=True):
    epoch: str
    rooms: list[RoomSync]
    left: list[str]
    reads: dict[str, RoomReads]
    more: bool
    has_more: bool
