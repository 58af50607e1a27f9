"""Creates rooms. One transaction creates a room, its first seats and their notifications."""

from __future__ import annotations

from typing import Any

from tortoise.exceptions import IntegrityError

from server.kernel.clock import now_ms
from server.kernel.database import Database, DatabaseConnection, insertion
from server.kernel.ids import new_id, pair_key
from server.kernel.limits import Quotas
from server.notifications import recording
from server.rooms import admission, invitations, rules
from server.rooms.entity import Role
from server.rooms.locked import Locked
from server.rooms.outcomes import Created
from server.rooms.repository import find_room_id

# The creator's seat comes first.
FIRST_SEATS = """
    INSERT INTO room_members (room_id, user_id, active, role, joined_at, version, last_read_seq,
        last_read_ordinal, notify, joined_seq)
    SELECT $1::uuid, u.id, true, CASE WHEN u.id = $2::uuid THEN $3 ELSE 'member' END, $4::bigint,
        1, $5::bigint, 0, 'all', $5::bigint
    FROM users u WHERE u.id = ANY($6::uuid[])
    ORDER BY CASE WHEN u.id = $2::uuid THEN 0 ELSE 1 END, u.id
"""


class RoomMaker:
    def __init__(self, db: Database, quotas: Quotas) -> None:
        self._db = db
        self._quotas = quotas

    async def find_direct(self, user_id: str, peer_id: str) -> str | None:
        key = pair_key(user_id, peer_id)
        return await find_room_id(self._db, "r.direct_key = $1", key)

    async def find_made(self, user_id: str, client_id: str) -> str | None:
        where = "r.created_by = $1 AND r.client_id = $2"
        return await find_room_id(self._db, where, user_id, client_id)

    async def create_direct(self, user_id: str, peer_id: str) -> Created:
        """Creates the direct room of two users. Each pair has one such room: when two calls race,
        the later one returns the room of the first, with ``new`` False."""
        room = {
            "kind": "direct",
            "visibility": "private",
            "direct_key": pair_key(user_id, peer_id),
        }
        try:
            async with self._db.transaction() as db:
                await admission.hold(db, user_id)
                await admission.check_blocks(db, user_id, [peer_id], "user_id")
                await admission.admit_made(db, user_id, self._quotas)
                await admission.admit_their_rooms(db, [peer_id], self._quotas, "user_id")
                return Created(await self._insert(db, user_id, [user_id, peer_id], room, "member"))
        except IntegrityError:
            found = await self.find_direct(user_id, peer_id)
            if not found:
                raise
            return Created(found, new=False)

    async def create_group(
        self, user_id: str, member_ids: list[str], client_id: str | None, **values: str | None
    ) -> Created:
        """Creates a group. If the user has already created a group with the same ``client_id``,
        returns that one, with ``new`` False."""
        room = {"kind": "group", "client_id": client_id, **values}
        try:
            async with self._db.transaction() as db:
                await admission.hold(db, user_id)
                await admission.check_blocks(db, user_id, member_ids, "member_ids")
                await admission.admit_made(db, user_id, self._quotas)
                rules.check_size(1 + len(member_ids), self._quotas, "member_ids")
                await admission.admit_their_rooms(db, member_ids, self._quotas, "member_ids")
                return await self._group(db, user_id, member_ids, room)
        except IntegrityError:
            found = await self.find_made(user_id, client_id) if client_id else None
            if not found:
                raise
            return Created(found, new=False)

    async def _group(
        self, db: DatabaseConnection, user_id: str, member_ids: list[str], room: dict[str, Any]
    ) -> Created:
        choosy = await admission.choosy(db, user_id, member_ids)
        seated = [user_id, *(i for i in member_ids if i not in choosy)]
        room_id = await self._insert(db, user_id, seated, room, "owner")
        await self._found(db, room_id, user_id, seated, room["name"])
        if not choosy:
            return Created(room_id)
        most = self._quotas.invitations_per_user
        invited, gone = await invitations.invite(db, room_id, user_id, sorted(choosy), most)
        return Created(room_id, invited=invited, withdrawn=gone)

    async def _insert(
        self,
        db: DatabaseConnection,
        creator_id: str,
        user_ids: list[str],
        room: dict[str, Any],
        role: Role,
    ) -> str:
        now, room_id = now_ms(), new_id()
        seq = 1 if room["kind"] == "group" else 0
        row = room | {
            "id": room_id,
            "created_by": creator_id,
            "version": 1 - seq,
            "last_seq": 0,
            "ordinal": 0,
            "member_count": len(user_ids),
            "active_at": now,
            "created_at": now,
        }
        await db.execute(insertion("rooms", row), *row.values())
        await db.execute(FIRST_SEATS, room_id, creator_id, role, now, seq, user_ids)
        return room_id

    async def _found(
        self, db: DatabaseConnection, room_id: str, creator_id: str, user_ids: list[str], name: str
    ) -> None:
        """Writes the group's first message, which names its first members, and notifies them."""
        room = await Locked.lock_room(db, room_id)
        message = await room.add_system_message("created", creator_id, user_ids, name=name)
        await room.save()
        await recording.record_notifications(
            db,
            "added_to_room",
            room_id=room_id,
            seq=message.seq,
            actor_id=creator_id,
            cause=recording.added_cause(room_id),
            user_ids=user_ids[1:],
        )
