"""Looking people up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from server.auth.entity import Me, User
from server.auth.rules import display_key
from server.errors import Invalid, NotFound, Unauthenticated
from server.wire import Page, make_cursor, read_cursor, text

MAX_IDS = 100
MAX_QUERY = 100

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Where a search goes on: how well the last one found matches (see ``People.search``), and their
# username key. The first is before everybody.
Place = tuple[int, str]
START: Place = (0, "")
LAST_RANK = 2


class People(Protocol):
    async def me(self, user_id: str) -> Me | None: ...

    async def users(self, ids: Sequence[str]) -> dict[str, User]:
        """Deleted users too; unknown ids are absent."""
        ...

    async def all(self, after: str, limit: int) -> list[tuple[Place, User]]:
        """By username key, none deleted; the rank is 0."""
        ...

    async def search(self, key: str, after: Place, limit: int) -> list[tuple[Place, User]]:
        """Whose username begins with ``key`` (rank 0), whose display name does (1), and who has
        it elsewhere in either (2); by username key in each rank, none deleted."""
        ...


class Profiles:
    def __init__(self, people: People) -> None:
        self._people = people

    async def me(self, user_id: str) -> Me:
        me = await self._people.me(user_id)
        if me is None:
            raise Unauthenticated("this user was deleted")
        return me

    async def user(self, user_id: str) -> User:
        """``NotFound`` when there never was one."""
        found = await self._people.users([user_id])
        if user_id not in found:
            raise NotFound()
        return found[user_id]

    async def users(self, ids: Iterable[str]) -> dict[str, User]:
        """By id, in lower case; unknown ids are absent, deleted users are not."""
        wanted = list(dict.fromkeys(ids))
        return await self._people.users(wanted) if wanted else {}

    async def pick(self, ids: str) -> Page[User]:
        """Those of a list with commas between, in its order; unknown ids are skipped."""
        wanted = [one.strip().lower() for one in ids.split(",") if one.strip()]
        if len(wanted) > MAX_IDS:
            raise Invalid(f"ids must have at most {MAX_IDS} ids", field="ids")
        if not all(_UUID.fullmatch(one) for one in wanted):
            raise Invalid("ids must be UUIDs with commas between", field="ids")
        found = await self.users(wanted)
        return Page(list({one: found[one] for one in wanted if one in found}.values()), False, None)

    async def find(self, q: str | None, cursor: str | None, limit: int) -> Page[User]:
        """By username or display name; without a query, everybody by username."""
        key = display_key(text(q or "", "q", most=MAX_QUERY))
        after = _place(cursor)
        if key:
            found = await self._people.search(key, after, limit + 1)
        else:
            found = await self._people.all(after[1], limit + 1)
        shown, more = found[:limit], len(found) > limit
        return Page([user for _, user in shown], more, make_cursor(*shown[-1][0]) if more else None)


def _place(cursor: str | None) -> Place:
    parts = read_cursor(cursor, int, str)
    if parts is None:
        return START
    rank, username_key = parts
    if not 0 <= rank <= LAST_RANK:
        raise Invalid("cursor is not one of ours", field="cursor")
    return rank, username_key
