"""A change of the e-mail address that waits for its link, and the way back: what is kept of it.

The row of the credentials is locked wherever one of these is called, so that a change, its link
and its undoing come one after the other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from server.auth.rules import email_key
from server.kernel.database import DatabaseConnection

# In email_tokens, with the alias t: of the user u, the address that waits ($2 is now in ms).
PENDING = """(
    SELECT t.email FROM email_tokens t
    WHERE t.user_id = u.id AND t.kind = 'change' AND t.expires_at > $2
    ORDER BY t.created_at DESC LIMIT 1
)"""
_TAKEN = """
    SELECT 1 AS taken FROM user_credentials WHERE email_key = $1 AND user_id <> $2
    UNION ALL
    SELECT 1 FROM email_tokens WHERE held_key = $1 AND user_id <> $2 AND expires_at > $3
    LIMIT 1
"""
_LAST_UNDO = "SELECT max(created_at) AS at FROM email_tokens WHERE user_id = $1 AND kind = 'undo'"
_ADD = """
    INSERT INTO email_tokens
        (token_hash, user_id, kind, email, created_at, expires_at, held_key, proof)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEmail:
    """Two mailed tokens: ``change`` goes to the new address, and ``undo`` to the present one.
    ``password_hash``: of the password that was given with it. Times in ms."""

    email: str
    password_hash: str = field(repr=False)
    change: str = field(repr=False)
    undo: str = field(repr=False)
    now: int
    change_until: int
    undo_until: int


def token_hash(token: str) -> str:
    """What is kept of a mailed token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def put_pending(
    tx: DatabaseConnection, user_id: str, present: str, pending: PendingEmail
) -> None:
    """In place of the one before it, whose link is void."""
    await cancel_pending(tx, user_id)
    change, undo = token_hash(pending.change), token_hash(pending.undo)
    at = pending.now
    await tx.execute(
        _ADD, change, user_id, "change", pending.email, at, pending.change_until, None, None
    )
    last = await tx.fetchrow(_LAST_UNDO, user_id)
    if last and last["at"] is not None:
        # Their order tells whose address was there first, and clocks of nodes differ.
        at = max(at, last["at"] + 1)
    held, proof = email_key(present), token_hash(pending.password_hash)
    await tx.execute(_ADD, undo, user_id, "undo", present, at, pending.undo_until, held, proof)


async def cancel_pending(tx: DatabaseConnection, user_id: str) -> None:
    await tx.execute("DELETE FROM email_tokens WHERE user_id = $1 AND kind = 'change'", user_id)


async def void_links(tx: DatabaseConnection, user_id: str) -> None:
    """After a new password: of those who had the old one, nobody gets any further. The way back
    stays, for the new password may be theirs."""
    await tx.execute(
        "DELETE FROM email_tokens WHERE user_id = $1 AND kind IN ('reset', 'change')", user_id
    )


async def is_taken(db: DatabaseConnection, email: str, user_id: str, now: int) -> bool:
    """Whether somebody else has the address, or may have theirs put back to it."""
    return await db.fetchrow(_TAKEN, email_key(email), user_id, now) is not None
