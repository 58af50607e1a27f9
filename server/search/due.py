"""Writes SQLite's index of new messages after their commit, some at a time, so that no sender waits
for it. The messages that wait are in ``search_due``, which a trigger fills in the transaction of
each message."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable

import structlog

from server.kernel.errors import TooSlow

log = structlog.get_logger("server.search")

# How many characters are indexed in one transaction, which the other writes wait for: about 4 ms of
# work. A character beyond ASCII takes several times the work, and a message itself some.
MOST_DUE_CHARACTERS = 64_000
BEYOND_ASCII = 8
MESSAGE_ITSELF = 100

_BEYOND = "length(CAST(m.text AS BLOB)) > length(m.text)"
_SEARCHED = "m.kind = 'text' AND m.deleted_at IS NULL AND m.text <> ''"
_NEXT = f"""
    SELECT count(*), max(id) FROM (
        SELECT w.id, row_number() OVER waiting AS n, sum(w.weight) OVER waiting AS total FROM (
            SELECT d.id, {MESSAGE_ITSELF} + coalesce(length(m.text)
                * CASE WHEN {_BEYOND} THEN {BEYOND_ASCII} ELSE 1 END, 0) AS weight
            FROM search_due d
            LEFT JOIN messages m ON m.room_id = d.room_id AND m.seq = d.seq
            ORDER BY d.id LIMIT ?
        ) w WINDOW waiting AS (ORDER BY w.id)
    ) WHERE n = 1 OR total <= {MOST_DUE_CHARACTERS}
"""
# A message may be deleted by now, or have got its words when it was edited.
_DROP = f"""
    DELETE FROM search_due WHERE id <= ? AND (
        EXISTS (SELECT 1 FROM search_messages s
            WHERE s.room_id = search_due.room_id AND s.seq = search_due.seq)
        OR NOT EXISTS (SELECT 1 FROM messages m
            WHERE m.room_id = search_due.room_id AND m.seq = search_due.seq AND {_SEARCHED})
    )
"""
# The numbers of documents are explained in sqlite.py.
_LIST = f"""
    INSERT OR ROLLBACK INTO search_messages (id, room_id, seq, author_id, words, filled)
    SELECT coalesce(
            (SELECT max(s.id) + 1 FROM search_messages s
                WHERE s.id >= m.created_at << 22 AND s.id < (m.created_at + 1) << 22),
            m.created_at << 22
        ) + row_number() OVER (PARTITION BY m.created_at ORDER BY d.id) - 1,
        m.room_id, m.seq, m.author_id, CASE WHEN {_BEYOND} THEN fold_words(m.text) END, 1
    FROM search_due d JOIN messages m ON m.room_id = d.room_id AND m.seq = d.seq
    WHERE d.id <= ?
"""
# In the order of the numbers: FTS5 writes a part of its index whenever a number is smaller than the
# one before it.
_ADD = """
    INSERT INTO search_words (rowid, text)
    SELECT s.id, coalesce(s.words, m.text) FROM search_due d
    JOIN search_messages s ON s.room_id = d.room_id AND s.seq = d.seq
    JOIN messages m ON m.room_id = d.room_id AND m.seq = d.seq
    WHERE d.id <= ? ORDER BY s.id
"""
_DONE = "DELETE FROM search_due WHERE id <= ?"
_FIRST = "SELECT room_id, seq FROM search_due ORDER BY id LIMIT 1"
_DROP_FIRST = "DELETE FROM search_due WHERE id = (SELECT min(id) FROM search_due)"

RunIndexing = Callable[[Callable[[sqlite3.Connection], int]], Awaitable[int]]


def index_due(raw: sqlite3.Connection, most: int) -> int:
    """Indexes at most ``most`` of the messages that wait, the oldest first, and fewer if they are
    long. Returns how many they were. The connection has the function ``fold_words``, and a
    transaction is open."""
    count, last = raw.execute(_NEXT, (most,)).fetchone()
    if count:
        for statement in (_DROP, _LIST, _ADD, _DONE):
            raw.execute(statement, (last,))
    return int(count)


def _leave_out(raw: sqlite3.Connection) -> int:
    room_id, seq = raw.execute(_FIRST).fetchone()
    log.warning("a message cannot be searched", room_id=room_id, seq=seq)
    raw.execute(_DROP_FIRST)
    return 1


class SqliteQueue:
    def __init__(self, run: RunIndexing) -> None:
        self._run = run

    async def index_some(self, most: int) -> int:
        try:
            return await self._run(lambda raw: index_due(raw, most))
        except sqlite3.OperationalError as error:
            # A text that cannot be indexed must not be in the way of the others.
            if most > 1:
                raise TooSlow() from error
            return await self._run(_leave_out)
