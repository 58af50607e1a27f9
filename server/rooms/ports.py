"""The ports of the use cases of rooms: storage, users, avatars, blocks, limits and publishing."""

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
    """Reads rooms and members as last committed. Deleted rooms are not found.

    Every method raises ``Unavailable`` when the database cannot be reached. Cursors and times are
    integers; times are milliseconds since 1970.
    """

    async def access(self, room_id: str, user_id: str) -> Access | None:
        """None if the user is not a member."""
        ...

    async def find_room(self, room_id: str, user_id: str) -> tuple[Room, str | None] | None:
        """A room that the user may see, and its direct key; None if there is none."""
        ...

    async def seen_by(self, room_id: str, user_ids: Iterable[str]) -> dict[str, Room]:
        """The room as each of these members sees it, by user id."""
        ...

    async def plain(self, room_id: str) -> Room | None:
        """The room without personal fields, as it is broadcast."""
        ...

    async def mine(
        self, user_id: str, limit: int, after: tuple[int, str] | None
    ) -> list[tuple[Room, str | None, int]]:
        """The user's rooms, the latest activity first; each with its direct key and the time of its
        last activity."""
        ...

    async def list_public_rooms(
        self, user_id: str, like: str, limit: int, after: tuple[str, str] | None
    ) -> list[tuple[Room, str]]:
        """Public groups in the order of their names; each with its sort key."""
        ...

    async def members(self, room_id: str, limit: int, after: int) -> list[tuple[Seat, int]]:
        """Members in the order in which they first joined; each with its cursor."""
        ...

    async def find_members(
        self, room_id: str, key: str, limit: int, after: tuple[int, str]
    ) -> list[tuple[Seat, tuple[int, str]]]:
        """Members whose username or display name is ``key``, whose username begins with it, or who
        have a word in their display name that does, in this order; each with its cursor."""
        ...

    async def door(self, room_id: str, user_id: str) -> Entry | None:
        """The user's way into the room; None if the user may not join it or it does not exist."""
        ...


class RoomsMake(Protocol):
    """Creates rooms, each in one transaction: after any error there is no room.

    Creating is idempotent: a direct room is found again by its two users, a group by its creator
    and ``client_id``. ``Blocked`` and ``Conflict`` (a quota is reached) carry the name of the field
    that caused them; ``Unavailable`` is raised when the database cannot be reached.
    """

    async def find_direct(self, user_id: str, peer_id: str) -> str | None:
        """The id of the direct room of the two users; None if there is none."""
        ...

    async def find_made(self, user_id: str, client_id: str) -> str | None:
        """The id of the group that the user created with this ``client_id``; None if there is
        none."""
        ...

    async def create_direct(self, user_id: str, peer_id: str) -> Created:
        """When two calls race, both return the same room, and only one of them ``new``."""
        ...

    async def create_group(
        self, user_id: str, member_ids: list[str], client_id: str | None, **values: str | None
    ) -> Created:
        """Members whose preferences do not let the user add them are invited instead."""
        ...


class RoomsWrite(Protocol):
    """Changes rooms. Each method is one transaction under the lock of the room's row. So a room's
    changes happen one after another, and its ``version`` and ``last_seq`` have no gaps.

    An error means that nothing was changed. All methods raise ``NotFound`` if the room does not
    exist or the actor may not see it, ``Forbidden`` if the actor's role does not allow the change,
    and ``Unavailable`` when the database cannot be reached.
    """

    async def join_room(self, room_id: str, user_id: str) -> Admitted:
        """Idempotent: nothing changes if the user is a member already. Raises ``Conflict`` if a
        quota is reached."""
        ...

    async def add_members(self, room_id: str, actor_id: str, user_ids: list[str]) -> Admitted:
        """Adds or invites all of the users, or none: ``Blocked`` and ``Conflict`` carry the name of
        the field. Idempotent: users who are members or invited already are passed over."""
        ...

    async def decline_invitation(self, room_id: str, user_id: str) -> list[Withdrawn]:
        """Raises ``NotFound`` if the user has no open invitation."""
        ...

    async def remove_member(
        self, room_id: str, actor_id: str, user_id: str
    ) -> tuple[SeatChanged | None, SeatLeft]:
        """Returns the member who became an owner, if the last owner left, and the departure."""
        ...

    async def set_role(
        self, room_id: str, actor_id: str, user_id: str, role: Role
    ) -> tuple[SeatChanged, bool]:
        """Returns the member, and whether the role changed. Idempotent. Raises ``Conflict`` if the
        group would have no owner."""
        ...

    async def update_room(
        self, room_id: str, actor_id: str, values: dict[str, str | None]
    ) -> tuple[int, Message, str | None] | None:
        """Returns the version, the system message and the previous avatar_url; None if no value was
        different."""
        ...

    async def delete_room(self, room_id: str, actor_id: str) -> tuple[int, list[Withdrawn]]:
        """Returns the room's last version, and the notifications of invitations that ended."""
        ...

    async def set_me(self, room_id: str, user_id: str, values: dict[str, str | int | None]) -> bool:
        """Returns whether a value changed. Raises ``NotFound`` if the user is not a member."""
        ...


class RoomPeople(Protocol):
    """Users by id. Ids that no user has are left out; deleted users are included."""

    async def find_users(self, ids: Iterable[str]) -> dict[str, User]: ...


class RoomAvatars(Protocol):
    """``make_avatar`` turns a user's own uploaded image into an avatar and returns its URL.
    ``drop_avatar`` deletes an avatar that is no longer shown; a URL of None is ignored."""

    async def make_avatar(self, attachment_id: str, user_id: str) -> str: ...
    async def drop_avatar(self, url: str | None) -> None: ...


class RoomBlocks(Protocol):
    async def among(self, user_id: str, user_ids: Iterable[str]) -> set[str]:
        """Those of ``user_ids`` whom the user blocks, or who block the user."""
        ...


class SeatRates(Protocol):
    async def take_seats(self, user_id: str, count: int) -> None:
        """Takes ``count`` seats from the user's budget. Raises ``RateLimited`` if it has too
        few."""
        ...


class RoomNews(Protocol):
    """Publishes changes. The use case calls these methods after the commit.

    Each event is delivered at most once: if this process dies or Redis loses the event, it is not
    sent again. Clients notice the missing ``version`` and call ``sync``. Two changes of one room
    may be published out of order when two calls make them; clients sort events by ``version``.
    """

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
