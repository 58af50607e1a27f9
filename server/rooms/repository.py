"""Reads rooms and members. The module writer.py changes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from server.blocks.clauses import ESTRANGED, OPEN_INVITATION
from server.history.entity import Message
from server.history.rows import MESSAGES, to_messages
from server.kernel.clock import now_ms, timestamp
from server.kernel.database import Database, DatabaseConnection, Row, escape_like
from server.kernel.ids import FIRST_ID, LAST_ID
from server.media.links import FileLinks
from server.rooms.entity import Access, Entry, Room
from server.rooms.outcomes import Seat
from server.rooms.rows import UNREAD, to_room_me

ROOM = (
    "r.id, r.kind, r.name, r.topic, r.avatar_url, r.visibility, r.created_by, r.created_at,"
    " r.version, r.last_seq, r.member_count, r.direct_key, r.active_at"
)
# Whether user $2, who need not be a member, may see and join the room r at the time $3.
_OPEN = f"""
    (r.visibility = 'public' OR EXISTS (SELECT 1 FROM room_invitations i
        WHERE i.room_id = r.id AND i.user_id = $2 AND {OPEN_INVITATION.format("$3")}))
"""
# The members who have read message $2 in room $1. A member's mark begins at the message that tells
# of their arrival: what was sent before they came, they have not opened by that.
_READERS = """
    FROM room_members m JOIN messages x ON x.room_id = m.room_id AND x.seq = $2
    WHERE m.room_id = $1 AND m.active AND m.last_read_seq >= $2 AND m.joined_seq < $2
        AND (x.author_id IS NULL OR m.user_id <> x.author_id)
