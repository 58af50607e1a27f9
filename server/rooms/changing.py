"""Changing rooms and members: one transaction a method, the room's row locked first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tortoise.exceptions import IntegrityError

from server.clock import now_ms
from server.database import Connection, Database, insertion
from server.errors import Conflict, Forbidden, NotFound
from server.ids import new_id, pair_key
from server.rooms import noting
from server.rooms.changes import Reason, SeatChanged, SeatLeft, SeatTaken
from server.rooms.entity import RANK, Message, Role
from server.rooms.locked import Locked
from server.rooms.repository import find_room_id

PURGE_SOME = (
    "DELETE FROM messages WHERE room_id = $1 AND seq IN (SELECT m.seq FROM messages m"
    " WHERE m.room_id = $1 ORDER BY m.seq LIMIT 500) RETURNING seq"
)
# The creator first.
FIRST_SEATS = """
    INSERT INTO room_members (room_id, user_id, active, role, joined_at, version, last_read_seq,
        last_read_ordinal, notify)
    SELECT $1::uuid, u.id, true, CASE WHEN u.id = $2::uuid THEN $3 ELSE 'member' END, $4::bigint,
        1, $5::bigint, 0, 'all'
    FROM users u WHERE u.id = ANY($6::uuid[])
    ORDER BY CASE WHEN u.id = $2::uuid THEN 0 ELSE 1 END, u.id
