"""Mailed tokens in the database. Locks: first the credentials, then tokens."""

from __future__ import annotations

from server.auth import rules
from server.database import Connection, Database
from server.mail.entity import Kind, NewToken

_OWNER = "SELECT user_id, email FROM user_credentials WHERE email_key = $1"
_ADD = """
    INSERT INTO email_tokens (token_hash, user_id, kind, email, created_at, expires_at)
    SELECT $1, c.user_id, $3, c.email, $5::bigint, $6::bigint FROM user_credentials c
    WHERE c.user_id = $2 AND c.email = $4 RETURNING user_id
"""
_GOOD = """
    SELECT t.user_id FROM email_tokens t
    WHERE t.token_hash = $1 AND t.kind = $2 AND t.expires_at > $3
"""
_LOCK = "SELECT email FROM user_credentials WHERE user_id = $1 FOR UPDATE"
_SPEND = "DELETE FROM email_tokens WHERE token_hash = $1 RETURNING email"
# Who has the mail has the address.
_SET_HASH = """
    UPDATE user_credentials
    SET password_hash = $2, email_verified_at = coalesce(email_verified_at, $3)
    WHERE user_id = $1
"""
_VOID_RESETS = "DELETE FROM email_tokens WHERE user_id = $1 AND kind = 'reset'"
_REVOKE = """
    UPDATE sessions SET revoked_at = $2
    WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 RETURNING id
"""
_VERIFIED = "UPDATE user_credentials SET email_verified_at = $2 WHERE user_id = $1"


class TokenRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def user_of(self, email: str) -> tuple[str, str] | None:
        row = await self._db.fetchrow(_OWNER, rules.email_key(email))
        return (row["user_id"], row["email"]) if row else None

    async def add(self, token: NewToken) -> bool:
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

    async def holder(self, token_hash: str, kind: Kind, now: int) -> str | None:
        row = await self._db.fetchrow(_GOOD, token_hash, kind, now)
        return row["user_id"] if row else None

    async def reset(self, token_hash: str, password_hash: str, now: int) -> list[str] | None:
        async with self._db.transaction() as tx:
            user_id = await _spend(tx, token_hash, "reset", now)
            if user_id is None:
                return None
            await tx.execute(_SET_HASH, user_id, password_hash, now)
            await tx.execute(_VOID_RESETS, user_id)
            return [row["id"] for row in await tx.fetch(_REVOKE, user_id, now)]

    async def verify(self, token_hash: str, now: int) -> bool:
        async with self._db.transaction() as tx:
            user_id = await _spend(tx, token_hash, "verify", now)
            if user_id is not None:
                await tx.execute(_VERIFIED, user_id, now)
            return user_id is not None

    async def forget(self, now: int) -> None:
        await self._db.execute("DELETE FROM email_tokens WHERE expires_at < $1", now)


async def _spend(tx: Connection, token_hash: str, kind: Kind, now: int) -> str | None:
    """Whose token it is: theirs alone who spends it first, and has the address still."""
    found = await tx.fetchrow(_GOOD, token_hash, kind, now)
    owner = await tx.fetchrow(_LOCK, found["user_id"]) if found else None
    if not found or not owner:
        return None
    spent = await tx.fetchrow(_SPEND, token_hash)
    good = spent is not None and spent["email"] == owner["email"]
    return str(found["user_id"]) if good else None
