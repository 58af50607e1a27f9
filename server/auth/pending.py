"""Stores pending changes of an email address: the token that confirms a change, and the token that
undoes it.

The callers lock the row of the user's credentials first, so that a change, its confirmation and its
undoing happen one after another.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from server.auth.rules import email_key
from server.kernel.database import DatabaseConnection

# A subquery in email_tokens, as t, for the user u: the pending address. $2 is the time now in ms.
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
    """A pending change with its two mailed tokens: ``change`` goes to the new address, and ``undo``
    to the present one. ``password_hash`` is the hash of the password that the user gave with the
    change. Times are in ms."""

    email: str
    password_hash: str = field(repr=False)
    change: str = field(repr=False)
    undo: str = field(repr=False)
    now: int
    change_until: int
    undo_until: int


def token_hash(token: str) -> str:
    """The hash of a mailed token, which is stored in its place."""
    return hashlib.sha256(token.encode()).hexdigest()


async def put_pending(
    tx: DatabaseConnection, user_id: str, present: str, pending: PendingEmail
) -> None:
    """Stores a pending change. It replaces an earlier one, whose link becomes invalid."""
    await cancel_pending(tx, user_id)
    change, undo = token_hash(pending.change), token_hash(pending.undo)
    at = pending.now
    await tx.execute(
        _ADD, change, user_id, "change", pending.email, at, pending.change_until, None, None
    )
    last = await tx.fetchrow(_LAST_UNDO, user_id)
    if last and last["at"] is not None:
        # The order of these times tells which address was the earlier one, and the nodes' clocks
        # differ.
        at = max(at, last["at"] + 1)
    held, proof = email_key(present), token_hash(pending.password_hash)
    await tx.execute(_ADD, undo, user_id, "undo", present, at, pending.undo_until, held, proof)


async def cancel_pending(tx: DatabaseConnection, user_id: str) -> None:
    await tx.execute("DELETE FROM email_tokens WHERE user_id = $1 AND kind = 'change'", user_id)


async def void_links(tx: DatabaseConnection, user_id: str) -> None:
    """Deletes the user's reset and change links after a new password was set, so that a person who
    knew the old password cannot use them. The undo links stay, because that person may be the one
    who set the new password."""
    await tx.execute(
        "DELETE FROM email_tokens WHERE user_id = $1 AND kind IN ('reset', 'change')", user_id
    )


async def is_taken(db: DatabaseConnection, email: str, user_id: str, now: int) -> bool:
    """Whether another user has the address, or can still undo a change away from it."""
    return await db.fetchrow(_TAKEN, email_key(email), user_id, now) is not None
