"""Deleting an account: what is personal goes, what was written stays and shows a deleted user."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from server.auth.entity import User
from server.kernel import audit
from server.kernel.errors import NotFound, Unauthenticated

log = structlog.get_logger("deletion")

# Who shares only older rooms than these sees it when they look again.
MAX_TOLD_ROOMS = 1_000
# Groups that are left before the request is answered; it has a deadline.
MOST_AT_ONCE = 50
# What raced a deletion is looked for so long after it (ms).
AFTERMATH = 3_600_000


@dataclass(frozen=True, slots=True)
class Deleted:
    """A user who is no more: as others see them now, the sessions that ended, the avatar."""

    user: User
    session_ids: list[str]
    avatar_url: str | None


class DeletionStore(Protocol):
    """Each method is one transaction."""

    async def delete_account(self, user_id: str, now: int) -> Deleted | None:
        """None when somebody was quicker. From then on no session of the user is opened."""
        ...

    async def any(self, since: int) -> bool:
        """Whether anybody was deleted since a moment (ms)."""
        ...

    async def tidy_deletions(self, since: int) -> None:
        """Removes what was written about users while they were deleted, since a moment (ms)."""
        ...

    async def seats(self, since: int) -> list[tuple[str, str]]:
        """(user_id, room_id): the groups that users deleted since then are still in."""
        ...

    async def groups(self, user_id: str) -> list[str]: ...


class DeletionCredentials(Protocol):
    async def check_password(self, user_id: str, password: str) -> str: ...


class DeletionSessions(Protocol):
    async def end(self, session_ids: list[str]) -> None:
        """Makes the end of sessions known on every node."""
        ...


class DeletionPeople(Protocol):
    async def small_rooms(self, user_id: str, most: int) -> list[str]: ...


class DeletionRooms(Protocol):
    async def leave_room(self, room_id: str, user_id: str) -> None: ...


class News(Protocol):
    async def user_updated(self, user: User, room_ids: list[str]) -> None: ...


class AvatarRemover(Protocol):
    async def drop_avatar(self, url: str | None) -> None: ...


class Deletion:
    def __init__(
        self,
        *,
        store: DeletionStore,
        credentials: DeletionCredentials,
        sessions: DeletionSessions,
        people: DeletionPeople,
        rooms: DeletionRooms,
        news: News,
        avatars: AvatarRemover,
        later: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._sessions = sessions
        self._people = people
        self._rooms = rooms
        self._news = news
        self._avatars = avatars
        self._later = later
        # Rounds look this far back; the first one at everybody, for nobody knows what was left.
        self._since = 0

    async def delete_account(self, user_id: str, password: str, now: int) -> None:
        """``InvalidCredentials``; then nothing has changed. Afterwards there is no way back."""
        await self._credentials.check_password(user_id, password)
        deleted = await self._store.delete_account(user_id, now)
        if deleted is None:
            raise Unauthenticated("this user was deleted")
        audit.note("account_deleted", user_id=user_id, sessions_ended=len(deleted.session_ids))
        await self._sessions.end(deleted.session_ids)
        # Told before leaving, to those who will have no room in common any more.
        rooms = await self._people.small_rooms(user_id, MAX_TOLD_ROOMS)
        await self._news.user_updated(deleted.user, rooms)
        await self._avatars.drop_avatar(deleted.avatar_url)
        groups = await self._store.groups(user_id)
        await self._leave_all(user_id, groups[:MOST_AT_ONCE])
        if rest := groups[MOST_AT_ONCE:]:
            self._later(self._leave_all(user_id, rest))

    async def _leave_all(self, user_id: str, room_ids: list[str]) -> None:
        for room_id in room_ids:
            await self._leave(user_id, room_id)

    async def sweep_deletions(self, now: int) -> None:
        """One round: finishes what a deletion could not, also what came in while it ran."""
        if await self._store.any(self._since):
            await self._finish()
        self._since = now - AFTERMATH

    async def _finish(self) -> None:
        await self._store.tidy_deletions(self._since)
        for user_id, room_id in await self._store.seats(self._since):
            await self._leave(user_id, room_id)

    async def _leave(self, user_id: str, room_id: str) -> None:
        """A failure stops nothing: the account is gone, and the next round leaves the room."""
        try:
            await self._rooms.leave_room(room_id, user_id)
        except NotFound:
            # They were removed, or the room was deleted.
            return
        except Exception as error:
            log.warning("a deleted user is still in a room", reason=type(error).__name__)
