"""Sends read marks and unread counts to clients, at a limited rate."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic
from typing import Protocol

from events.catalogue import Read
from events.connections import NOTIFICATIONS, ROOMS, Connections, socket_room
from events.sockets import Sockets
from events.throttle import Throttle
from server.kernel import wire
from server.kernel.tasks import Tasks
from server.unread.entity import RoomUnread

READ_EVERY = 1.0
UNREAD_EVERY = 2.0
# In larger rooms a read mark is sent only to the user's own devices, and typing to nobody.
SMALL_ROOM = 100
# The number of members of a direct room.
DIRECT = 2
USERS_COUNTED_AT_ONCE = 500
SIZE_AGE = 10.0
MOST_SIZES = 10_000


class Sizes(Protocol):
    """The sizes of rooms. Raises ``Unavailable`` if the database does not answer."""

    async def member_count(self, room_id: str) -> int: ...

    async def parted(self, room_id: str) -> bool:
        """Whether this is a direct room in which one member has blocked the other. Then neither is
        told what the other does there."""
        ...


class Counts(Protocol):
    """The unread counts of several users of a room, by user id. Raises ``Unavailable`` if the
    database does not answer."""

    async def in_room(self, room_id: str, user_ids: Iterable[str]) -> dict[str, RoomUnread]: ...


class ReadFeed:
    """Sends read marks: at once, and then at most every ``READ_EVERY`` seconds for each user and
    room. The latest mark is always sent. In larger rooms only the user's own devices get it."""

    def __init__(
        self, connections: Connections, sockets: Sockets, sizes: Sizes, tasks: Tasks
    ) -> None:
        self._connections = connections
        self._sockets = sockets
        self._sizes = sizes
        self._throttle: Throttle[tuple[str, str], int] = Throttle(READ_EVERY, tasks, self._tell)

    def note_read(self, room_id: str, user_id: str, last_read_seq: int) -> None:
        # A read mark only moves forward, but signals from different nodes come in any order.
        known = self._throttle.latest((room_id, user_id)) or 0
        if last_read_seq > known and self._connections.users_in(room_id):
            self._throttle.note((room_id, user_id), last_read_seq)

    async def _tell(self, key: tuple[str, str], last_read_seq: int) -> None:
        room_id, user_id = key
        data = wire.plain(Read(room_id=room_id, user_id=user_id, last_read_seq=last_read_seq))
        small = await self._sizes.member_count(room_id) <= SMALL_ROOM
        if small and not await self._sizes.parted(room_id):
            await self._sockets.tell("read", data, ROOMS, room=socket_room(room_id))
        else:
            await self._sockets.tell_user("read", data, user_id)


class UnreadFeed:
    """Sends unread counts to the users of this node. Each node counts for its own users, for all
    users of a room at once."""

    def __init__(
        self, connections: Connections, sockets: Sockets, counts: Counts, tasks: Tasks
    ) -> None:
        self._connections = connections
        self._sockets = sockets
        self._counts = counts
        self._tasks = tasks
        self._soon: dict[str, set[str]] = {}
        self._throttle: Throttle[str, None] = Throttle(UNREAD_EVERY, tasks, self._tell_room)

    def room_changed(self, room_id: str) -> None:
        """Update a room's unread counts: a message was sent, edited or deleted in it. Who listens
        is looked up once in ``UNREAD_EVERY`` seconds, not for each change of a large room."""
        self._throttle.note(room_id, None)

    def user_changed(self, room_id: str, user_id: str) -> None:
        """Send a user's unread count of a room at once: the user has read, joined or left it."""
        if not self._connections.of_user(user_id, NOTIFICATIONS):
            return
        if not self._soon:
            asyncio.get_running_loop().call_soon(self._tell_soon)
        self._soon.setdefault(room_id, set()).add(user_id)

    def _tell_soon(self) -> None:
        """Handle all changes of one turn of the event loop together: a large room is created or
        deleted for many users at once."""
        soon, self._soon = self._soon, {}
        for room_id, users in soon.items():
            self._tasks.start(self._tell_users(room_id, list(users)))

    def _listening(self, room_id: str) -> list[str]:
        users = self._connections.users_in(room_id)
        return [user for user in users if self._connections.of_user(user, NOTIFICATIONS)]

    async def _tell_room(self, room_id: str, _: None) -> None:
        await self._tell_users(room_id, self._listening(room_id))

    async def _tell_users(self, room_id: str, users: list[str]) -> None:
        for start in range(0, len(users), USERS_COUNTED_AT_ONCE):
            await self._tell(room_id, users[start : start + USERS_COUNTED_AT_ONCE])

    async def _tell(self, room_id: str, user_ids: list[str]) -> None:
        counts = await self._counts.in_room(room_id, user_ids)
        for user_id, unread in counts.items():
            await self._sockets.tell_user("unread", wire.plain(unread), user_id, NOTIFICATIONS)


class RoomSizes:
    """The sizes of rooms, at most SIZE_AGE seconds old, and whether a member of a direct room has
    blocked the other, which is always up to date."""

    def __init__(
        self,
        count: Callable[[str], Awaitable[int]],
        estranged: Callable[[str], Awaitable[bool]],
    ) -> None:
        self._count = count
        self._estranged = estranged
        self._known: dict[str, tuple[float, int]] = {}

    async def member_count(self, room_id: str) -> int:
        now = monotonic()
        at, size = self._known.get(room_id, (0.0, 0))
        if now - at > SIZE_AGE or not at:
            size = await self._count(room_id)
            if len(self._known) >= MOST_SIZES:
                self._known.clear()
            self._known[room_id] = (now, size)
        return size

    async def parted(self, room_id: str) -> bool:
        return await self.member_count(room_id) <= DIRECT and await self._estranged(room_id)
