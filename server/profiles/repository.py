"""Users in the database."""

from __future__ import annotations

from collections.abc import Sequence

from server.auth.entity import Me, User
from server.auth.people import USER_COLUMNS, find_me, to_user
from server.database import Database, escape_like
from server.profiles.usecase import Place

_USERS = f"SELECT {USER_COLUMNS} FROM users u WHERE u.id = ANY($1::uuid[])"
_NAMED = f"""
    SELECT {USER_COLUMNS}, u.username_key FROM users u
    WHERE u.deleted_at IS NULL AND u.username_key > $1
"""
_ORDER = " ORDER BY u.username_key LIMIT $2"
_ALL = _NAMED + _ORDER

# $3 is the escaped key with % behind it.
_BY_USERNAME = r"u.username_key LIKE $3 ESCAPE '\'"
_BY_NAME = r"u.display_key LIKE $3 ESCAPE '\'"
_WITHIN = r"""(u.username_key LIKE '%' || $3::text ESCAPE '\'
    OR u.display_key LIKE '%' || $3::text ESCAPE '\')"""
# One statement for each rank: the first two find their few rows by an index, and mostly suffice.
_SEARCHES = tuple(
    f"{_NAMED} AND {condition} {_ORDER}"
    for condition in (
        _BY_USERNAME,
        f"{_BY_NAME} AND NOT {_BY_USERNAME}",
        f"{_WITHIN} AND NOT {_BY_NAME} AND NOT {_BY_USERNAME}",
    )
)


class PeopleRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def me(self, user_id: str) -> Me | None:
        return await find_me(self._db, user_id)

    async def users(self, ids: Sequence[str]) -> dict[str, User]:
        rows = await self._db.fetch(_USERS, list(ids))
        return {row["id"]: to_user(row) for row in rows}

    async def all(self, after: str, limit: int) -> list[tuple[Place, User]]:
        return await self._named(_ALL, 0, after, limit)

    async def search(self, key: str, after: Place, limit: int) -> list[tuple[Place, User]]:
        pattern = escape_like(key) + "%"
        rank, username_key = after
        found: list[tuple[Place, User]] = []
        while rank < len(_SEARCHES) and len(found) < limit:
            missing = limit - len(found)
            found += await self._named(_SEARCHES[rank], rank, username_key, missing, pattern)
            rank, username_key = rank + 1, ""
        return found

    async def _named(
        self, sql: str, rank: int, after: str, limit: int, *pattern: str
    ) -> list[tuple[Place, User]]:
        rows = await self._db.fetch(sql, after, limit, *pattern)
        return [((rank, row["username_key"]), to_user(row)) for row in rows]
