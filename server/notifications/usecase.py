"""The use cases of notifications: list them, mark them as read, and publish them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.auth.entity import User
from server.kernel import wire
from server.kernel.clock import now_ms, timestamp
from server.kernel.errors import Invalid
from server.kernel.ids import LAST_ID
from server.kernel.wire import Id, Page, PageQuery, Payload
from server.notifications import recording
from server.notifications.entity import (
    Notification,
    NotificationKind,
    UnreadNotifications,
    Withdrawn,
    ids_by_user,
)

MOST_IDS = 100
# How long read notifications, and messages to everybody, are kept (ms).
KEPT_READ = 90 * 24 * 3600 * 1000
# A send, and the work that follows it, take no longer than this (ms). Notifications that were read
# within this time count as read by the send.
LATELY = 30_000

# A page begins after this place: a time (ms) and an id.
Before = tuple[int, str]
NEWEST: Before = (wire.MAX_INT, LAST_ID)


class MarkNotificationsRead(Payload):
    ids: Annotated[list[Id], Meta(max_length=MOST_IDS)] | None = None
    all: bool | None = None


class StoredNotification(Struct, frozen=True, kw_only=True):
    """A notification of ``user_id``. ``before``: the place after which the next page begins if this
    is the last one on a page."""

    id: str
    before: Before
    user_id: str
    kind: NotificationKind
    room_id: str
    seq: int | None
    actor_id: str
    preview: str | None
    created_at: str
    read_at: str | None


class NotificationStore(Protocol):
    """Reads and marks stored notifications; withdrawn ones are never returned.

    A method that changes several rows is not one transaction, so after an error some may have
    changed. Every change is idempotent and may be repeated. Times are milliseconds. All methods
    raise ``Unavailable`` when the database cannot be reached.
    """

    async def list_notifications(
        self, user_id: str, before: Before, limit: int
    ) -> list[StoredNotification]: ...

    async def of_cause(self, cause: str, user_ids: list[str]) -> list[StoredNotification]:
        """The notifications that these users have of a cause."""
        ...

    async def of_notice(
        self, room_id: str, seq: int, user_ids: list[str]
    ) -> list[StoredNotification]:
        """A message to everybody, as a notification of each of these users who has no row of their
        own for it."""
        ...

    async def ended(self, room_id: str, user_ids: list[str]) -> dict[str, list[str]]:
        """The ids of the notifications that these users had of a deleted room, by user id."""
        ...

    async def unread(self, user_id: str) -> int: ...

    async def mark_notifications_read(self, user_id: str, ids: list[str]) -> list[str]:
        """Marks those of the ids that are the user's as read. Returns the ones that were unread."""
        ...

    async def read_all(self, user_id: str, up_to: int) -> None: ...

    async def read_lately(self, user_id: str, room_id: str, seq: int, since: int) -> list[str]:
        """Ids of the user's notifications of a room, up to ``seq``, that became read since the time
        ``since``. Marks messages to everybody shortly before ``seq`` as read first."""
        ...

    async def forget_notifications(self, before: int) -> None:
        """Deletes notifications older than ``before`` that were read, and all messages to everybody
        older than that."""
        ...


class NotificationActors(Protocol):
    """Users by id. Ids that no user has are left out; deleted users are included."""

    async def find_users(self, ids: Iterable[str]) -> dict[str, User]: ...


class NotificationNews(Protocol):
    """Publishes notifications. The use case calls these methods after the commit. Each event is
    delivered at most once; a client finds a lost one in the list of notifications."""

    async def notified(
        self, room_id: str, cause: str, user_ids: list[str], everyone: int | None
    ) -> None:
        """``everyone``: the seq of a message to the whole room."""
        ...

    async def notifications_read(
        self, user_id: str, ids: list[str] | None, up_to: str | None
    ) -> None: ...

    async def notice_ended(self, room_id: str, notice_id: str) -> None:
        """A message to the whole room is none any more: it was edited or deleted."""
        ...


