"""The use cases of profiles: find users, and change one's own profile."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from msgspec import UNSET

from server.auth.entity import Me, User
from server.auth.pending import PendingEmail
from server.auth.reserved import is_reserved
from server.auth.rules import check_unreserved, display_key
from server.kernel import audit
from server.kernel.errors import Invalid, NotFound, Unauthenticated
from server.kernel.wire import Page, make_cursor, read_cursor, text
from server.profiles.changes import Fold, ProfileChanges, checked, checked_email

# The fields by which other users recognize a user. Changes of them are noted in the audit log,
# because a person who takes over an account may change them.
KNOWN_BY = ("username", "display_name", "avatar_url")
MAX_IDS = 100
MAX_QUERY = 100
# A change of a profile is published to at most this many rooms, those with the latest activity.
# Members of other rooms see it when they load the profile again.
MOST_ROOMS_TOLD_OF_PROFILE = 1_000

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Where a search continues: the rank of the last user found (see ``ProfileStore.search``), and their
# username key.
Place = tuple[int, str]
START: Place = (0, "")
LAST_RANK = 4


class ProfileStore(Protocol):
    """Reads users and changes profiles. All methods raise ``Unavailable`` when the database cannot
    be reached."""

    async def find_me(self, user_id: str) -> Me | None: ...

    async def find_users(self, ids: Sequence[str]) -> dict[str, User]:
        """Users by id. Unknown ids are left out; deleted users are included."""
        ...

    async def all(self, after: str, limit: int) -> list[tuple[Place, User]]:
        """All users in the order of their username keys, without deleted ones. The rank is 0."""
        ...

    async def search(self, key: str, after: Place, limit: int) -> list[tuple[Place, User]]:
        """The users whose username or display name is ``key`` (rank 0), whose username begins with
        it (rank 1), whose display name begins with it (rank 2), who have a word in their display
        name that does (rank 3), or who have it elsewhere in one of the two (rank 4). Each rank is
        in the order of the username keys. Deleted users are left out."""
        ...

    async def change_profile(
        self, user_id: str, values: dict[str, Any], pending: PendingEmail | None
    ) -> tuple[Me, Me]:
        """Changes a profile in one transaction. Returns the user before and after it.

        ``values`` are those of ``changes.checked``, and ``avatar_url``. If the address in
        ``pending`` is the present one, the pending change is cancelled. Raises ``Conflict`` with
        the field whose value another user has, ``InvalidCredentials`` if the password was changed
        in the meantime, and ``Unauthenticated`` if the user was deleted; then nothing changes.
        """
        ...

    async def small_rooms(self, user_id: str, most: int) -> list[str]:
        """At most ``most`` of the user's rooms with up to 100 members, the latest activity
        first."""
        ...


class ProfileNews(Protocol):
    async def user_updated(self, user: User, room_ids: list[str]) -> None:
        """Publishes a changed user, after the commit, to the members of these rooms, to the clients
        that watch the user, and to the user. It is delivered at most once."""
        ...


class ProfileAvatars(Protocol):
    async def make_avatar(self, attachment_id: str, user_id: str) -> str:
        """Makes an avatar from the user's own attachment, and returns its URL. Raises ``NotFound``
        or ``Invalid`` with the field ``avatar_id``."""
        ...

    async def drop_avatar(self, url: str | None) -> None:
        """Deletes an avatar that is no longer used. None is ignored. Never raises."""
        ...


class PasswordChecker(Protocol):
    async def check_password(self, user_id: str, password: str) -> str:
        """The stored hash that the password matches. Raises ``InvalidCredentials``, or
        ``RateLimited`` after too many failures."""
        ...


class AddressMails(Protocol):
    """Mails about changes of email addresses. ``begin_change`` makes the tokens of a change, and
    stores and sends nothing."""

    async def count_change(self, user_id: str) -> None:
        """Counts a change of address. Raises ``RateLimited`` after too many in a day."""
        ...

    def begin_change(self, email: str, password_hash: str) -> PendingEmail: ...

    def change_begun(self, user_id: str, pending: PendingEmail, present: str) -> None:
        """Mails the links of a pending change. It is called after the commit; ``present`` is the
        address that stays in force until the change is confirmed. Neither waits nor raises."""
        ...


class Profiles:
    """``fold`` returns an emoji in its fully-qualified form, or None for any other text."""

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
            raise Unauthenticated("This account was deleted.")
        return me

    async def get_user(self, user_id: str) -> User:
        """A user, even a deleted one. Raises ``NotFound`` if no user ever had this id."""
        found = await self._people.find_users([user_id])
        if user_id not in found:
            raise NotFound()
        return found[user_id]

    async def change_profile(self, user_id: str, given: ProfileChanges) -> Me:
        """Changes a profile. Raises ``Invalid`` or ``Conflict`` with the field, and with an email
        also ``InvalidCredentials`` or ``RateLimited``; then nothing has changed. The result does
        not depend on whether another user has the email address, so that it cannot be tested."""
        values = checked(given, self._fold)
        if is_reserved(wanted_name := values.get("username", "")):
            check_unreserved(wanted_name, (await self.get_me(user_id)).username)
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
            rooms = await self._people.small_rooms(user_id, MOST_ROOMS_TOLD_OF_PROFILE)
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
        """Users by id, in lower case. Unknown ids are left out; deleted users are included."""
        wanted = list(dict.fromkeys(ids))
        return await self._people.find_users(wanted) if wanted else {}

    async def pick(self, ids: str) -> Page[User]:
        """The users of a comma-separated list of ids, in its order. Unknown ids are left out."""
        wanted = [one.strip().lower() for one in ids.split(",") if one.strip()]
        if len(wanted) > MAX_IDS:
            raise Invalid(f"ids must have at most {MAX_IDS} ids.", field="ids")
        if not all(_UUID.fullmatch(one) for one in wanted):
            raise Invalid("ids must be UUIDs separated by commas.", field="ids")
        found = await self.find_users(wanted)
        return Page(list({one: found[one] for one in wanted if one in found}.values()), False, None)

    async def search_users(self, q: str | None, cursor: str | None, limit: int) -> Page[User]:
        """Finds users by username or display name; an @ before it makes no difference. Without a
        query, lists all users by username."""
        key = display_key(text(q or "", "q", most=MAX_QUERY)).lstrip("@ ")
        after = _place(cursor)
        if key:
            found = await self._people.search(key, after, limit + 1)
        else:
            found = await self._people.all(after[1], limit + 1)
        shown, more = found[:limit], len(found) > limit
        return Page([user for _, user in shown], more, make_cursor(*shown[-1][0]) if more else None)


def as_seen(me: Me) -> User:
    """The user as other users see them."""
    return User(**{name: getattr(me, name) for name in User.__struct_fields__})


def _place(cursor: str | None) -> Place:
    parts = read_cursor(cursor, int, str)
    if parts is None:
        return START
    rank, username_key = parts
    if not 0 <= rank <= LAST_RANK:
        raise Invalid("cursor is not valid.", field="cursor")
    return rank, username_key
