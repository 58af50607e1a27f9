"""Reads the changes since a version. The number of statements does not grow with the number of
rooms."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from server.blocks.clauses import ESTRANGED
from server.history.rows import MESSAGES, to_messages
from server.kernel import wire
from server.kernel.database import Database, Row
from server.kernel.ids import peer_id
from server.media.links import FileLinks
from server.rooms.entity import Room
from server.rooms.repository import ROOM, SEAT, RoomReader, to_seat
from server.rooms.rows import UNREAD, room_me_fields
from server.sync.entity import RoomReads
from server.sync.usecase import MOST_CHANGES, Behind, Changes, HeldRoom

# The epoch of the database's history. One part is stored as a fact. The other parts change by
# themselves when a dump is restored (into a new table or another cluster), or when the cluster is
# rewound or failed over (a new timeline).
EPOCH = {
    "sqlite": "SELECT value FROM facts WHERE name = 'epoch'",
    "postgres": (
        "SELECT value || '-' || 'facts'::regclass::oid::text"
        " || '-' || (SELECT to_hex(c.system_identifier) FROM pg_control_system() c)"
        " || '-' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS value"
        " FROM facts WHERE name = 'epoch'"
    ),
}


async def name_history(db: Database) -> str:
    """Gives the database's history a new name, after something other than this server has changed
    it. Returns the name."""
    name = secrets.token_hex(8)
    await db.execute(
        "INSERT INTO facts (name, value) VALUES ('epoch', $1)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
    )
    return name


class SyncRepository:
    def __init__(self, db: Database, rooms: RoomReader, links: FileLinks) -> None:
        self._db = db
        self._links = links
        self._rooms = rooms

    async def epoch(self) -> str:
        row = await self._db.fetchrow(EPOCH[self._db.dialect])
        assert row is not None
        return str(row["value"])

    async def held(self, user_id: str, versions: dict[str, int]) -> list[HeldRoom]:
        rows = await self._db.fetch(
            f"SELECT {ROOM}, {SEAT}, m.user_id AS seated, {UNREAD} AS unread,"
            " (SELECT p.last_read_seq FROM room_members p WHERE p.room_id = r.id"
            " AND p.user_id <> m.user_id AND r.kind = 'direct') AS peer_read,"
            f" {ESTRANGED} AS blocked"
            " FROM room_members m JOIN rooms r ON r.id = m.room_id"
            " WHERE m.user_id = $1 AND m.active AND r.deleted_at IS NULL"
            " AND m.room_id = ANY($2::uuid[]) ORDER BY r.active_at DESC",
            user_id,
            list(versions),
        )
        newer = [row for row in rows if row["version"] > versions[row["id"]]]
        blocked = {row["id"] for row in newer if row["blocked"]}
        behind = {
            room.id: Behind(
                room, peer_id(key, user_id) if key else None, versions[room.id], room.id in blocked
            )
            for room, key in await self._rooms.assemble(newer, user_id)
        }
        return [HeldRoom(row["id"], _reads(row), behind.get(row["id"])) for row in rows]

    async def heads(
        self, user_id: str, without: list[str], limit: int
    ) -> list[tuple[Room, str | None]]:
        rows = await self._db.fetch(
            f"SELECT {ROOM}, {SEAT}, m.user_id AS seated, {UNREAD} AS unread"
            " FROM room_members m JOIN rooms r ON r.id = m.room_id"
            " WHERE m.user_id = $1 AND m.active AND r.deleted_at IS NULL"
            " AND NOT (m.room_id = ANY($2::uuid[])) ORDER BY r.active_at DESC, r.id DESC LIMIT $3",
            user_id,
            without,
            limit,
        )
        found = await self._rooms.assemble(rows, user_id)
        return [(room, peer_id(key, user_id) if key else None) for room, key in found]

    async def readable(self, since: dict[str, int]) -> dict[str, int]:
        parts, args = CHANGES_OF_ROOMS[self._db.dialect](
            "SELECT m.room_id, length(m.text) AS size FROM messages m", MOST_CHANGES + 1, since
        )
        rows = await self._db.fetch(
            "SELECT c.room_id, count(*) AS many, sum(c.size)::bigint AS size"
            f" FROM ({parts}) AS c GROUP BY c.room_id",
            *args,
        )
        over = {
            row["room_id"]
            for row in rows
            if row["many"] > MOST_CHANGES or row["size"] > wire.MAX_ANSWER_BYTES // 2
        }
        return {room_id: version for room_id, version in since.items() if room_id not in over}

    async def changes(self, user_id: str, since: dict[str, int]) -> dict[str, Changes]:
        messages = await self._since(MESSAGES, MOST_CHANGES + 1, since)
        seats = await self._since(
            "SELECT m.room_id, m.user_id, m.role, m.joined_at, m.last_read_seq, m.version,"
            " m.joined_seq, m.active FROM room_members m",
            2 * MOST_CHANGES + 1,
            since,
        )
        changed: dict[str, Changes] = {room_id: Changes([], [], []) for room_id in since}
        for message in await to_messages(self._db, messages, user_id, self._links):
            changed[message.room_id].messages.append(message)
        for row in seats:
            change = changed[row["room_id"]]
            if row["active"]:
                change.seats.append(to_seat(row))
            else:
                change.gone.append(row["user_id"])
        return changed

    async def _since(self, select: str, limit: int, since: dict[str, int]) -> list[Row]:
        """Reads rows of several rooms in one statement."""
        sql, args = CHANGES_OF_ROOMS[self._db.dialect](select, limit, since)
        return await self._db.fetch(sql, *args)


def _union(select: str, limit: int, since: dict[str, int]) -> tuple[str, list[Any]]:
    """The statement for SQLite, which has no LATERAL."""
    parts = (
        f"SELECT * FROM ({select} WHERE m.room_id = ${2 * n + 1}"
        f" AND m.version > ${2 * n + 2} ORDER BY m.version LIMIT {limit}) AS part{n}"
        for n in range(len(since))
    )
    return " UNION ALL ".join(parts), [value for pair in since.items() for value in pair]


def _lateral(select: str, limit: int, since: dict[str, int]) -> tuple[str, list[Any]]:
    """The statement for PostgreSQL, which would take long to plan a UNION with a part for each
    room."""
    sql = (
        "SELECT part.* FROM unnest($1::uuid[], $2::bigint[]) AS held(room_id, version)"
        f" CROSS JOIN LATERAL ({select} WHERE m.room_id = held.room_id"
        f" AND m.version > held.version ORDER BY m.version LIMIT {limit}) AS part"
    )
    return sql, [list(since), list(since.values())]


# Makes the statement for the oldest changes of several rooms, with a limit for each room, and its
# arguments.
CHANGES_OF_ROOMS: dict[str, Callable[[str, int, dict[str, int]], tuple[str, list[Any]]]] = {
    "sqlite": _union,
    "postgres": _lateral,
}


def _reads(row: Row) -> RoomReads:
    read = None if row["blocked"] else row["peer_read"]
    return RoomReads(**room_me_fields(row), peer_last_read_seq=read)
