"""Sends notifications to all devices of the users they are for, at a limited rate."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Set
from time import monotonic
from typing import Protocol

from events.catalogue import NotificationsRead, Notified
from events.connections import NOTIFICATIONS, Connections
from events.feeds import USERS_COUNTED_AT_ONCE, UnreadFeed
from events.sockets import Sockets
from server.kernel import wire
from server.kernel.tasks import Tasks
from server.notifications import recording
from server.notifications.entity import Notification

# The most notifications sent to one user in a second. If there are more, one `unread` follows.
MOST_NOTIFICATIONS = 10
# The most reactions that are remembered as sent.
MOST_TOLD = 50_000
# The most ids in one event.
SOME_IDS = 500


class ToldNotifications(Protocol):
    """Raises ``Unavailable`` if the database does not answer."""

    async def find_told(self, cause: str, user_ids: list[str]) -> list[tuple[str, Notification]]:
        """The stored notifications with this ``cause``, as pairs of a user id and the notification,
        for those of ``user_ids`` who have one."""
        ...

    async def find_told_to_all(
        self, room_id: str, seq: int, user_ids: list[str]
    ) -> list[tuple[str, Notification]]:
        """The same for a message to everybody, for those who have no row of their own for it."""
        ...

    async def find_ended(self, room_id: str, user_ids: list[str]) -> dict[str, list[str]]:
        """The ids of the notifications that these users had of a deleted room, by user id."""
        ...


class NotificationFeed:
    """Sends notifications to the users of this node. Each node reads those of its own users from
    the database, for many users at once. A notification is sent at most once; clients that miss it
    find it in the list of notifications."""

    def __init__(
        self,
        connections: Connections,
        sockets: Sockets,
        notifications: ToldNotifications,
        unread: UnreadFeed,
        tasks: Tasks,
    ) -> None:
        self._connections = connections
        self._sockets = sockets
        self._notifications = notifications
        self._unread = unread
        self._tasks = tasks
        # The reactions that users were told of here. A reaction that is taken back and added again
        # is not sent again.
        self._told: dict[tuple[str, str], None] = {}
        self._second = 0
        self._counts: Counter[str] = Counter()

    def note_notified(
        self, room_id: str, cause: str, user_ids: Iterable[str], everyone: int | None
    ) -> None:
        """Send the notifications with this ``cause`` to ``user_ids``. If ``everyone`` is the seq of
        a message to the whole room, send them to all members with sockets here."""
        named = frozenset(user_ids)
        wanted = set(named)
        if everyone is not None:
            wanted.update(self._connections.users_in(room_id))
        here = [
            user
            for user in wanted
            if (user, cause) not in self._told and self._connections.of_user(user, NOTIFICATIONS)
        ]
        if due := [user for user in here if self._take(user, room_id)]:
            self._tasks.start(self._tell(room_id, cause, due, named, everyone))

    def _take(self, user_id: str, room_id: str) -> bool:
        """Count a notification for the user. Returns whether it may be sent in this second."""
        second = int(monotonic())
        if second != self._second:
            self._second = second
            self._counts.clear()
        self._counts[user_id] += 1
        if self._counts[user_id] == MOST_NOTIFICATIONS + 1:
            # The count is sent a second later, when it includes all that came in this second.
            loop = asyncio.get_running_loop()
            loop.call_later(1.0, self._unread.user_changed, room_id, user_id)
        return self._counts[user_id] <= MOST_NOTIFICATIONS

    async def _tell(
        self,
        room_id: str,
        cause: str,
        user_ids: list[str],
        named: Set[str],
        everyone: int | None,
    ) -> None:
        """Who is not in ``named`` may have a notification of this cause that was sent before."""
        for start in range(0, len(user_ids), USERS_COUNTED_AT_ONCE):
            some = user_ids[start : start + USERS_COUNTED_AT_ONCE]
            own = [user for user in some if user in named]
            found = await self._notifications.find_told(cause, own) if own else []
            if everyone is not None:
                found += await self._notifications.find_told_to_all(room_id, everyone, some)
            for user_id, item in found:
                if item.kind == "reaction" and not self._is_news(user_id, cause, item):
                    continue
                data = wire.plain(Notified(item))
                await self._sockets.tell_user("notification", data, user_id, NOTIFICATIONS)

    def _is_news(self, user_id: str, cause: str, item: Notification) -> bool:
        """Whether to send this notification. For a reaction: only the first time, and not if it was
        read already, because then it was sent before."""
        if (user_id, cause) in self._told or item.read_at:
            return False
        if len(self._told) >= MOST_TOLD:
            # Drop the oldest one: a dict keeps the order in which it was filled.
            del self._told[next(iter(self._told))]
        self._told[user_id, cause] = None
        return True

    async def tell_read(self, user_id: str, ids: list[str] | None, up_to: str | None) -> None:
        """Tell a user's devices that notifications were read: those with ``ids``, or with None all
        up to the time ``up_to``."""
        parts: list[list[str] | None] = [None]
        if ids is not None:
            parts = [ids[n : n + SOME_IDS] for n in range(0, len(ids), SOME_IDS)]
        for part in parts:
            data = wire.plain(NotificationsRead(ids=part, up_to=up_to))
            await self._sockets.tell_user("notifications_read", data, user_id, NOTIFICATIONS)

    def notice_ended(self, room_id: str, notice_id: str) -> None:
        """Tell the members with sockets here that a message to the whole room is none any more."""
        if users := self._listening(self._connections.users_in(room_id)):
            ids = {user: [recording.personal(notice_id, user)] for user in users}
            self._tasks.start(self._tell_ended(ids))

    def room_ended(self, room_id: str, users: Iterable[str]) -> None:
        """Tell these users, who were in a room until it was deleted, that what they had of it is
        gone."""
        if here := self._listening(users):
            self._tasks.start(self._tell_room_ended(room_id, here))

    async def _tell_room_ended(self, room_id: str, users: list[str]) -> None:
        for start in range(0, len(users), USERS_COUNTED_AT_ONCE):
            some = users[start : start + USERS_COUNTED_AT_ONCE]
            await self._tell_ended(await self._notifications.find_ended(room_id, some))

    async def _tell_ended(self, ids: dict[str, list[str]]) -> None:
        for user_id, theirs in ids.items():
            await self.tell_read(user_id, theirs, None)

    def _listening(self, users: Iterable[str]) -> list[str]:
        return [user for user in users if self._connections.of_user(user, NOTIFICATIONS)]
