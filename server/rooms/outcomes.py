"""What a transaction changed in a room. These types carry what the publisher needs and no more.

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
    """A member as stored, with the user's id in place of the user."""

    user_id: str
    role: Role
    joined_at: str
    last_read_seq: int
    version: int
    joined_seq: int

    def member(self, user: User) -> Member:
        return Member(
            user=user,
            role=self.role,
            joined_at=self.joined_at,
            last_read_seq=self.last_read_seq,
            version=self.version,
            joined_seq=self.joined_seq,
        )

    def unmarked(self) -> Seat:
        """A copy without the read mark, for viewers who may not know how far this member has
        read."""
        return structs.replace(self, last_read_seq=0)


class Created(Struct, frozen=True):
    """A room that was created (``new``) or found. ``invited``: the users who were invited, since
    they do not let the creator add them. ``withdrawn``: notifications of invitations that ended."""

    room_id: str
    new: bool = True
    invited: list[str] = []
    withdrawn: list[Withdrawn] = []


class SeatTaken(Struct, frozen=True):
    """A user became a member. ``message`` is the system message about it. ``noted``: a notification
    of it was stored, and the user is to be told."""

    room_id: str
    version: int
    seat: Seat
    actor_id: str
    message: Message
    noted: bool


class Admitted(Struct, frozen=True):
    """The result of adding users to a group: who became a member, who was invited instead, and the
    notifications of invitations that ended."""

    taken: list[SeatTaken]
    invited: list[str] = []
    withdrawn: list[Withdrawn] = []


class SeatChanged(Struct, frozen=True):
    room_id: str
    version: int
    seat: Seat


class SeatLeft(Struct, frozen=True):
    """A member left or was removed. ``empty``: it was the last member, and the room was deleted."""

    room_id: str
    version: int
    user_id: str
    actor_id: str
    reason: Reason
    message: Message
    empty: bool
    withdrawn: list[Withdrawn] = []


class JoinTold(Struct, frozen=True, kw_only=True):
    """``room`` is the room as the new member sees it; None if that user has left again. ``noted``:
    the user is to be told of a notification."""

    room_id: str
    version: int
    member: Member
    actor_id: str
    message: Message
    room: Room | None
    noted: bool


class RoomCreated(Struct, frozen=True):
    """``rooms`` maps the user id of each first member to the room as that member sees it."""

    room_id: str
    rooms: dict[str, Room]


class UpdateTold(Struct, frozen=True):
    """In ``room``, ``me`` and ``peer`` are None."""

    room_id: str
    version: int
    room: Room
    message: Message | None
