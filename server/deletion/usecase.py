"""The use case of deleting an account. Personal data is removed. The user's messages stay, and show
a deleted user as their author."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from server.auth.entity import Ending, User
from server.kernel import audit
from server.kernel.errors import NotFound, Unauthenticated

log = structlog.get_logger("deletion")

# A deletion is published to at most this many rooms, those with the latest activity. Members of
# other rooms see it when they load the user again.
MOST_ROOMS_TOLD_OF_DELETION = 1_000
# How many groups the user leaves before the request is answered, since it has a deadline.
MOST_LEFT_AT_ONCE = 50
# How long after a deletion the sweep looks for changes that raced it (ms).
AFTERMATH = 3_600_000


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deleted user: the user as others see them now, the sessions that ended, and the old
    avatar."""

    user: User
    session_ids: list[str]
    avatar_url: str | None


class DeletionStore(Protocol):
    """Each method is one transaction and idempotent. All raise ``Unavailable`` when the database
    cannot be reached."""

    async def delete_account(self, user_id: str, now: int) -> Deleted | None:
        """Deletes an account and revokes its sessions. After the commit no session of the user can
        be opened. Returns None if the account was deleted already."""
        ...

    async def any(self, since: int) -> bool:
        """Whether any account was deleted since ``since`` (ms)."""
        ...

    async def tidy_deletions(self, since: int) -> None:
        """Removes data that was stored about users while they were being deleted, for deletions
        since ``since`` (ms)."""
        ...

    async def seats(self, since: int) -> list[tuple[str, str]]:
        """The (user_id, room_id) of groups in which users deleted since ``since`` (ms) still have a
        seat."""
        ...

    async def groups(self, user_id: str) -> list[str]: ...


class DeletionCredentials(Protocol):
    """Checks a password. Raises ``InvalidCredentials`` if it is wrong, and ``RateLimited`` after
    too many failures."""

    async def check_password(self, user_id: str, password: str) -> str: ...


class DeletionSessions(Protocol):
    async def end(self, session_ids: list[str], why: Ending) -> None:
        """Makes sessions known as ended on every node."""
        ...


class DeletionPeople(Protocol):
    """The user's rooms with up to 100 members, the latest activity first, at most ``most``."""

    async def small_rooms(self, user_id: str, most: int) -> list[str]: ...


class DeletionRooms(Protocol):
    """Takes a user out of a room in one transaction, and publishes it. Raises ``NotFound`` if the
    user is not a member."""

    async def leave_room(self, room_id: str, user_id: str) -> None: ...


class News(Protocol):
    """Publishes a changed user, after the commit, to the members of these rooms. It is delivered at
    most once."""

    async def user_updated(self, user: User, room_ids: list[str]) -> None: ...


class AvatarRemover(Protocol):
    """Deletes an avatar that is no longer used. None is ignored. Never raises."""

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
        # The sweep looks back to this time. The first sweep checks all deletions, because earlier
        # processes may have left some unfinished.
        self._since = 0

    async def delete_account(self, user_id: str, password: str, now: int) -> None:
        """Deletes an account permanently. Raises ``InvalidCredentials`` for a wrong password; then
        nothing has changed."""
        await self._credentials.check_password(user_id, password)
        deleted = await self._store.delete_account(user_id, now)
        if deleted is None:
            raise Unauthenticated("This account was deleted.")
        audit.note("account_deleted", user_id=user_id, sessions_ended=len(deleted.session_ids))
        await self._sessions.end(deleted.session_ids, "account_deleted")
        # The rooms are read before the user leaves, since members of these rooms may share no room
        # with the user after that.
        rooms = await self._people.small_rooms(user_id, MOST_ROOMS_TOLD_OF_DELETION)
        await self._news.user_updated(deleted.user, rooms)
        await self._avatars.drop_avatar(deleted.avatar_url)
        groups = await self._store.groups(user_id)
        await self._leave_all(user_id, groups[:MOST_LEFT_AT_ONCE])
        if rest := groups[MOST_LEFT_AT_ONCE:]:
            self._later(self._leave_all(user_id, rest))

    async def _leave_all(self, user_id: str, room_ids: list[str]) -> None:
        for room_id in room_ids:
            await self._leave(user_id, room_id)

    async def sweep_deletions(self, now: int) -> None:
        """Finishes incomplete deletions, and removes what was stored while they ran. It is called
        at regular intervals."""
        if await self._store.any(self._since):
            await self._finish()
        self._since = now - AFTERMATH

    async def _finish(self) -> None:
        await self._store.tidy_deletions(self._since)
        for user_id, room_id in await self._store.seats(self._since):
            await self._leave(user_id, room_id)

    async def _leave(self, user_id: str, room_id: str) -> None:
        """Takes a deleted user out of a room. A failure is only logged, because the account is
        deleted, and the next sweep tries again."""
        try:
            await self._rooms.leave_room(room_id, user_id)
        except NotFound:
            # The user was removed in the meantime, or the room was deleted.
            return
        except Exception as error:
            log.warning("a deleted user is still in a room", reason=type(error).__name__)
