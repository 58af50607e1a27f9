"""A room whose row is locked, and the steps that every change of a room consists of.

The lock lasts until the commit, and so ``seq`` and ``version`` have no gaps: they are read under
the lock, counted up here, and written back once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from server.blocks.clauses import ESTRANGED
from server.history.entity import Message
from server.history.rows import to_message
from server.kernel.clock import now_ms
from server.kernel.database import DatabaseConnection, Row, insertion
from server.kernel.errors import NotFound
from server.kernel.ids import new_id
from server.notifications import recording
from server.rooms.entity import Role
from server.rooms.outcomes import Seat, SeatTaken
from server.rooms.repository import to_seat

# The columns that are read with the room and stay in ``row``: this class has no fields for them.
SHOWN = ("name", "topic", "avatar_url")
RETURNED = "user_id, role, joined_at, last_read_seq, version, joined_seq"
ABSENT = (
    "author_id",
    "client_id",
    "reply_to_seq",
    "mentions",
    "mention_names",
    "reactions",
    "pinned_at",
    "edited_at",
    "deleted_at",
)


@dataclass
class Locked:
    """A room whose row this transaction has locked. The counters are raised here as the
    transaction goes on; ``save`` writes them back."""

    db: DatabaseConnection
    id: str
    kind: str
    visibility: str
    version: int
    last_seq: int
    ordinal: int
    member_count: int
    active_at: int
    row: Row

    @classmethod
    async def lock_room(cls, db: DatabaseConnection, room_id: str) -> Locked:
        row = await db.fetchrow(
            "SELECT r.id, r.kind, r.visibility, r.version, r.last_seq, r.ordinal, r.member_count,"
            " r.active_at, r.name, r.topic, r.avatar_url FROM rooms r"
            " WHERE r.id = $1 AND r.deleted_at IS NULL FOR NO KEY UPDATE",
            room_id,
        )
        if row is None:
            raise NotFound()
        counters = {name: row[name] for name in list(row.keys()) if name not in SHOWN}
        return cls(db=db, row=row, **counters)

    async def role(self, user_id: str) -> Role | None:
        """The user's role, read under the lock; None if the user is not a member."""
        row = await self.db.fetchrow(
            "SELECT m.role FROM room_members m"
            " WHERE m.room_id = $1 AND m.user_id = $2 AND m.active",
            self.id,
            user_id,
        )
        return row["role"] if row else None

    async def estranged(self) -> bool:
        """Whether it is a direct room where either user has blocked the other."""
        if self.kind != "direct":
            return False
        return bool(
            await self.db.fetch(
                "SELECT m.user_id FROM rooms r JOIN room_members m ON m.room_id = r.id"
                f" WHERE r.id = $1 AND {ESTRANGED} LIMIT 1",
                self.id,
            )
        )

    async def add_system_message(
        self, event: str, actor_id: str, user_ids: list[str], **more: Any
    ) -> Message:
        """Writes a system message at the next seq and version."""
        system = {"event": event, "actor_id": actor_id, "user_ids": user_ids, **more}
        return (await self._say_all([system]))[0]

    async def _say_all(self, systems: list[dict[str, Any]]) -> list[Message]:
        self.active_at = now_ms()
        rows = [self._next_row(system) for system in systems]
        values = [value for row in rows for value in row.values()]
        await self.db.execute(insertion("messages", rows[0], len(rows)), *values)
        return [to_message(dict.fromkeys(ABSENT) | row, [], None) for row in rows]

    def _next_row(self, system: dict[str, Any]) -> dict[str, Any]:
        self.version += 1
        self.last_seq += 1
        return {
            "id": new_id(),
            "room_id": self.id,
            "seq": self.last_seq,
            "version": self.version,
            "ordinal": self.ordinal,
            "kind": "system",
            "text": "",
            "system": msgspec.json.encode(system).decode(),
            "created_at": self.active_at,
        }

    async def save(self) -> None:
        await self.db.execute(
            "UPDATE rooms SET version = $2, last_seq = $3, member_count = $4, active_at = $5"
            " WHERE id = $1",
            self.id,
            self.version,
            self.last_seq,
            self.member_count,
            self.active_at,
        )

    async def seat(self, user_id: str, **values: Any) -> Seat:
        """Changes columns of a member's row, stamps it with the room's version, and returns it."""
        sets = "".join(f", {name} = ${n}" for n, name in enumerate(values, start=4))
        row = await self.db.fetchrow(
            f"UPDATE room_members AS m SET version = $3{sets}"
            f" WHERE room_id = $1 AND user_id = $2 RETURNING {RETURNED}",
            self.id,
            user_id,
            self.version,
            *values.values(),
        )
        assert row is not None
        return to_seat(row)

    async def seated(self, user_id: str) -> Seat:
        row = await self.db.fetchrow(
            f"SELECT {RETURNED} FROM room_members WHERE room_id = $1 AND user_id = $2",
            self.id,
            user_id,
        )
        assert row is not None
        return to_seat(row)

    async def admit(self, user_ids: list[str], actor_id: str) -> list[SeatTaken]:
        """Seats users who are not members yet. Each gets a system message, a seat, and a
        notification unless they are the actor. The number of statements does not grow with the
        number of users. The caller must ``save`` the counters."""
        if not user_ids:
            return []
        messages = await self._say_all(
            [{"event": "joined", "actor_id": actor_id, "user_ids": [each]} for each in user_ids]
        )
        self.member_count += len(user_ids)
        seats = await self._take_seats(list(zip(user_ids, messages, strict=True)))
        seqs = {user_id: m.seq for user_id, m in zip(user_ids, messages, strict=True)}
        seqs.pop(actor_id, None)
        told = await recording.record_added(self.db, self.id, actor_id, seqs) if seqs else []
        return [
            SeatTaken(self.id, message.version, seats[user_id], actor_id, message, user_id in told)
            for user_id, message in zip(user_ids, messages, strict=True)
        ]

    async def _take_seats(self, arrivals: list[tuple[str, Message]]) -> dict[str, Seat]:
        """Writes the seats, and returns them by user id. Each user's read mark stands on the
        message that tells of their arrival."""
        values = [
            value
            for user_id, message in arrivals
            for value in (user_id, message.version, message.seq)
        ]
        places = ", ".join(
            f"($1::uuid, ${n}::uuid, true, 'member', $2::bigint, ${n + 1}::bigint,"
            f" ${n + 2}::bigint, $3::bigint, 'all', ${n + 2}::bigint)"
            for n in range(4, 4 + len(values), 3)
        )
        rows = await self.db.fetch(
            "INSERT INTO room_members (room_id, user_id, active, role, joined_at, version,"
            f" last_read_seq, last_read_ordinal, notify, joined_seq) VALUES {places}"
            " ON CONFLICT (room_id, user_id) DO UPDATE SET active = true, role = 'member',"
            " joined_at = excluded.joined_at, version = excluded.version,"
            " last_read_seq = excluded.last_read_seq,"
            " last_read_ordinal = excluded.last_read_ordinal, notify = 'all', muted_until = NULL,"
            " joined_seq = excluded.joined_seq"
            f" RETURNING {RETURNED}",
            *(self.id, self.active_at, self.ordinal),
            *values,
        )
        return {row["user_id"]: to_seat(row) for row in rows}

    async def first_besides(self, leaver_id: str) -> tuple[str, Role] | None:
        """The id and role of the member with the highest role, leaving out ``leaver_id``. Of
        several with that role it is the one who joined first. The messages about their arrivals
        tell, since the clock may have stepped back between two."""
        row = await self.db.fetchrow(
            "SELECT m.user_id, m.role FROM room_members m"
            " WHERE m.room_id = $1 AND m.active AND m.user_id <> $2 ORDER BY"
            " CASE m.role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 ELSE 2 END,"
            " m.joined_seq, m.joined_at, m.id LIMIT 1",
            self.id,
            leaver_id,
        )
        return (row["user_id"], row["role"]) if row else None

    async def is_only_owner(self, role: Role | None) -> bool:
        """Whether a member with this role is the group's only owner."""
        if role != "owner":
            return False
        rows = await self.db.fetch(
            "SELECT m.id FROM room_members m"
            " WHERE m.room_id = $1 AND m.active AND m.role = 'owner' LIMIT 2",
            self.id,
        )
        return len(rows) == 1
