"""What a client that was away gets: the answer to ``sync``."""

from __future__ import annotations

from msgspec import Struct

from server.history.entity import Message
from server.rooms.entity import Member, Room, RoomMe


class RoomReads(RoomMe, frozen=True, kw_only=True):
    """Room.me, and in a direct room how far the other one has read: null where either has blocked
    the other."""

    peer_last_read_seq: int | None


class RoomSync(Struct, frozen=True):
    """What changed in one room since the version that the client holds. Not ``complete``: there
    is more than fits, nothing is listed, and the client starts this room afresh."""

    room: Room
    messages: list[Message]
    members: list[Member]
    gone: list[str]
    complete: bool


class SyncAnswer(Struct, frozen=True):
    epoch: str
    rooms: list[RoomSync]
    left: list[str]
    reads: dict[str, RoomReads]
    more: bool
    has_more: bool
