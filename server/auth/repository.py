"""Accounts and sessions in the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from tortoise.exceptions import IntegrityError

import models
from server.auth import rules
from server.auth.entity import Me
from server.auth.pending import is_taken, void_links
from server.auth.people import find_me
from server.auth.proofs import is_current
from server.auth.reserved import RESERVED_NAMES
from server.auth.rotation import HeldToken, Rotation
from server.auth.store import Account, Credentials, NewSession, SessionRow
from server.auth.usernames import USERNAME_REST, forget_usernames, take_username
from server.kernel.clock import now_ms
from server.kernel.database import Database, DatabaseConnection
from server.kernel.errors import Conflict

_TAKEN = """
    SELECT EXISTS (SELECT 1 FROM users WHERE username_key = $1)
            OR EXISTS (SELECT 1 FROM freed_usernames WHERE username_key = $1 AND freed_at > $3)
        AS username,
        EXISTS (SELECT 1 FROM user_credentials WHERE email_key = $2) AS email
"""
_CREDENTIALS = """
    SELECT c.user_id, c.password_hash FROM user_credentials c
    JOIN users u ON u.id = c.user_id WHERE u.deleted_at IS NULL AND
"""
# The same comparison as in ``reserved.is_reserved``.
_RESERVED = """
    SELECT username FROM users WHERE deleted_at IS NULL
        AND replace(replace(replace(username_key, '_', ''), '.', ''), '-', '') = ANY($1::text[])
    ORDER BY username_key LIMIT $2
"""
# A change of password updates this row first and revokes the sessions after that. So a session that
# is being opened with the old password is either revoked there or not opened at all. The lock also
# makes sessions that are opened at the same time count each other.
_LOCK_HASH = "SELECT password_hash FROM user_credentials WHERE user_id = $1 FOR UPDATE"
_SET_HASH = "UPDATE user_credentials SET password_hash = $2 WHERE user_id = $1"
_REPLACE_HASH = f"{_SET_HASH} AND password_hash = $3"
_HELD = """
    SELECT user_id, token_hash, parent_hash, generation, parent_generation, rotated_at,
        expires_at, revoked_at, created_at FROM sessions WHERE id = $1 FOR UPDATE
"""
_KEEP = """
    UPDATE sessions SET token_hash = $2, parent_hash = $3, generation = $4,
        parent_generation = $5, rotated_at = $6, expires_at = $7, revoked_at = $8,
        last_seen_at = $6, address = $9 WHERE id = $1
"""
_REVOKE = """
    UPDATE sessions SET revoked_at = $3
    WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $3 RETURNING id
"""
_REVOKE_ALL = """
    UPDATE sessions SET revoked_at = $3 WHERE user_id = $1 AND ($2::uuid IS NULL OR id <> $2)
        AND revoked_at IS NULL AND expires_at > $3 RETURNING id
"""
_REVOKE_REST = """
    UPDATE sessions SET revoked_at = $3 WHERE id IN (
        SELECT id FROM sessions WHERE user_id = $1 AND id <> $2
            AND revoked_at IS NULL AND expires_at > $3
        ORDER BY last_seen_at DESC, created_at DESC LIMIT 1000000 OFFSET $4
    ) RETURNING id
"""
_PAGE = """
    SELECT id, device, address, created_at, last_seen_at FROM sessions
    WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
        AND (created_at < $3 OR (created_at = $3 AND id::text < $4))
    ORDER BY created_at DESC, id::text DESC LIMIT $5