class Notifications:
    def __init__(
        self, store: NotificationStore, people: NotificationActors, news: NotificationNews
    ) -> None:
        self._store = store
        self._people = people
        self._news = news

    async def list_notifications(self, user_id: str, query: PageQuery) -> Page[Notification]:
        limit = query.size
        cursor = wire.read_cursor(query.cursor, int, Id)
        before = (cursor[0], cursor[1].lower()) if cursor else NEWEST
        found = await self._store.list_notifications(user_id, before, limit + 1)
        items = await self._shown(found[:limit])
        kept = wire.fitting(items)
        more = len(found) > kept
        return Page(items[:kept], more, wire.make_cursor(*found[kept - 1].before) if more else None)

    async def mark_notifications_read(
        self, user_id: str, wanted: MarkNotificationsRead
    ) -> UnreadNotifications:
        """Marks notifications as read, and returns how many are unread after that. Ids that are not
        the user's are ignored. Raises ``Invalid`` unless exactly one of ``ids`` and ``all`` is
        given."""
        if wanted.all is False:
            raise Invalid("all must be true.", field="all")
        if (wanted.ids is None) == (wanted.all is None):
            raise Invalid("Give either ids or all.", field="ids")
        if wanted.ids is None:
            now = now_ms()
            await self._store.read_all(user_id, now)
            await self._news.notifications_read(user_id, None, timestamp(now))
        else:
            await self.were_read(
                user_id, await self._store.mark_notifications_read(user_id, wanted.ids)
            )
        return UnreadNotifications(await self._store.unread(user_id))

    async def find_told(self, cause: str, user_ids: list[str]) -> list[tuple[str, Notification]]:
        """The notifications that these users have of a cause, each with its user's id."""
        return await self._by_user(await self._store.of_cause(cause, user_ids))

    async def find_told_to_all(
        self, room_id: str, seq: int, user_ids: list[str]
    ) -> list[tuple[str, Notification]]:
        """A message to everybody, as a notification of each of these users, with the user's id."""
        return await self._by_user(await self._store.of_notice(room_id, seq, user_ids))

    async def _by_user(self, found: list[StoredNotification]) -> list[tuple[str, Notification]]:
        shown = await self._shown(found)
        return [(each.user_id, item) for each, item in zip(found, shown, strict=True)]

    async def find_ended(self, room_id: str, user_ids: list[str]) -> dict[str, list[str]]:
        """The ids of the notifications that these users had of a deleted room, by user id."""
        return await self._store.ended(room_id, user_ids)

    async def _shown(self, found: Iterable[StoredNotification]) -> list[Notification]:
        stored = list(found)
        users = await self._people.find_users({each.actor_id for each in stored}) if stored else {}
        return [
            Notification(
                id=each.id,
                kind=each.kind,
                room_id=each.room_id,
                seq=each.seq,
                actor=users[each.actor_id],
                preview=each.preview,
                created_at=each.created_at,
                read_at=each.read_at,
            )
            for each in stored
        ]

    async def forget_old(self) -> None:
        """Deletes old notifications. It is called at regular intervals."""
        await self._store.forget_notifications(now_ms() - KEPT_READ)

    # The other services call the following methods.

    async def message_sent(
        self, room_id: str, seq: int, user_ids: list[str], everyone: bool
    ) -> None:
        if user_ids or everyone:
            cause = recording.message_cause(room_id, seq)
            await self._news.notified(room_id, cause, user_ids, seq if everyone else None)

    async def notify_users(self, room_id: str, cause: str, user_ids: list[str]) -> None:
        await self._news.notified(room_id, cause, user_ids, None)

    async def read_by(self, user_id: str, room_id: str, seq: int) -> None:
        since = now_ms() - LATELY
        await self.were_read(user_id, await self._store.read_lately(user_id, room_id, seq, since))

    async def were_read(self, user_id: str, ids: list[str]) -> None:
        if ids:
            await self._news.notifications_read(user_id, ids, None)

    async def were_withdrawn(self, withdrawn: Iterable[Withdrawn]) -> None:
        for user_id, ids in ids_by_user(withdrawn).items():
            await self.were_read(user_id, ids)

    async def notice_ended(self, room_id: str, notice_id: str) -> None:
        await self._news.notice_ended(room_id, notice_id)
