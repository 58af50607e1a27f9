"""Usernames that were given up. For a while nobody else can take them, so that old mentions and
links do not lead to another user. Their former owner may take them again at any time."""

from __future__ import annotations

from server.kernel.database import Database, DatabaseConnection
from server.kernel.errors import Conflict, RateLimited

# How long a username rests (ms).
USERNAME_REST = 30 * 24 * 3600 * 1000
# The most names of one user that rest at the same time.
MOST_RESTING_USERNAMES = 20
# The most rows that one statement deletes.
USERNAMES_AT_ONCE = 1_000

# Finds a row if another user than $2 (who may be NULL) gave up the name $1 after the time $3.
_RESTS = """
    SELECT 1 AS rests FROM freed_usernames
    WHERE username_key = $1 AND (user_id IS NULL OR user_id <> $2::uuid) AND freed_at > $3
"""
_TAKEN_BACK = "DELETE FROM freed_usernames WHERE username_key = $1"
_FREE = """
    INSERT INTO freed_usernames (username_key, user_id, freed_at) VALUES ($1, $2, $3)
    ON CONFLICT (username_key) DO UPDATE SET user_id = excluded.user_id,
        freed_at = excluded.freed_at
"""
_RESTING = """
    SELECT freed_at FROM freed_usernames WHERE user_id = $1 AND freed_at > $2
    ORDER BY freed_at DESC LIMIT 1 OFFSET $3
"""
_NAMELESS = "UPDATE freed_usernames SET user_id = NULL WHERE user_id = $1"
_FORGET = f"""
    DELETE FROM freed_usernames WHERE username_key IN (
        SELECT username_key FROM freed_usernames WHERE freed_at <= $1 LIMIT {USERNAMES_AT_ONCE}
    ) RETURNING username_key
"""


async def rests(db: DatabaseConnection, key: str, user_id: str, now: int) -> bool:
    """Whether the user cannot take this name, because somebody else gave it up lately."""
    return await db.fetchrow(_RESTS, key, user_id, now - USERNAME_REST) is not None


async def take_username(tx: DatabaseConnection, key: str, user_id: str, now: int) -> None:
    """Takes a name after the user's row was given it. Writing that row waits for a transaction that
    gives the name up, so its end is seen here. Raises ``Conflict`` if the name rests."""
    if await rests(tx, key, user_id, now):
        raise Conflict("This username is already taken.", field="username")
    await tx.execute(_TAKEN_BACK, key)


async def free_username(tx: DatabaseConnection, key: str, user_id: str, now: int) -> None:
    """Gives up a name that was replaced by another one. Raises ``RateLimited`` if too many names of
    the user rest."""
    row = await tx.fetchrow(_RESTING, user_id, now - USERNAME_REST, MOST_RESTING_USERNAMES - 1)
    if row:
        seconds = (row["freed_at"] + USERNAME_REST - now) // 1000 + 1
        raise RateLimited("You have changed your username too often.", retry_after=seconds)
    await tx.execute(_FREE, key, user_id, now)


async def free_deleted(tx: DatabaseConnection, key: str, user_id: str, now: int) -> None:
    """Gives up the name of a deleted account. Neither it nor the account's earlier names keep the
    user's id."""
    await tx.execute(_NAMELESS, user_id)
    await tx.execute(_FREE, key, None, now)


async def forget_usernames(db: Database, now: int) -> None:
    """Deletes the names that have rested long enough."""
    while len(await db.fetch(_FORGET, now - USERNAME_REST)) == USERNAMES_AT_ONCE:
        pass
