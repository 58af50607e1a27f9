"""Users in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tortoise.exceptions import IntegrityError

from server.auth import rules
from server.auth.entity import Me, User
from server.auth.pending import PendingEmail, cancel_pending, put_pending
from server.auth.people import USER_COLUMNS, find_me, to_user
from server.auth.proofs import is_current
from server.auth.usernames import free_username, take_username
from server.kernel.clock import now_ms
from server.kernel.database import Database, DatabaseConnection, escape_like
from server.kernel.errors import Conflict, InvalidCredentials, Unauthenticated
from server.profiles.changes import add_to_groups, merged
from server.profiles.usecase import Place

_USERS = f"SELECT {USER_COLUMNS} FROM users u WHERE u.id = ANY($1::uuid[])"
_NAMED = f"""
    SELECT {USER_COLUMNS}, u.username_key FROM users u
    WHERE u.deleted_at IS NULL AND u.username_key > $1
"""
_ORDER = " ORDER BY u.username_key LIMIT $2"
_ALL = _NAMED + _ORDER

# $3 is the escaped key followed by %, $4 the key itself.
_EXACT = "(u.username_key = $4 OR u.display_key = $4)"
_USERNAME = r"u.username_key LIKE $3 ESCAPE '\'"
_NAME = r"u.display_key LIKE $3 ESCAPE '\'"
_WORD = r"""(u.display_key LIKE '% ' || $3::text ESCAPE '\'
    OR u.display_key LIKE '%-' || $3::text ESCAPE '\')"""
_WITHIN = r"""(u.username_key LIKE '%' || $3::text ESCAPE '\'
    OR u.display_key LIKE '%' || $3::text ESCAPE '\')"""
# One statement for each rank. The first three use an index, and usually find enough rows.
_SEARCHES = tuple(
    f"{_NAMED} AND {condition} {_ORDER}"
    for condition in (
        f"({_USERNAME} OR {_NAME}) AND {_EXACT}",
        f"{_USERNAME} AND NOT {_EXACT}",
        f"{_NAME} AND NOT {_USERNAME} AND NOT {_EXACT}",
        f"{_WORD} AND NOT {_NAME} AND NOT {_USERNAME} AND NOT {_EXACT}",
        f"{_WITHIN} AND NOT {_WORD} AND NOT {_NAME} AND NOT {_USERNAME} AND NOT {_EXACT}",
    )
)

_LOCK = "SELECT u.id FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL FOR NO KEY UPDATE"
_LOCK_CREDENTIALS = """
    SELECT email, password_hash FROM user_credentials WHERE user_id = $1 FOR UPDATE
"""
_PREFERENCES = "SELECT preferences FROM user_preferences WHERE user_id = $1"
_SET_PREFERENCES = """
    INSERT INTO user_preferences (user_id, preferences, add_to_groups) VALUES ($1, $2, $3)
    ON CONFLICT (user_id) DO UPDATE SET preferences = excluded.preferences,
        add_to_groups = excluded.add_to_groups
"""
_SMALL_ROOMS = """
    SELECT r.id FROM room_members m JOIN rooms r ON r.id = m.room_id
    WHERE m.user_id = $1 AND m.active AND r.deleted_at IS NULL AND r.member_count <= 100
    ORDER BY r.active_at DESC LIMIT $2
"""


class PeopleRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def find_me(self, user_id: str) -> Me | None:
        return await find_me(self._db, user_id)

    async def find_users(self, ids: Sequence[str]) -> dict[str, User]:
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
            found += await self._named(_SEARCHES[rank], rank, username_key, missing, pattern, key)
            rank, username_key = rank + 1, ""
        return found

    async def change_profile(
        self, user_id: str, values: dict[str, Any], pending: PendingEmail | None
    ) -> tuple[Me, Me]:
        try:
            async with self._db.transaction() as tx:
                # Values outside the user's row are changed under the lock of that row too.
                await tx.execute(_LOCK, user_id)
                before = await _find_me(tx, user_id)
                await _set_columns(tx, before, values)
                if pending:
                    await _set_pending(tx, user_id, pending)
                if "preferences" in values:
                    row = await tx.fetchrow(_PREFERENCES, user_id)
                    kept = merged(row["preferences"] if row else None, values["preferences"])
                    await tx.execute(_SET_PREFERENCES, user_id, kept, add_to_groups(kept))
                return before, await _find_me(tx, user_id)
        except IntegrityError:
            # The username is the only unique value that can be changed here.
            raise Conflict("This username is already taken.", field="username") from None

    async def small_rooms(self, user_id: str, most: int) -> list[str]:
        return [row["id"] for row in await self._db.fetch(_SMALL_ROOMS, user_id, most)]

    async def _named(
        self, sql: str, rank: int, after: str, limit: int, *keys: str
    ) -> list[tuple[Place, User]]:
        rows = await self._db.fetch(sql, after, limit, *keys)
        return [((rank, row["username_key"]), to_user(row)) for row in rows]


async def _find_me(tx: DatabaseConnection, user_id: str) -> Me:
    me = await find_me(tx, user_id)
    if me is None:
        raise Unauthenticated("This account was deleted.")
    return me


async def _set_columns(tx: DatabaseConnection, before: Me, values: dict[str, Any]) -> None:
    columns: dict[str, Any] = {
        name: values[name] for name in ("bio", "status", "avatar_url") if name in values
    }
    if "username" in values:
        columns["username"] = values["username"]
        columns["username_key"] = rules.username_key(values["username"])
    old, new = rules.username_key(before.username), columns.get("username_key")
    if "display_name" in values:
        shown = values["display_name"] or values.get("username", before.username)
        columns["display_name"] = shown
        columns["display_key"] = rules.display_key(shown)
    if columns:
        sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, start=2))
        await tx.execute(f"UPDATE users SET {sets} WHERE id = $1", before.id, *columns.values())
    if new not in (None, old):
        now = now_ms()
        await take_username(tx, new, before.id, now)
        await free_username(tx, old, before.id, now)


async def _set_pending(tx: DatabaseConnection, user_id: str, pending: PendingEmail) -> None:
    present = await tx.fetchrow(_LOCK_CREDENTIALS, user_id)
    if not is_current(pending.password_hash, present["password_hash"] if present else None):
        raise InvalidCredentials()
    assert present is not None
    if present["email"] == pending.email:
        await cancel_pending(tx, user_id)
    else:
        await put_pending(tx, user_id, present["email"], pending)
