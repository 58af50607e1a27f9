"""What the use cases of rooms need of others: the tables, people, pictures, blocks, and ears."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from server.auth.entity import User
from server.history.entity import Message
from server.notifications.entity import Withdrawn
from server.rooms.entity import Access, Entry, Member, Role, Room, RoomMe
from server.rooms.outcomes import (
    Admitted,
    Created,
    JoinTold,
    RoomCreated,
    Seat,
    SeatChanged,
    SeatLeft,
    UpdateTold,
)


class RoomsRead(Protocol):
    async def access(self, room_id: str, user_id: str) -> Access | None: ...
    async def find_room(self, room_id: str, user_id: str) -> tuple[Room, str | None] | None: ...
    async def seen_by(self, room_id: str, user_ids: Iterable[str]) -> dict[str, Room]: ...
    async def plain(self, room_id: str) -> Room | None: ...
    async def mine(
        self, user_id: str, limit: int, after: tuple[int, str] | None
    ) -> list[tuple[Room, str | None, int]]: ...
    async def list_public_rooms(
        self, user_id: str, like: str, limit: int, after: tuple[str, str] | None
    ) -> list[tuple[Room, str]]: ...
    async def members(self, room_id: str, limit: int, after: int) -> list[tuple[Seat, int]]: ...

    async def door(self, room_id: str, user_id: str) -> Entry | None:
        """None for a room that the user may not come into, or that is not there."""
        ...


class RoomsMake(Protocol):
    """``Blocked`` and ``Conflict`` name the field; then there is no room."""

    async def find_direct(self, user_id: str, peer_id: str) -> str | None: ...
    async def find_made(self, user_id: str, client_id: str) -> str | None: ...
    async def create_direct(self, user_id: str, peer_id: str) -> Created: ...
    async def create_group(
        self, user_id: str, member_ids: list[str], client_id: str | None, **values: str | None
    ) -> Created: ...


class RoomsWrite(Protocol):
    async def join_room(self, room_id: str, user_id: str) -> Admitted: ...

    async def add_members(self, room_id: str, actor_id: str, user_ids: list[str]) -> Admitted:
        """``Blocked`` and ``Conflict`` name the field; then nobody is in."""
        ...

    async def decline_invitation(self, room_id: str, user_id: str) -> list[Withdrawn]:
        """``NotFound`` for who is not invited."""
        ...

    async def remove_member(
        self, room_id: str, actor_id: str, user_id: str
    ) -> tuple[SeatChanged | None, SeatLeft]: ...
    async def set_role(
        self, room_id: str, actor_id: str, user_id: str, role: Role
    ) -> tuple[SeatChanged, bool]: ...
    async def update_room(
        self, room_id: str, actor_id: str, values: dict[str, str | None]
    ) -> tuple[int, Message, str | None] | None: ...
    async def delete_room(self, room_id: str, actor_id: str) -> tuple[int, list[Withdrawn]]: ...
    async def set_me(self, room_id: str, user_id: str, values: dict[str, str | int | None]) -> bool:
        """Whether anything is different now; ``NotFound`` for who is not in the room."""
        ...


class RoomPeople(Protocol):
    async def find_users(self, ids: Iterable[str]) -> dict[str, User]: ...


class RoomAvatars(Protocol):
    async def make_avatar(self, attachment_id: str, user_id: str) -> str: ...
    async def drop_avatar(self, url: str | None) -> None: ...


class RoomBlocks(Protocol):
    async def among(self, user_id: str, user_ids: Iterable[str]) -> set[str]:
        """Those whom the user blocks, or who block the user."""
        ...


class SeatRates(Protocol):
    async def take_seats(self, user_id: str, count: int) -> None:
        """``RateLimited`` when they are too many for now."""
        ...


class RoomNews(Protocol):
    """Told after the commit, in the order of the versions."""

    async def room_created(self, change: RoomCreated) -> None: ...
    async def member_joined(self, change: JoinTold) -> None: ...
    async def member_left(self, change: SeatLeft) -> None: ...
    async def member_updated(self, room_id: str, version: int, member: Member) -> None: ...
    async def room_updated(self, change: UpdateTold) -> None: ...
    async def room_deleted(self, room_id: str, version: int) -> None: ...
    async def room_me(self, room_id: str, user_id: str, me: RoomMe) -> None: ...

    async def notified(
        self, room_id: str, cause: str, user_ids: list[str], everyone: int | None
    ) -> None: ...
    async def notifications_read(
        self, user_id: str, ids: list[str] | None, up_to: str | None
    ) -> None: ...
