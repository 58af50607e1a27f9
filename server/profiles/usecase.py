"""Looking people up, and changing what they see of oneself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from msgspec import UNSET

from server.auth.entity import Me, User
from server.auth.pending import PendingEmail
from server.auth.rules import display_key
from server.kernel import audit
from server.kernel.errors import Invalid, NotFound, Unauthenticated
from server.kernel.wire import Page, make_cursor, read_cursor, text
from server.profiles.changes import Fold, ProfileChanges, checked, checked_email

# By which others know a user; a change of them by somebody else may pass for the user's own.
KNOWN_BY = ("username", "display_name", "avatar_url")
MAX_IDS = 100
MAX_QUERY = 100
# Who shares only older rooms than these sees a change of the profile when they look again.
MAX_TOLD_ROOMS = 1_000

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Where a search goes on: how well the last one found matches (see ``People.search``), and their
# username key. The first is before everybody.
Place = tuple[int, str]
START: Place = (0, "")
LAST_RANK = 2


class ProfileStore(Protocol):
    async def find_me(self, user_id: str) -> Me | None: ...

    async def find_users(self, ids: Sequence[str]) -> dict[str, User]:
        """Deleted users too; unknown ids are absent."""
        ...

    async def all(self, after: str, limit: int) -> list[tuple[Place, User]]:
        """By username key, none deleted; the rank is 0."""
        ...

    async def search(self, key: str, after: Place, limit: int) -> list[tuple[Place, User]]:
        """Whose username begins with ``key`` (rank 0), whose display name does (1), and who has
        it elsewhere in either (2); by username key in each rank, none deleted."""
        ...

    async def change_profile(
        self, user_id: str, values: dict[str, Any], pending: PendingEmail | None
    ) -> tuple[Me, Me]:
        """Before and after. ``values`` are those of ``changes.checked``, and ``avatar_url``. The
        present address in ``pending`` cancels the one that waits. ``Conflict`` names the field that
        somebody else has; ``InvalidCredentials`` when the password is another one by now;
        ``Unauthenticated`` once deleted."""
        ...

    async def small_rooms(self, user_id: str, most: int) -> list[str]:
        """The user's rooms of at most 100 members, latest activity first."""
        ...


class ProfileNews(Protocol):
    async def user_updated(self, user: User, room_ids: list[str]) -> None:
        """Told after the commit, to who is in these rooms, or watches, and to oneself."""
        ...


class ProfileAvatars(Protocol):
    async def make_avatar(self, attachment_id: str, user_id: str) -> str:
        """The address of a new avatar of an attachment that is the user's own; ``NotFound``, or
        ``Invalid``, naming ``avatar_id``."""
        ...

    async def drop_avatar(self, url: str | None) -> None:
        """Nobody wears it any more. Never raises."""
        ...


class PasswordChecker(Protocol):
    async def check_password(self, user_id: str, password: str) -> str:
        """The hash that it matches. ``InvalidCredentials``, or ``RateLimited`` after too many."""
        ...


class AddressMails(Protocol):
    async def count_change(self, user_id: str) -> None:
        """``RateLimited`` after too many in a day."""
        ...

    def begin_change(self, email: str, password_hash: str) -> PendingEmail: ...

    def change_begun(self, user_id: str, pending: PendingEmail, present: str) -> None:
        """Told after the commit, of the address that stays until then. Neither waits nor raises."""
        ...


class Profiles:
    """``fold``: an emoji's one form, None for what is none."""

    def __init__(
        self,
        *,
        people: ProfileStore,
        news: ProfileNews,
        avatars: ProfileAvatars,
        fold: Fold,
        credentials: PasswordChecker,
        mails: AddressMails,
    ) -> None:
        self._people = people
        self._news = news
        self._avatars = avatars
        self._fold = fold
        self._credentials = credentials
        self._mails = mails

    async def get_me(self, user_id: str) -> Me:
        me = await self._people.find_me(user_id)
        if me is None:
            raise Unauthenticated("this user was deleted")
        return me

    async def get_user(self, user_id: str) -> User:
        """``NotFound`` when there never was one."""
        found = await self._people.find_users([user_id])
        if user_id not in found:
            raise NotFound()
        return found[user_id]

    async def change_profile(self, user_id: str, given: ProfileChanges) -> Me:
        """``Invalid`` or ``Conflict``, naming the field; then nothing has changed. With an e-mail
        ``InvalidCredentials`` or ``RateLimited`` as well; whether somebody has the address makes
        no difference here."""
        values = checked(given, self._fold)
        pending = await self._pending(user_id, given)
        if given.avatar_id is not UNSET:
            wanted = given.avatar_id
            values["avatar_url"] = wanted and await self._avatars.make_avatar(wanted, user_id)
        try:
            before, after = await self._people.change_profile(user_id, values, pending)
        except BaseException:
            await self._avatars.drop_avatar(values.get("avatar_url"))
            raise
        if pending and pending.email != before.email:
            self._mails.change_begun(user_id, pending, before.email)
            audit.note("email_change_asked", user_id=user_id)
        if changed := [name for name in KNOWN_BY if getattr(before, name) != getattr(after, name)]:
            audit.note("profile_changed", user_id=user_id, changed=",".join(changed))
        if as_seen(before) != as_seen(after):
            rooms = await self._people.small_rooms(user_id, MAX_TOLD_ROOMS)
            await self._news.user_updated(as_seen(after), rooms)
        if before.avatar_url != after.avatar_url:
            await self._avatars.drop_avatar(before.avatar_url)
        return after

    async def _pending(self, user_id: str, given: ProfileChanges) -> PendingEmail | None:
        asked = checked_email(given)
        if asked is None:
            return None
        email, password = asked
        hashed = await self._credentials.check_password(user_id, password)
        if email != (await self.get_me(user_id)).email:
            await self._mails.count_change(user_id)
        return self._mails.begin_change(email, hashed)

    async def find_users(self, ids: Iterable[str]) -> dict[str, User]:
        """By id, in lower case; unknown ids are absent, deleted users are not."""
        wanted = list(dict.fromkeys(ids))
        return await self._people.find_users(wanted) if wanted else {}

    async def pick(self, ids: str) -> Page[User]:
        """Those of a list with commas between, in its order; unknown ids are skipped."""
        wanted = [one.strip().lower() for one in ids.split(",") if one.strip()]
        if len(wanted) > MAX_IDS:
            raise Invalid(f"ids must have at most {MAX_IDS} ids", field="ids")
        if not all(_UUID.fullmatch(one) for one in wanted):
            raise Invalid("ids must be UUIDs with commas between", field="ids")
        found = await self.find_users(wanted)
        return Page(list({one: found[one] for one in wanted if one in found}.values()), False, None)

    async def search_users(self, q: str | None, cursor: str | None, limit: int) -> Page[User]:
        """By username or display name; without a query, everybody by username."""
        key = display_key(text(q or "", "q", most=MAX_QUERY))
        after = _place(cursor)
        if key:
            found = await self._people.search(key, after, limit + 1)
        else:
            found = await self._people.all(after[1], limit + 1)
        shown, more = found[:limit], len(found) > limit
        return Page([user for _, user in shown], more, make_cursor(*shown[-1][0]) if more else None)


def as_seen(me: Me) -> User:
    """Oneself as others see one."""
    return User(**{name: getattr(me, name) for name in User.__struct_fields__})


def _place(cursor: str | None) -> Place:
    parts = read_cursor(cursor, int, str)
    if parts is None:
        return START
    rank, username_key = parts
    if not 0 <= rank <= LAST_RANK:
        raise Invalid("cursor is not one of ours", field="cursor")
    return rank, username_key