"""
_LIVE = "SELECT expires_at FROM sessions WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2"
_REVOKED_SINCE = "SELECT id FROM sessions WHERE revoked_at >= $1"
_IS_OF = "SELECT 1 AS found FROM sessions WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL"
_TOUCH = "UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at <= $3"

_NEWEST = (2**53, "")


class AccountsRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def taken(self, username: str, email: str) -> str | None:
        keys = rules.username_key(username), rules.email_key(email)
        row = await self._db.fetchrow(_TAKEN, *keys, now_ms() - USERNAME_REST)
        return next((field for field in ("username", "email") if row and row[field]), None)

    async def create_account(self, account: Account, session: NewSession) -> Me:
        try:
            async with self._db.transaction() as tx:
                await _insert_account(account)
                key = rules.username_key(account.username)
                await take_username(tx, key, account.user_id, account.created_at)
                # This check comes after the insertion of the address, which waits for a
                # transaction that gives the address up.
                if await is_taken(tx, account.email, account.user_id, account.created_at):
                    raise Conflict("This email is already taken.", field="email")
                await _insert_session(session)
                me = await find_me(tx, account.user_id)
        except IntegrityError:
            taken = await self.taken(account.username, account.email)
            raise Conflict(f"This {taken or 'name'} is already taken.", field=taken) from None
        assert me is not None
        return me

    async def forget_usernames(self) -> None:
        """Deletes the usernames that were given up and have rested long enough."""
        await forget_usernames(self._db, now_ms())

    async def find_account(self, login: str) -> Credentials | None:
        if "@" in login:
            return await self._credentials("c.email_key = $1", rules.email_key(login))
        return await self._credentials("u.username_key = $1", rules.username_key(login))

    async def reserved_names(self, limit: int) -> list[str]:
        rows = await self._db.fetch(_RESERVED, sorted(RESERVED_NAMES), limit)
        return [row["username"] for row in rows]

    async def find_by_id(self, user_id: str) -> Credentials | None:
        return await self._credentials("u.id = $1", user_id)

    async def _credentials(self, condition: str, value: str) -> Credentials | None:
        row = await self._db.fetchrow(_CREDENTIALS + condition, value)
        return Credentials(row["user_id"], row["password_hash"]) if row else None

    async def find_me(self, user_id: str) -> Me | None:
        return await find_me(self._db, user_id)

    async def set_password(
        self, user_id: str, password_hash: str, keep: str | None, now: int
    ) -> list[str]:
        async with self._db.transaction() as tx:
            await tx.execute(_SET_HASH, user_id, password_hash)
            await void_links(tx, user_id)
            return await _revoke_all(tx, user_id, keep, now)

    async def replace_hash(self, credentials: Credentials, password_hash: str) -> None:
        await self._db.execute(
            _REPLACE_HASH, credentials.user_id, password_hash, credentials.password_hash
        )


class SessionsRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def open_session(
        self, session: NewSession, password_hash: str, most: int
    ) -> list[str] | None:
        async with self._db.transaction() as tx:
            row = await tx.fetchrow(_LOCK_HASH, session.user_id)
            if not is_current(password_hash, row["password_hash"] if row else None):
                return None
            await _insert_session(session)
            rest = session.user_id, session.id, session.created_at, most - 1
            return [row["id"] for row in await tx.fetch(_REVOKE_REST, *rest)]

    async def rotate(
        self, session_id: str, address: str, decide: Callable[[HeldToken], Rotation]
    ) -> Rotation | None:
        async with self._db.transaction() as tx:
            row = await tx.fetchrow(_HELD, session_id)
            if row is None:
                return None
            held = HeldToken(**row)
            taken = decide(held)
            if taken.held != held:
                columns = asdict(taken.held)
                del columns["user_id"], columns["created_at"]
                await tx.execute(_KEEP, session_id, *columns.values(), address)
            return taken

    async def live_until(self, session_id: str, now: int) -> int | None:
        row = await self._db.fetchrow(_LIVE, session_id, now)
        return row["expires_at"] if row else None

    async def revoked_since(self, moment: int) -> list[str]:
        return [row["id"] for row in await self._db.fetch(_REVOKED_SINCE, moment)]

    async def revoke_sessions(self, user_id: str, session_id: str, now: int) -> bool:
        return await self._db.fetchrow(_REVOKE, user_id, session_id, now) is not None

    async def revoke_all(self, user_id: str, keep: str | None, now: int) -> list[str]:
        return await _revoke_all(self._db, user_id, keep, now)

    async def list_sessions(
        self, user_id: str, now: int, before: tuple[int, str] | None, limit: int
    ) -> list[SessionRow]:
        rows = await self._db.fetch(_PAGE, user_id, now, *(before or _NEWEST), limit)
        return [SessionRow(**row) for row in rows]

    async def is_of(self, session_id: str, user_id: str) -> bool:
        return await self._db.fetchrow(_IS_OF, session_id, user_id) is not None

    async def touch_session(self, session_id: str, now: int, unless_since: int) -> None:
        await self._db.execute(_TOUCH, session_id, now, unless_since)

    async def forget_sessions(self, before: int) -> None:
        """Deletes sessions that ended before ``before`` (ms)."""
        await self._db.execute(
            "DELETE FROM sessions WHERE expires_at < $1 OR revoked_at < $1", before
        )


async def _insert_account(account: Account) -> None:
    await models.User.create(
        id=account.user_id,
        username=account.username,
        username_key=rules.username_key(account.username),
        display_name=account.display_name,
        display_key=rules.display_key(account.display_name),
        created_at=account.created_at,
    )
    await models.Credential.create(
        user_id=account.user_id,
        email=account.email,
        email_key=rules.email_key(account.email),
        password_hash=account.password_hash,
    )


async def _insert_session(session: NewSession) -> None:
    await models.Session.create(
        **asdict(session), rotated_at=session.created_at, last_seen_at=session.created_at
    )


async def _revoke_all(
    db: DatabaseConnection, user_id: str, keep: str | None, now: int
) -> list[str]:
    return [row["id"] for row in await db.fetch(_REVOKE_ALL, user_id, keep, now)]
