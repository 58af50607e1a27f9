"""Changes rooms and members. Each method is one transaction that locks the room's row first."""

from __future__ import annotations

from server.history.entity import Message
from server.kernel.clock import now_ms
from server.kernel.database import Database
from server.kernel.errors import NotFound
from server.kernel.limits import Quotas
from server.notifications import ending
from server.notifications.entity import Withdrawn
from server.rooms import admission, invitations, rules
from server.rooms.entity import Role
from server.rooms.locked import Locked
from server.rooms.outcomes import Admitted, Reason, SeatChanged, SeatLeft
from server.rooms.payloads import room_name_key

PURGE_SOME = (
    "DELETE FROM messages WHERE room_id = $1 AND seq IN (SELECT m.seq FROM messages m"
    " WHERE m.room_id = $1 ORDER BY m.seq LIMIT 500) RETURNING seq"
)

PURGE_NOTIFICATIONS = (
    "DELETE FROM notifications WHERE id IN (SELECT n.id FROM room_members m"
    " JOIN notifications n ON n.user_id = m.user_id AND n.room_id = m.room_id"
    " WHERE m.room_id = $1 LIMIT 500) RETURNING id"
)


class RoomWriter:
    def __init__(self, db: Database, quotas: Quotas) -> None:
        self._db = db
        self._quotas = quotas

    async def purge(self) -> None:
        """Deletes the messages of deleted rooms, in small steps, and expired invitations."""
        await invitations.forget(self._db)
        rooms = await self._db.fetch(
            "SELECT r.id FROM rooms r WHERE r.deleted_at IS NOT NULL AND r.purged_at IS NULL"
            " LIMIT 10"
        )
        for room in rooms:
            while await self._db.fetch(PURGE_SOME, room["id"]):
                pass
            while await self._db.fetch(PURGE_NOTIFICATIONS, room["id"]):
                pass
            for table in ("reactions", "mentions", "message_attachments", "room_notices"):
                await self._db.execute(f"DELETE FROM {table} WHERE room_id = $1", room["id"])
            await self._db.execute(
                "UPDATE rooms SET purged_at = $2 WHERE id = $1", room["id"], now_ms()
            )

    async def join_room(self, room_id: str, user_id: str) -> Admitted:
        """Seats the user in a public group, or in a group that the user is invited to. Changes
        nothing if the user is a member already."""
        async with self._db.transaction() as db:
            room = await Locked.lock_room(db, room_id)
            if await room.role(user_id):
                return Admitted([])
            public = room.visibility == "public"
            invited = not public and await invitations.is_good(db, room_id, user_id)
            rules.check_join(room.visibility, invited)
            return await enter(room, user_id, self._quotas)

    async def add_members(self, room_id: str, actor_id: str, user_ids: list[str]) -> Admitted:
        """Seats the users who are not members yet, in the order given, and invites those who do not
        let the actor add them."""
        async with self._db.transaction() as db:
            room = await Locked.lock_room(db, room_id)
            rules.check_add(room.kind, await room.role(actor_id))
            await admission.hold(db, actor_id)
            await admission.check_blocks(db, actor_id, user_ids, "user_ids")
            out = await self._outside(room, user_ids)
            invited = await invitations.among(db, room_id, out)
            new = len(out) - len(invited)
            await admission.check_seats(db, room, new, self._quotas)
            await admission.admit_their_rooms(db, out, self._quotas, "user_ids")
            choosy = await admission.choosy(db, actor_id, out)
            welcome = [user_id for user_id in out if user_id not in choosy]
            gone = await invitations.spend(db, room_id, welcome) if welcome else []
            taken = await room.admit(welcome, actor_id)
            await room.save()
            if not choosy:
                return Admitted(taken, withdrawn=gone)
            most = self._quotas.invitations_per_user
            new_ones, old = await invitations.invite(db, room_id, actor_id, sorted(choosy), most)
            return Admitted(taken, new_ones, gone + old)

    async def _outside(self, room: Locked, user_ids: list[str]) -> list[str]:
        rows = await room.db.fetch(
            "SELECT m.user_id FROM room_members m"
            " WHERE m.room_id = $1 AND m.active AND m.user_id = ANY($2::uuid[])",
            room.id,
            user_ids,
        )
        inside = {row["user_id"] for row in rows}
        return [user_id for user_id in user_ids if user_id not in inside]

    async def remove_member(
        self, room_id: str, actor_id: str, user_id: str
    ) -> tuple[SeatChanged | None, SeatLeft]:
        """Takes a member's seat away. When the last owner leaves, the first result is the member
        who became an owner, at a version before the one of the departure."""
        async with self._db.transaction() as db:
            room = await Locked.lock_room(db, room_id)
            actor, target = await room.role(actor_id), await room.role(user_id)
            rules.check_remove(room.kind, actor, target, oneself=actor_id == user_id)
            first = await room.first_besides(user_id) if target == "owner" else None
            heir = rules.heir(target, first)
            handed = await self._hand_over(room, heir) if heir else None
            reason: Reason = "left" if actor_id == user_id else "removed"
            message = await room.add_system_message(reason, actor_id, [user_id])
            gone = await ending.end_seat(db, room_id, user_id)
            room.member_count -= 1
            await room.seat(user_id, active=False)
            await room.save()
            empty = room.member_count == 0
            gone += await _close(room) if empty else await invitations.end_of(db, room_id, user_id)
            left = SeatLeft(room_id, room.version, user_id, actor_id, reason, message, empty, gone)
            return handed, left

    async def _hand_over(self, room: Locked, heir: str) -> SeatChanged:
        room.version += 1
        return SeatChanged(room.id, room.version, await room.seat(heir, role="owner"))

    async def set_role(
        self, room_id: str, actor_id: str, user_id: str, role: Role
    ) -> tuple[SeatChanged, bool]:
        """Returns the member as stored now, and whether the role changed."""
        async with self._db.transaction() as db:
            room = await Locked.lock_room(db, room_id)
            actor, current = await room.role(actor_id), await room.role(user_id)
            only_owner = await room.is_only_owner(current)
            rules.check_set_role(room.kind, actor, current, role, only_owner)
            if current == role:
                return SeatChanged(room_id, room.version, await room.seated(user_id)), False
            room.version += 1
            seat = await room.seat(user_id, role=role)
            await room.save()
            return SeatChanged(room_id, room.version, seat), True

    async def update_room(
        self, room_id: str, actor_id: str, values: dict[str, str | None]
    ) -> tuple[int, Message, str | None] | None:
        """Returns the version, the system message and the previous avatar_url; None if no value
        was different."""
        async with self._db.transaction() as db:
            room = await Locked.lock_room(db, room_id)
            rules.check_update(room.kind, await room.role(actor_id))
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
            message = await room.add_system_message(event, actor_id, [], **changes)
            stored = dict(changes)
            if name := changes.get("name"):
                stored["name_key"] = room_name_key(name)
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

    async def delete_room(self, room_id: str, actor_id: str) -> tuple[int, list[Withdrawn]]:
        """Returns the room's last version, and the notifications of the invitations that ended."""
        async with self._db.transaction() as db:
            room = await Locked.lock_room(db, room_id)
            rules.check_delete_room(room.kind, await room.role(actor_id))
            room.version += 1
            await room.save()
            return room.version, await _close(room)

    async def decline_invitation(self, room_id: str, user_id: str) -> list[Withdrawn]:
        return await invitations.decline(self._db, room_id, user_id)


async def enter(room: Locked, user_id: str, quotas: Quotas) -> Admitted:
    """Seats a user who joins by their own action. Raises ``Conflict`` if a quota is reached."""
    await admission.hold(room.db, user_id)
    await admission.admit_own_rooms(room.db, user_id, quotas)
    gone = await invitations.spend(room.db, room.id, [user_id])
    await admission.check_seats(room.db, room, 1, quotas)
    taken = await room.admit([user_id], user_id)
    await room.save()
    return Admitted(taken, withdrawn=gone)


async def _close(room: Locked) -> list[Withdrawn]:
    """Deletes the room for everybody. The next purge deletes its messages."""
    await room.db.execute(
        "UPDATE rooms SET deleted_at = $2, client_id = NULL WHERE id = $1", room.id, now_ms()
    )
    await room.db.execute(
        "UPDATE room_members SET active = false WHERE room_id = $1 AND active", room.id
    )
    await room.db.execute("DELETE FROM invites WHERE room_id = $1", room.id)
    return await invitations.end_all(room.db, room.id)
