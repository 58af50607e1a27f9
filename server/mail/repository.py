"""Mailed tokens in the database. Transactions lock the credentials first and tokens after that."""

from __future__ import annotations

from tortoise.exceptions import IntegrityError

from server.auth import proofs, rules
from server.auth.pending import is_taken, token_hash, void_links
from server.kernel.database import Database, DatabaseConnection, Row
from server.mail.entity import Confirmed, MailKind, NewToken, Undone

_OWNER = "SELECT user_id, email FROM user_credentials WHERE email_key = $1"
_ADD = """
    INSERT INTO email_tokens (token_hash, user_id, kind, email, created_at, expires_at)
    SELECT $1, c.user_id, $3, c.email, $5::bigint, $6::bigint FROM user_credentials c
    WHERE c.user_id = $2 AND c.email = $4 RETURNING user_id
"""
_GOOD = """
    SELECT t.user_id, t.kind FROM email_tokens t WHERE t.token_hash = $1 AND t.expires_at > $2
"""
_CAN_RESET = """
    SELECT 1 AS found FROM email_tokens t WHERE t.user_id = $1 AND t.kind = 'reset'
        AND t.email = $2 AND t.expires_at > $3 LIMIT 1
"""
_LOCK = """
    SELECT user_id, email, email_key, password_hash FROM user_credentials WHERE user_id = $1
    FOR UPDATE
"""
_SPEND = """
    DELETE FROM email_tokens WHERE token_hash = $1
    RETURNING email, kind, created_at, held_key, proof
"""
_SHORTEN = "UPDATE email_tokens SET expires_at = $2 WHERE token_hash = $1 AND expires_at > $2"
# A user who received the mail has also proved that the address is theirs.
_SET_HASH = """
    UPDATE user_credentials
    SET password_hash = $2, email_verified_at = coalesce(email_verified_at, $3)
    WHERE user_id = $1
"""
_REVOKE = """
    UPDATE sessions SET revoked_at = $2
    WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 RETURNING id
"""
_SET_EMAIL = """
    UPDATE user_credentials SET email = $2, email_key = $3, email_verified_at = $4
    WHERE user_id = $1
"""
_VERIFIED = "UPDATE user_credentials SET email_verified_at = $2 WHERE user_id = $1"
_VOID_PASSWORD = "UPDATE user_credentials SET password_hash = '' WHERE user_id = $1"
# Deletes the links to an address that is no longer the user's, except those that restore it.
_VOID_OLD = "DELETE FROM email_tokens WHERE user_id = $1 AND kind <> 'undo'"
_PROLONG_UNDO = """
    UPDATE email_tokens SET expires_at = $4
    WHERE user_id = $1 AND kind = 'undo' AND held_key = $2 AND expires_at > $3
"""
# An earlier undo of another address stays, because that address was the user's before this one.
_VOID_LATER = """
    DELETE FROM email_tokens
    WHERE user_id = $1 AND (kind <> 'undo' OR created_at >= $2 OR held_key = $3)
"""


class TokenRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def user_of(self, email: str) -> tuple[str, str] | None:
        row = await self._db.fetchrow(_OWNER, rules.email_key(email))
        return (row["user_id"], row["email"]) if row else None

    async def add_token(self, token: NewToken) -> bool:
        row = await self._db.fetchrow(
            _ADD,
            token.token_hash,
            token.user_id,
            token.kind,
            token.email,
            token.created_at,
            token.expires_at,
        )
        return row is not None

    async def holder(self, token_hash: str, kind: MailKind, now: int) -> str | None:
        row = await self._db.fetchrow(_GOOD, token_hash, now)
        return row["user_id"] if row and row["kind"] == kind else None

    async def can_reset(self, user_id: str, email: str, until: int) -> bool:
        return await self._db.fetchrow(_CAN_RESET, user_id, email, until) is not None

    async def reset_password(
        self, token_hash: str, password_hash: str, now: int
    ) -> list[str] | None:
        async with self._db.transaction() as tx:
            owner = await _spend(tx, token_hash, now, "reset")
            if owner is None or not _is_to_present_address(owner):
                return None
            user_id = owner["user_id"]
            await tx.execute(_SET_HASH, user_id, password_hash, now)
            await void_links(tx, user_id)
            return [row["id"] for row in await tx.fetch(_REVOKE, user_id, now)]

    async def verify_email(self, token_hash: str, now: int, undo_until: int) -> Confirmed | None:
        try:
            async with self._db.transaction() as tx:
                owner = await _spend(tx, token_hash, now, "verify", "change")
                if owner is None:
                    return None
                if owner["spent"]["kind"] == "change":
                    return await _move(tx, owner, now, undo_until)
                if not _is_to_present_address(owner):
                    return None
                await tx.execute(_VERIFIED, owner["user_id"], now)
                return Confirmed(owner["user_id"], changed=False)
        except IntegrityError:
            # Another user has taken the address in the meantime.
            return None

    async def undo_email_change(self, token_hash: str, now: int) -> Undone | None:
        try:
            async with self._db.transaction() as tx:
                owner = await _spend(tx, token_hash, now, "undo")
                return await _put_back(tx, owner, now) if owner else None
        except IntegrityError:
            return None

    async def taken(self, email: str, user_id: str, now: int) -> bool:
        return await is_taken(self._db, email, user_id, now)

    async def shorten(self, token_hash: str, until: int) -> None:
        await self._db.execute(_SHORTEN, token_hash, until)

    async def forget_tokens(self, now: int) -> None:
        await self._db.execute("DELETE FROM email_tokens WHERE expires_at < $1", now)


async def _spend(tx: DatabaseConnection, token_hash: str, now: int, *kinds: MailKind) -> Row | None:
    """Deletes a valid token and returns its user's locked credentials, with the token's values in
    ``spent``. Of calls that race, only one gets the token; None for the others."""
    found = await tx.fetchrow(_GOOD, token_hash, now)
    if found is None or found["kind"] not in kinds:
        return None
    owner = await tx.fetchrow(_LOCK, found["user_id"])
    spent = await tx.fetchrow(_SPEND, token_hash) if owner else None
    return {**owner, "spent": spent} if owner and spent else None


def _is_to_present_address(owner: Row) -> bool:
    return proofs.is_to_present_address(owner["spent"]["email"], owner["email"])


async def _move(tx: DatabaseConnection, owner: Row, now: int, undo_until: int) -> Confirmed | None:
    """Replaces the present address by the pending one."""
    user_id, email = owner["user_id"], owner["spent"]["email"]
    await tx.execute(_VOID_OLD, user_id)
    if await is_taken(tx, email, user_id, now):
        return None
    await tx.execute(_SET_EMAIL, user_id, email, rules.email_key(email), now)
    await tx.execute(_PROLONG_UNDO, user_id, owner["email_key"], now, undo_until)
    return Confirmed(user_id, changed=True)


async def _put_back(tx: DatabaseConnection, owner: Row, now: int) -> Undone:
    user_id, spent = owner["user_id"], owner["spent"]
    await tx.execute(_SET_EMAIL, user_id, spent["email"], spent["held_key"], now)
    if not proofs.keeps_password(spent["proof"], token_hash(owner["password_hash"])):
        await tx.execute(_VOID_PASSWORD, user_id)
    await tx.execute(_VOID_LATER, user_id, spent["created_at"], spent["held_key"])
    ended = [row["id"] for row in await tx.fetch(_REVOKE, user_id, now)]
    return Undone(user_id, spent["email"], ended)
