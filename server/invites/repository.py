"""Invites in the database. A revoked invite has no row."""

from __future__ import annotations

from server.invites.entity import InvitedRoom, Preview, PreviewPerson, StoredInvite
from server.invites.rules import check_counts
from server.kernel.clock import now_ms
from server.kernel.database import Database, DatabaseConnection, Row
from server.kernel.errors import NotFound
from server.kernel.limits import Quotas
from server.rooms.admission import hold
from server.rooms.entity import Entry
from server.rooms.locked import Locked
from server.rooms.outcomes import Admitted
from server.rooms.rules import LEADERS, check_invite
from server.rooms.writer import enter

# How long used-up invites are kept (ms), so that their last users may repeat the call.
KEPT_USED_UP = 24 * 3600 * 1000
# How many members a preview shows.
MOST_FACES = 5

INVITE = "i.id, i.code, i.expires_at, i.max_uses, i.uses"
PERSON = "u.id, u.username, u.display_name, u.avatar_url"
# In the order of the index on (room_id, user_id), so that a large room costs no more than a small.
MEMBERS = (
    f"SELECT {PERSON} FROM room_members m JOIN users u ON u.id = m.user_id"
    " WHERE m.room_id = $1 AND m.active AND u.deleted_at IS NULL ORDER BY m.user_id LIMIT $2"
)
VALID_INVITE = (
    "(i.expires_at IS NULL OR i.expires_at > $2) AND (i.max_uses IS NULL OR i.uses < i.max_uses)"
)


class InviteRepository:
    def __init__(self, db: Database, quotas: Quotas) -> None:
        self._db = db
        self._quotas = quotas

    async def create_invite(
        self,
        room_id: str,
        user_id: str,
        code: str,
        expires_at: int | None,
        max_uses: int | None,
    ) -> StoredInvite:
        async with self._db.transaction() as db:
            room = await Locked.lock_room(db, room_id)
            check_invite(room.kind, await room.role(user_id))
            now = now_ms()
            await _forget(db, room_id, now)
            await self._check_quotas(db, room_id, user_id, now)
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

    async def _check_quotas(
        self, db: DatabaseConnection, room_id: str, user_id: str, now: int
    ) -> None:
        """Raises ``Conflict`` if the room or the user has too many invites. The count for the user
        is exact, because the user's row is locked until the new invite is committed."""
        await hold(db, user_id)
        of_room = await _count(db, "room_id", room_id, now)
        of_user = await _count(db, "created_by", user_id, now)
        check_counts(of_room, of_user, self._quotas)

    async def of_room(self, room_id: str, limit: int, before: int) -> list[StoredInvite]:
        rows = await self._db.fetch(
            f"SELECT {INVITE} FROM invites i WHERE i.room_id = $1 AND {VALID_INVITE} AND i.id < $3"
            " ORDER BY i.id DESC LIMIT $4",
            room_id,
            now_ms(),
            before,
            limit,
        )
        return [_stored(row) for row in rows]

    async def revoke_invite(self, code: str, user_id: str) -> None:
        gone = await self._db.fetch(
            "DELETE FROM invites WHERE code = $1 AND EXISTS (SELECT 1 FROM room_members m"
            " WHERE m.room_id = invites.room_id AND m.user_id = $2 AND m.active"
            " AND m.role = ANY($3::text[])) RETURNING id",
            code,
            user_id,
            list(LEADERS),
        )
        if not gone:
            raise NotFound()

    async def preview_invite(self, code: str) -> Preview | None:
        row = await self._db.fetchrow(
            "SELECT r.id, r.name, r.topic, r.avatar_url, r.member_count, i.created_by"
            " FROM invites i JOIN rooms r ON r.id = i.room_id"
            f" WHERE i.code = $1 AND {VALID_INVITE} AND r.deleted_at IS NULL",
            code,
            now_ms(),
        )
        if row is None:
            return None
        shown = dict(row)
        inviters = await self._db.fetch(
            f"SELECT {PERSON} FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL",
            shown.pop("created_by"),
        )
        members = await self._db.fetch(MEMBERS, row["id"], MOST_FACES)
        return Preview(
            room=InvitedRoom(**shown),
            inviter=_person(inviters[0]) if inviters else None,
            members=[_person(member) for member in members],
        )

    async def find_invite(self, code: str, user_id: str) -> tuple[str, Entry] | None:
        row = await self._db.fetchrow(
            "SELECT i.room_id, m.user_id FROM invites i LEFT JOIN room_members m"
            " ON m.room_id = i.room_id AND m.user_id = $3 AND m.active"
            f" WHERE i.code = $1 AND (m.user_id IS NOT NULL OR ({VALID_INVITE}))",
            code,
            now_ms(),
            user_id,
        )
        return (row["room_id"], "inside" if row["user_id"] else "open") if row else None

    async def join_by_invite(self, code: str, user_id: str) -> Admitted:
        found = await self._db.fetchrow("SELECT i.room_id FROM invites i WHERE i.code = $1", code)
        if found is None:
            raise NotFound()
        async with self._db.transaction() as db:
            # The room is locked first, as in all transactions. So uses are counted one after
            # another.
            room = await Locked.lock_room(db, found["room_id"])
            if await room.role(user_id) is not None:
                return Admitted([])
            if not await _use(db, code):
                raise NotFound()
            return await enter(room, user_id, self._quotas)


async def _forget(db: DatabaseConnection, room_id: str, now: int) -> None:
    """Deletes the room's invites that have been invalid for a while."""
    await db.execute(
        "DELETE FROM invites WHERE room_id = $1 AND (expires_at <= $2"
        " OR (uses >= max_uses AND created_at <= $3))",
        room_id,
        now,
        now - KEPT_USED_UP,
    )


async def _count(db: DatabaseConnection, column: str, whose: str, now: int) -> int:
    """The number of valid invites."""
    row = await db.fetchrow(
        f"SELECT count(*) AS n FROM invites i WHERE i.{column} = $1 AND {VALID_INVITE}", whose, now
    )
    return row["n"] if row else 0


async def _use(db: DatabaseConnection, code: str) -> bool:
    return bool(
        await db.fetch(
            "UPDATE invites AS i SET uses = uses + 1"
            f" WHERE i.code = $1 AND {VALID_INVITE} RETURNING id",
            code,
            now_ms(),
        )
    )


def _stored(row: Row) -> StoredInvite:
    return StoredInvite(**dict(row))


def _person(row: Row) -> PreviewPerson:
    return PreviewPerson(**dict(row))
