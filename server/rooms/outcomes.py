"""What a transaction changed in a room: what the publisher tells, and nothing else.

Each change took one ``version`` of its room.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, structs

from server.auth.entity import User
from server.history.entity import Message
from server.notifications.entity import Withdrawn
from server.rooms.entity import Member, Role, Room

Reason = Literal["left", "removed"]


class Seat(Struct, frozen=True):
    """A member as stored: the user is only named."""

    user_id: str
    role: Role
    joined_at: str
    last_read_seq: int
    version: int

    def member(self, user: User) -> Member:
        return Member(
            user=user,
            role=self.role,
            joined_at=self.joined_at,
            last_read_seq=self.last_read_seq,
            version=self.version,
        )

    def unmarked(self) -> Seat:
        """As it is shown to who shall not know how far this member has read."""
        return structs.replace(self, last_read_seq=0)


class Created(Struct, frozen=True):
    """A room that was made, or found: then it is not ``new``. ``invited``: who is not to be added
    by its maker."""

    room_id: str
    new: bool = True
    invited: list[str] = []
    withdrawn: list[Withdrawn] = []


class SeatTaken(Struct, frozen=True):
    """Someone got in. ``message`` is the system message that tells of it."""

    room_id: str
    version: int
    seat: Seat
    actor_id: str
    message: Message


class Admitted(Struct, frozen=True):
    """What became of letting people into a group: who got in, and who is invited."""

    taken: list[SeatTaken]
    invited: list[str] = []
    withdrawn: list[Withdrawn] = []


class SeatChanged(Struct, frozen=True):
    room_id: str
    version: int
    seat: Seat


class SeatLeft(Struct, frozen=True):
    """Someone got out. ``empty``: they were the last, and the room is gone with them."""

    room_id: str
    version: int
    user_id: str
    actor_id: str
    reason: Reason
    message: Message
    empty: bool
    withdrawn: list[Withdrawn] = []


class JoinTold(Struct, frozen=True, kw_only=True):
    """``room`` is the room as the one who joined sees it; None if they are out again."""

    room_id: str
    version: int
    member: Member
    actor_id: str
    message: Message
    room: Room | None


class RoomCreated(Struct, frozen=True):
    """``rooms``: the room as each of its first members sees it, by user id."""

    room_id: str
    rooms: dict[str, Room]


class UpdateTold(Struct, frozen=True):
    """``room`` has neither ``me`` nor ``peer``."""

    room_id: str
    version: int
    room: Room
    message: Message | None
