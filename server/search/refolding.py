"""Makes the index of older messages anew after the fold has changed, while the server runs.

A row of ``facts`` says how far it is; without that row there is nothing to do. On several nodes one
does the next part, whichever comes first.
"""

from __future__ import annotations

import asyncio
import time

import msgspec
import structlog

from server.kernel.database import Database, DatabaseConnection
from server.kernel.errors import TooSlow, Unavailable
from server.kernel.ids import FIRST_ID

log = structlog.get_logger("server.search")

FACT = "search_refold"
# How many messages are done in one transaction. Other writes wait for it on SQLite.
PART = {"sqlite": 100, "postgres": 200}
# After a part, it pauses for so many times what the part took, and at least so long (seconds).
RESTS, LEAST_REST = 4, 0.002
# Seconds between two tries while another node works or the database cannot be reached, and between
# two lines in the log.
REFOLD_AGAIN, TELL_EVERY = 5.0, 10.0

_THERE = f"SELECT value FROM facts WHERE name = '{FACT}'"
_MINE = f"{_THERE} FOR UPDATE SKIP LOCKED"
_MOVE = f"UPDATE facts SET value = $1 WHERE name = '{FACT}'"
_END = f"DELETE FROM facts WHERE name = '{FACT}'"

# From the newest message on. Those that were stored or edited in the meantime are in the index.
_NEXT = "SELECT id, filled FROM search_messages WHERE id <= $1 ORDER BY id DESC LIMIT $2"
_KEEP = """
    UPDATE search_messages SET filled = 1, words = CASE
        WHEN length(CAST(m.text AS BLOB)) > length(m.text) THEN fold_words(m.text) END
    FROM messages m WHERE search_messages.id IN (SELECT value FROM json_each($1))
        AND m.room_id = search_messages.room_id AND m.seq = search_messages.seq
"""
_ADD = """
    INSERT INTO search_words (rowid, text)
    SELECT d.id, coalesce(d.words, m.text) FROM search_messages d
    JOIN messages m ON m.room_id = d.room_id AND m.seq = d.seq
    WHERE d.id IN (SELECT value FROM json_each($1))
"""

# Only texts beyond ASCII have other words than before.
_POSTGRES = """
    WITH part AS MATERIALIZED (
        SELECT room_id, created_at, seq FROM search_messages
        WHERE (room_id, created_at, seq) > ($1::uuid, $2::bigint, $3::bigint)
        ORDER BY room_id, created_at, seq LIMIT $4
    ), folded AS MATERIALIZED (
        SELECT p.*, search_fold(m.text) AS text FROM part p
        JOIN messages m ON m.room_id = p.room_id AND m.seq = p.seq
        WHERE octet_length(m.text) > length(m.text)
    ), done AS (
        UPDATE search_messages s SET words = search_vector(f.text), letters = search_letters(f.text)
        FROM folded f
        WHERE s.room_id = f.room_id AND s.created_at = f.created_at AND s.seq = f.seq
    )
    SELECT p.*, count(*) OVER () AS n FROM part p
    ORDER BY p.room_id DESC, p.created_at DESC, p.seq DESC LIMIT 1
"""


class Refolding:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._done = 0
        self._told_at = 0.0

    async def run(self) -> None:
        """Works until the whole index is made anew."""
        while True:
            began = time.monotonic()
            try:
                found = await self._part()
            except (Unavailable, TooSlow):
                found = 0
            if found is None:
                break
            took = time.monotonic() - began
            await asyncio.sleep(max(LEAST_REST, RESTS * took) if found else REFOLD_AGAIN)
        if self._done:
            log.info("the search index is made anew", messages=self._done)

    async def _part(self) -> int | None:
        """How many messages were done; 0 if another node works, None if there is nothing to do."""
        if await self._db.fetchrow(_THERE) is None:
            return None
        async with self._db.transaction() as tx:
            fact = await tx.fetchrow(_MINE)
            if fact is None:
                return 0
            work = _sqlite if tx.dialect == "sqlite" else _postgres
            done, place = await work(tx, msgspec.json.decode(fact["value"]))
            if place is None:
                await tx.execute(_END)
            else:
                await tx.execute(_MOVE, msgspec.json.encode(place).decode())
        self._tell(done)
        return done or None

    def _tell(self, done: int) -> None:
        self._done += done
        if time.monotonic() - self._told_at > TELL_EVERY:
            self._told_at = time.monotonic()
            log.info("making the search index anew", messages=self._done)


async def _sqlite(tx: DatabaseConnection, place: list[int]) -> tuple[int, list[int] | None]:
    rows = await tx.fetch(_NEXT, place[0], PART["sqlite"])
    if not rows:
        return 0, None
    if waiting := [row["id"] for row in rows if not row["filled"]]:
        await tx.execute(_KEEP, waiting)
        await tx.execute(_ADD, waiting)
    return len(rows), [rows[-1]["id"] - 1]


async def _postgres(
    tx: DatabaseConnection, place: list[str | int]
) -> tuple[int, list[str | int] | None]:
    last = await tx.fetchrow(_POSTGRES, *(place or [FIRST_ID, 0, 0]), PART["postgres"])
    if last is None:
        return 0, None
    return last["n"], [last["room_id"], last["created_at"], last["seq"]]