"""
SEAT = "m.role, m.joined_at, m.last_read_seq, m.notify, m.muted_until"
# $2 is the key, $3 the same escaped and followed by %.
_FIND_MEMBERS = r"""
    SELECT f.* FROM (
        SELECT m.user_id, m.role, m.joined_at, m.last_read_seq, m.version, m.joined_seq,
            u.username_key,
            CASE WHEN u.username_key = $2 OR u.display_key = $2 THEN 0
                WHEN u.username_key LIKE $3 ESCAPE '\' THEN 1 ELSE 2 END AS rank
        FROM room_members m JOIN users u ON u.id = m.user_id
        WHERE m.room_id = $1 AND m.active AND (u.username_key LIKE $3 ESCAPE '\'
            OR u.display_key LIKE $3 ESCAPE '\' OR u.display_key LIKE '% ' || $3::text ESCAPE '\'
            OR u.display_key LIKE '%-' || $3::text ESCAPE '\')
    ) f WHERE f.rank > $4::bigint OR (f.rank = $4::bigint AND f.username_key > $5::text)
    ORDER BY f.rank, f.username_key LIMIT $6
"""


class RoomReader:
    """Reads rooms. ``peer`` is always None here: the use case fills it in."""

    def __init__(self, db: Database, links: FileLinks) -> None:
        self._db = db
        self._links = links

    async def access(self, room_id: str, user_id: str) -> Access | None:
        row = await self._db.fetchrow(
            "SELECT r.kind, r.member_count, r.version, r.last_seq, m.role,"
            f" {ESTRANGED} AS blocked FROM room_members m JOIN rooms r ON r.id = m.room_id"
            " WHERE m.room_id = $1 AND m.user_id = $2 AND m.active AND r.deleted_at IS NULL",
            room_id,
            user_id,
        )
        if row is None:
            return None
        values: dict[str, Any] = dict(row)
        # SQLite has no boolean type.
        values["blocked"] = bool(row["blocked"])
        return Access(room_id=room_id, user_id=user_id, **values)

    async def find_room(self, room_id: str, user_id: str) -> tuple[Room, str | None] | None:
        """A room that the user is a member of or invited to, or a public room; with it the key of
        a direct room, and None for a group."""
        rows = await self._db.fetch(
            f"SELECT {ROOM}, {SEAT}, m.user_id AS seated, {UNREAD} AS unread FROM rooms r"
            " LEFT JOIN room_members m ON m.room_id = r.id AND m.user_id = $2 AND m.active"
            " WHERE r.id = $1 AND r.deleted_at IS NULL"
            f" AND (m.user_id IS NOT NULL OR {_OPEN})",
            room_id,
            user_id,
            now_ms(),
        )
        found = await self.assemble(rows, user_id)
        return found[0] if found else None

    async def door(self, room_id: str, user_id: str) -> Entry | None:
        row = await self._db.fetchrow(
            "SELECT m.user_id FROM rooms r LEFT JOIN room_members m"
            " ON m.room_id = r.id AND m.user_id = $2 AND m.active"
            " WHERE r.id = $1 AND r.deleted_at IS NULL"
            f" AND (m.user_id IS NOT NULL OR {_OPEN})",
            room_id,
            user_id,
            now_ms(),
        )
        if row is None:
            return None
        return "inside" if row["user_id"] else "open"

    async def seen_by(self, room_id: str, user_ids: Iterable[str]) -> dict[str, Room]:
        """One room as each of these members sees it, by user id. In the last message, the ``me`` of
        reactions is None."""
        rows = await self._db.fetch(
            f"SELECT {ROOM}, {SEAT}, m.user_id AS seated, {UNREAD} AS unread FROM rooms r"
            " JOIN room_members m ON m.room_id = r.id AND m.active"
            " WHERE r.id = $1 AND r.deleted_at IS NULL AND m.user_id = ANY($2::uuid[])",
            room_id,
            list(user_ids),
        )
        last = await self._last_messages(rows[:1], None)
        return {row["seated"]: _room(row, last.get(room_id)) for row in rows}

    async def plain(self, room_id: str) -> Room | None:
        """The room as it is broadcast, without personal fields."""
        rows = await self._db.fetch(
            f"SELECT {ROOM}, NULL AS seated FROM rooms r WHERE r.id = $1 AND r.deleted_at IS NULL",
            room_id,
        )
        last = await self._last_messages(rows, None)
        return _room(rows[0], last.get(room_id)) if rows else None

    async def mine(
        self, user_id: str, limit: int, after: tuple[int, str] | None
    ) -> list[tuple[Room, str | None, int]]:
        """The user's rooms, the latest activity first; each with its direct key and the time of
        its last activity."""
        active, room_id = after or (2**62, LAST_ID)
        rows = await self._db.fetch(
            f"SELECT {ROOM}, {SEAT}, m.user_id AS seated, {UNREAD} AS unread FROM room_members m"
            " JOIN rooms r ON r.id = m.room_id"
            " WHERE m.user_id = $1 AND m.active AND r.deleted_at IS NULL"
            " AND (r.active_at < $2 OR (r.active_at = $2 AND r.id < $3::uuid))"
            " ORDER BY r.active_at DESC, r.id DESC LIMIT $4",
            user_id,
            active,
            room_id,
            limit,
        )
        found = await self.assemble(rows, user_id)
        return [(room, key, row["active_at"]) for (room, key), row in zip(found, rows, strict=True)]

    async def list_public_rooms(
        self, user_id: str, like: str, limit: int, after: tuple[str, str] | None
    ) -> list[tuple[Room, str]]:
        """Public groups in the order of their names; each with its sort key."""
        name, room_id = after or ("", FIRST_ID)
        rows = await self._db.fetch(
            f"SELECT {ROOM}, {SEAT}, r.name_key, m.user_id AS seated, {UNREAD} AS unread"
            " FROM rooms r"
            " LEFT JOIN room_members m ON m.room_id = r.id AND m.user_id = $5 AND m.active"
            " WHERE r.visibility = 'public' AND r.deleted_at IS NULL"
            r" AND r.name_key LIKE $1 ESCAPE '\'"
            " AND (r.name_key > $2 OR (r.name_key = $2 AND r.id > $3::uuid))"
            " ORDER BY r.name_key, r.id LIMIT $4",
            like,
            name,
            room_id,
            limit,
            user_id,
        )
        found = await self.assemble(rows, user_id)
        return [(room, row["name_key"]) for (room, _), row in zip(found, rows, strict=True)]

    async def assemble(self, rows: Sequence[Row], user_id: str) -> list[tuple[Room, str | None]]:
        """Rooms from their rows, with their last messages. A room's last message is left out for a
        user who is not a member of it."""
        last = await self._last_messages([row for row in rows if row["seated"]], user_id)
        return [(_room(row, last.get(row["id"])), row["direct_key"]) for row in rows]

    async def _last_messages(
        self, rows: Sequence[Row], viewer_id: str | None
    ) -> dict[str, Message]:
        places = {row["id"]: row["last_seq"] for row in rows if row["last_seq"]}
        if not places:
            return {}
        found = await self._db.fetch(
            f"{MESSAGES} JOIN json_each($1::json) k"
            " ON m.room_id = k.key::uuid AND m.seq = k.value::text::bigint",
            places,
        )
        messages = await to_messages(self._db, found, viewer_id, self._links)
        return {message.room_id: message for message in messages}

    async def members(self, room_id: str, limit: int, after: int) -> list[tuple[Seat, int]]:
        """Members in the order in which they first joined; each with its cursor."""
        rows = await self._db.fetch(
            "SELECT m.id, m.user_id, m.role, m.joined_at, m.last_read_seq, m.version, m.joined_seq"
            " FROM room_members m WHERE m.room_id = $1 AND m.active AND m.id > $2"
            " ORDER BY m.id LIMIT $3",
            room_id,
            after,
            limit,
        )
        return [(to_seat(row), row["id"]) for row in rows]

    async def find_members(
        self, room_id: str, key: str, limit: int, after: tuple[int, str]
    ) -> list[tuple[Seat, tuple[int, str]]]:
        rows = await self._db.fetch(
            _FIND_MEMBERS, room_id, key, escape_like(key) + "%", *after, limit
        )
        return [(to_seat(row), (row["rank"], row["username_key"])) for row in rows]

    async def readers(
        self, room_id: str, seq: int, limit: int, after: int
    ) -> tuple[list[tuple[Seat, int]], int]:
        rows = await self._db.fetch(
            "SELECT m.id, m.user_id, m.role, m.joined_at, m.last_read_seq, m.version, m.joined_seq"
            f" {_READERS} AND m.id > $3 ORDER BY m.id LIMIT $4",
            room_id,
            seq,
            after,
            limit,
        )
        counted = await self._db.fetchrow(f"SELECT count(*) AS n {_READERS}", room_id, seq)
        return [(to_seat(row), row["id"]) for row in rows], counted["n"] if counted else 0

    async def version(self, room_id: str) -> int:
        """The room's version; 0 if the room does not exist or was deleted."""
        row = await self._db.fetchrow(
            "SELECT version FROM rooms WHERE id = $1 AND deleted_at IS NULL", room_id
        )
        return row["version"] if row else 0

    async def member_count(self, room_id: str) -> int:
        row = await self._db.fetchrow("SELECT member_count FROM rooms WHERE id = $1", room_id)
        return row["member_count"] if row else 0

    async def estranged(self, room_id: str) -> bool:
        """Whether it is a direct room where either user has blocked the other."""
        row = await self._db.fetchrow(
            "SELECT r.id FROM rooms r JOIN room_members m ON m.room_id = r.id"
            f" WHERE r.id = $1 AND {ESTRANGED} LIMIT 1",
            room_id,
        )
        return row is not None

    async def rooms_of(self, user_id: str) -> list[tuple[str, int]]:
        """The rooms that the user is a member of, as (room_id, version of the user's seat)."""
        rows = await self._db.fetch(
            "SELECT m.room_id, m.version FROM room_members m JOIN rooms r ON r.id = m.room_id"
            " WHERE m.user_id = $1 AND m.active AND r.deleted_at IS NULL",
            user_id,
        )
        return [(row["room_id"], row["version"]) for row in rows]


def to_seat(row: Row) -> Seat:
    return Seat(
        row["user_id"],
        row["role"],
        timestamp(row["joined_at"]),
        row["last_read_seq"],
        row["version"],
        row["joined_seq"],
    )


def _room(row: Row, last_message: Message | None) -> Room:
    return Room(
        id=row["id"],
        kind=row["kind"],
        name=row["name"],
        topic=row["topic"],
        avatar_url=row["avatar_url"],
        visibility=row["visibility"],
        created_by=row["created_by"],
        created_at=timestamp(row["created_at"]),
        version=row["version"],
        last_seq=row["last_seq"],
        member_count=row["member_count"],
        last_message=last_message,
        peer=None,
        me=to_room_me(row) if row["seated"] else None,
    )


async def find_room_id(db: DatabaseConnection, where: str, *args: Any) -> str | None:
    row = await db.fetchrow(f"SELECT r.id FROM rooms r WHERE {where}", *args)
    return row["id"] if row else None