"""


class RoomWriter:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def purge(self) -> None:
        """Removes what was written in deleted rooms, a little at a time."""
        rooms = await self._db.fetch(
            "SELECT r.id FROM rooms r WHERE r.deleted_at IS NOT NULL AND r.last_seq > 0 LIMIT 10"
        )
        for room in rooms:
            while await self._db.fetch(PURGE_SOME, room["id"]):
                pass
            for table in ("reactions", "mentions", "message_attachments", "room_notices"):
                await self._db.execute(f"DELETE FROM {table} WHERE room_id = $1", room["id"])
            await self._db.execute("UPDATE rooms SET last_seq = 0 WHERE id = $1", room["id"])

    async def find_direct(self, user_id: str, peer_id: str) -> str | None:
        key = pair_key(user_id, peer_id)
        return await find_room_id(self._db, "r.direct_key = $1", key)

    async def create_direct(self, user_id: str, peer_id: str) -> tuple[str, bool]:
        """(room_id, whether it is new); there is one for each pair, whoever races."""
        key = pair_key(user_id, peer_id)
        found = await find_room_id(self._db, "r.direct_key = $1", key)
        if found:
            return found, False
        try:
            room = {"kind": "direct", "visibility": "private", "direct_key": key}
            return await self._insert(user_id, [user_id, peer_id], room, "member"), True
        except IntegrityError:
            found = await find_room_id(self._db, "r.direct_key = $1", key)
            if not found:
                raise
            return found, False

    async def create_group(
        self,
        user_id: str,
        member_ids: list[str],
        client_id: str | None,
        **values: str | None,
    ) -> tuple[str, bool]:
        """(room_id, whether it is new); a repeated ``client_id`` finds the first one."""
        repeat = ("r.created_by = $1 AND r.client_id = $2", user_id, client_id)
        if client_id and (found := await find_room_id(self._db, *repeat)):
            return found, False
        try:
            room = {"kind": "group", "client_id": client_id, **values}
            return await self._insert(user_id, [user_id, *member_ids], room, "owner"), True
        except IntegrityError:
            found = await find_room_id(self._db, *repeat)
            if not found:
                raise
            return found, False

    async def _insert(
        self, creator_id: str, user_ids: list[str], room: dict[str, Any], role: Role
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
        async with self._db.transaction() as db:
            await db.execute(insertion("rooms", row), *row.values())
            await db.execute(FIRST_SEATS, room_id, creator_id, role, now, seq, user_ids)
            if seq:
                await self._found(db, room_id, creator_id, user_ids, room["name"])
        return room_id

    async def _found(
        self, db: Connection, room_id: str, creator_id: str, user_ids: list[str], name: str
    ) -> None:
        """A group begins with a message that names its first members."""
        room = await Locked.take(db, room_id)
        message = await room.say("created", creator_id, user_ids, name=name)
        await room.save()
        await noting.note(
            db,
            "added_to_room",
            room_id=room_id,
            seq=message.seq,
            actor_id=creator_id,
            cause=noting.added_cause(room_id, room.version),
            user_ids=user_ids[1:],
        )

    async def join(self, room_id: str, user_id: str) -> SeatTaken | None:
        """Into a public group; None for who is in already."""
        async with self._db.transaction() as db:
            room = await Locked.take(db, room_id)
            if await room.role(user_id):
                return None
            if room.visibility != "public":
                raise NotFound()
            taken = await room.admit(user_id, user_id)
            await room.save()
            return taken

    async def add(self, room_id: str, actor_id: str, user_ids: Iterable[str]) -> list[SeatTaken]:
        """Each who is not in yet, in the order given."""
        async with self._db.transaction() as db:
            room = await Locked.take(db, room_id)
            await room.group_role(actor_id)
            rows = await db.fetch(
                "SELECT m.user_id FROM room_members m"
                " WHERE m.room_id = $1 AND m.active AND m.user_id = ANY($2::uuid[])",
                room_id,
                list(user_ids),
            )
            inside = {row["user_id"] for row in rows}
            taken = [
                await room.admit(user_id, actor_id) for user_id in user_ids if user_id not in inside
            ]
            await room.save()
            return taken

    async def remove(
        self, room_id: str, actor_id: str, user_id: str
    ) -> tuple[SeatChanged | None, SeatLeft]:
        """Someone leaves or is removed; with the hand-over of ownership that comes before."""
        async with self._db.transaction() as db:
            room = await Locked.take(db, room_id)
            actor = await room.group_role(actor_id)
            target = await room.role(user_id)
            if target is None:
                raise NotFound()
            if actor_id != user_id and not _may_remove(actor, target):
                raise Forbidden()
            heir = await room.heir(user_id) if target == "owner" else None
            handed = await self._hand_over(room, heir) if heir else None
            reason: Reason = "left" if actor_id == user_id else "removed"
            message = await room.say(reason, actor_id, [user_id])
            room.member_count -= 1
            await room.seat(user_id, active=False)
            await room.save()
            if room.member_count == 0:
                await _close(room)
            left = SeatLeft(
                room_id,
                room.version,
                user_id,
                actor_id,
                reason,
                message,
                room.member_count == 0,
            )
            return handed, left

    async def _hand_over(self, room: Locked, heir: str) -> SeatChanged:
        room.version += 1
        return SeatChanged(room.id, room.version, await room.seat(heir, role="owner"))

    async def set_role(
        self, room_id: str, actor_id: str, user_id: str, role: Role
    ) -> tuple[SeatChanged, bool]:
        """The member as they are now, and whether that is new."""
        async with self._db.transaction() as db:
            room = await Locked.take(db, room_id)
            actor = await room.group_role(actor_id)
            current = await room.role(user_id)
            if actor != "owner":
                raise Forbidden()
            if current is None:
                raise NotFound()
            if current == role:
                return SeatChanged(room_id, room.version, await room.seated(user_id)), False
            if current == "owner" and await self._owners(db, room_id) == 1:
                raise Conflict("a group needs an owner: make someone else owner first")
            room.version += 1
            seat = await room.seat(user_id, role=role)
            await room.save()
            return SeatChanged(room_id, room.version, seat), True

    async def _owners(self, db: Connection, room_id: str) -> int:
        rows = await db.fetch(
            "SELECT m.id FROM room_members m"
            " WHERE m.room_id = $1 AND m.active AND m.role = 'owner'",
            room_id,
        )
        return len(rows)

    async def update(
        self, room_id: str, actor_id: str, values: dict[str, str | None]
    ) -> tuple[int, Message, str | None] | None:
        """(version, system message, the avatar_url before it); None when nothing is different."""
        async with self._db.transaction() as db:
            room = await Locked.take(db, room_id)
            if RANK[await room.group_role(actor_id)] < RANK["admin"]:
                raise Forbidden()
            now = {
                "name": room.row["name"],
                "topic": room.row["topic"],
                "avatar_url": room.row["avatar_url"],
                "visibility": room.visibility,
            }
            changes = {name: value for name, value in values.items() if now[name] != value}
            if not changes:
                return None
            event = "renamed" if "name" in changes else "changed"
            message = await room.say(event, actor_id, [], **changes)
            stored = dict(changes)
            if name := changes.get("name"):
                stored["name_key"] = name.lower()
            sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(stored, start=2))
            await db.execute(f"UPDATE rooms SET {sets} WHERE id = $1", room_id, *stored.values())
            await room.save()
            return room.version, message, room.row["avatar_url"]

    async def set_me(self, room_id: str, user_id: str, values: dict[str, str | int | None]) -> bool:
        async with self._db.transaction() as db:
            row = await db.fetchrow(
                "SELECT m.id, m.notify, m.muted_until FROM room_members m"
                " WHERE m.room_id = $1 AND m.user_id = $2 AND m.active FOR NO KEY UPDATE",
                room_id,
                user_id,
            )
            if row is None:
                raise NotFound()
            changes = {name: value for name, value in values.items() if row[name] != value}
            if changes:
                sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(changes, start=2))
                await db.execute(
                    f"UPDATE room_members SET {sets} WHERE id = $1", row["id"], *changes.values()
                )
            return bool(changes)

    async def delete(self, room_id: str, actor_id: str) -> int:
        """The room's last version."""
        async with self._db.transaction() as db:
            room = await Locked.take(db, room_id)
            if await room.group_role(actor_id) != "owner":
                raise Forbidden()
            room.version += 1
            await room.save()
            await _close(room)
            return room.version


def _may_remove(actor: Role, target: Role) -> bool:
    return actor == "owner" or (actor == "admin" and target == "member")


async def _close(room: Locked) -> None:
    """The room is gone for everybody; what was written in it goes with the next purge."""
    await room.db.execute(
        "UPDATE rooms SET deleted_at = $2, client_id = NULL WHERE id = $1", room.id, now_ms()
    )
    await room.db.execute(
        "UPDATE room_members SET active = false WHERE room_id = $1 AND active", room.id
    )
    await room.db.execute("DELETE FROM invites WHERE room_id = $1", room.id)
