"""Invites in the database. One that was revoked has no row."""

from __future__ import annotations

from server.clock import now_ms
from server.database import Connection, Database, Row
from server.errors import Conflict, NotFound
from server.invites.entity import InvitedRoom, StoredInvite
from server.invites.usecase import check_inviter
from server.rooms.changes import SeatTaken
from server.rooms.locked import Locked

# So many a room that are good.
MOST_INVITES = 1_000
# Used up ones are kept so long (ms), so that their last users may ask again.
KEPT = 24 * 3600 * 1000

INVITE = "i.id, i.code, i.expires_at, i.max_uses, i.uses"
GOOD = "(i.expires_at IS NULL OR i.expires_at > $2) AND (i.max_uses IS NULL OR i.uses < i.max_uses)"


class InviteRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def create(
        self,
        room_id: str,
        user_id: str,
        code: str,
        expires_at: int | None,
        max_uses: int | None,
    ) -> StoredInvite:
        async with self._db.transaction() as db:
            room = await Locked.take(db, room_id)
            check_inviter(room.kind, await room.group_role(user_id))
            now = now_ms()
            await _forget(db, room_id, now)
            good = await db.fetch(
                f"SELECT i.id FROM invites i WHERE i.room_id = $1 AND {GOOD} LIMIT {MOST_INVITES}",
                room_id,
                now,
            )
            if len(good) == MOST_INVITES:
                raise Conflict(f"a room has at most {MOST_INVITES} invites: revoke some first")
            row = await db.fetchrow(
                "INSERT INTO invites (code, room_id, created_by, created_at, expires_at, max_uses,"
                " uses) VALUES ($1, $2, $3, $4, $5, $6, 0)"
                " RETURNING id, code, expires_at, max_uses, uses",
                code,
                room_id,
                user_id,
                now,
                expires_at,
                max_uses,
            )
            assert row is not None
            return _stored(row)

    async def of_room(self, room_id: str, limit: int, before: int) -> list[StoredInvite]:
        rows = await self._db.fetch(
            f"SELECT {INVITE} FROM invites i WHERE i.room_id = $1 AND {GOOD} AND i.id < $3"
            " ORDER BY i.id DESC LIMIT $4",
            room_id,
            now_ms(),
            before,
            limit,
        )
        return [_stored(row) for row in rows]

    async def revoke(self, code: str, user_id: str) -> None:
        gone = await self._db.fetch(
            "DELETE FROM invites WHERE code = $1 AND EXISTS (SELECT 1 FROM room_members m"
            " WHERE m.room_id = invites.room_id AND m.user_id = $2 AND m.active"
            " AND m.role IN ('admin', 'owner')) RETURNING id",
            code,
            user_id,
        )
        if not gone:
            raise NotFound()

    async def preview(self, code: str) -> InvitedRoom | None:
        row = await self._db.fetchrow(
            "SELECT r.id, r.name, r.topic, r.avatar_url, r.member_count FROM invites i"
            f" JOIN rooms r ON r.id = i.room_id WHERE i.code = $1 AND {GOOD}"
            " AND r.deleted_at IS NULL",
            code,
            now_ms(),
        )
        return InvitedRoom(**dict(row)) if row else None

    async def join(self, code: str, user_id: str) -> tuple[str, SeatTaken | None]:
        found = await self._db.fetchrow("SELECT i.room_id FROM invites i WHERE i.code = $1", code)
        if found is None:
            raise NotFound()
        async with self._db.transaction() as db:
            # The room's lock comes first, as everywhere: uses are counted one after the other.
            room = await Locked.take(db, found["room_id"])
            inside = await room.role(user_id) is not None
            if not await (_exists(db, code) if inside else _use(db, code)):
                raise NotFound()
            if inside:
                return room.id, None
            taken = await room.admit(user_id, user_id)
            await room.save()
            return room.id, taken


async def _forget(db: Connection, room_id: str, now: int) -> None:
    """Those that have been of no use for a while."""
    await db.execute(
        "DELETE FROM invites WHERE room_id = $1 AND (expires_at <= $2"
        " OR (uses >= max_uses AND created_at <= $3))",
        room_id,
        now,
        now - KEPT,
    )


async def _exists(db: Connection, code: str) -> bool:
    """For who is in: a repeat after a lost answer is no second use, also of the last one."""
    return bool(await db.fetch("SELECT i.id FROM invites i WHERE i.code = $1", code))


async def _use(db: Connection, code: str) -> bool:
    return bool(
        await db.fetch(
            f"UPDATE invites AS i SET uses = uses + 1 WHERE i.code = $1 AND {GOOD} RETURNING id",
            code,
            now_ms(),
        )
    )


def _stored(row: Row) -> StoredInvite:
    return StoredInvite(**dict(row))
