"""Blocks in the database. Each direction has a row of its own."""

from __future__ import annotations

from server.auth.entity import User
from server.auth.people import USER_COLUMNS, to_user
from server.blocks.usecase import AddedBlock
from server.kernel.clock import now_ms
from server.kernel.database import Database
from server.kernel.ids import pair_key

_KNOWN = "SELECT u.id FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL"
# Locks both users. The deletion of an account locks these rows too before it removes the blocks.
_BOTH = """
    SELECT u.id FROM users u WHERE u.id = ANY($1::uuid[]) AND u.deleted_at IS NULL
    ORDER BY u.id FOR SHARE
"""
# Locks the direct room. Sends take the same lock, so every send after a block sees the block.
_ROOM = "SELECT r.id FROM rooms r WHERE r.direct_key = $1 FOR NO KEY UPDATE"
_ADD = """
    INSERT INTO blocks (user_id, blocked_id, created_at) VALUES ($1, $2, $3)
    ON CONFLICT (user_id, blocked_id) DO NOTHING RETURNING id
"""
# What the two were told of each other's invitations, none of which can be followed now.
_TOLD = """
    SELECT n.id, n.user_id FROM room_invitations i
    JOIN notifications n ON n.user_id = i.user_id AND n.room_id = i.room_id
    WHERE n.kind = 'invitation' AND ((i.user_id = $1 AND i.actor_id = $2)
        OR (i.user_id = $2 AND i.actor_id = $1))
"""
_REMOVE = "DELETE FROM blocks WHERE user_id = $1 AND blocked_id = $2 RETURNING id"
_PAGE = f"""
    SELECT b.id AS place, {USER_COLUMNS} FROM blocks b JOIN users u ON u.id = b.blocked_id
    WHERE b.user_id = $1 AND b.id < $2 ORDER BY b.id DESC LIMIT $3
"""
_AMONG = """
    SELECT b.blocked_id AS id FROM blocks b WHERE b.user_id = $1 AND b.blocked_id = ANY($2::uuid[])
    UNION SELECT b.user_id FROM blocks b WHERE b.blocked_id = $1 AND b.user_id = ANY($2::uuid[])
"""


class BlocksRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def known(self, user_id: str) -> bool:
        return await self._db.fetchrow(_KNOWN, user_id) is not None

    async def add_block(self, user_id: str, blocked_id: str) -> AddedBlock | None:
        async with self._db.transaction() as tx:
            room = await tx.fetchrow(_ROOM, pair_key(user_id, blocked_id))
            if len(await tx.fetch(_BOTH, [user_id, blocked_id])) < 2:
                return None
            if await tx.fetchrow(_ADD, user_id, blocked_id, now_ms()) is None:
                return None
            hidden: dict[str, list[str]] = {}
            for row in await tx.fetch(_TOLD, user_id, blocked_id):
                hidden.setdefault(row["user_id"], []).append(row["id"])
            return AddedBlock(room["id"] if room else None, hidden)

    async def remove_block(self, user_id: str, blocked_id: str) -> bool:
        return await self._db.fetchrow(_REMOVE, user_id, blocked_id) is not None

    async def list_blocks(
        self, user_id: str, before: int | None, limit: int
    ) -> list[tuple[int, User]]:
        last = 2**53 if before is None else before
        rows = await self._db.fetch(_PAGE, user_id, last, limit)
        return [(row["place"], to_user(row)) for row in rows]

    async def among(self, user_id: str, user_ids: list[str]) -> set[str]:
        return {row["id"] for row in await self._db.fetch(_AMONG, user_id, user_ids)}
