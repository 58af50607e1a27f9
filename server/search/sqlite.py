"""Searches on SQLite with FTS5. A document's number consists of its message's time and a number
within that millisecond (see the migration). So the index itself can be read from the newest to the
oldest."""

from __future__ import annotations

from server.kernel.database import DatabaseConnection
from server.search.entity import FoundPlace, Terms, Wanted
from server.search.words import fold_words

# How many bits of a document's number count within a millisecond.
BITS = 22
BIGGEST = 2**63 - 1

FIND = """
    SELECT d.id, d.room_id, d.seq FROM search_words w
    CROSS JOIN search_messages d ON d.id = w.rowid
    CROSS JOIN room_members m ON m.room_id = d.room_id AND m.user_id = $2 AND m.active
    CROSS JOIN rooms r ON r.id = m.room_id AND r.deleted_at IS NULL
    WHERE w.search_words MATCH $1 AND w.rowid > $3 AND w.rowid < $4
        AND ($5 IS NULL OR d.room_id = $5) AND ($6 IS NULL OR d.author_id = $6)
    ORDER BY w.rowid DESC LIMIT $7
"""


class SqliteFinder:
    def __init__(self, db: DatabaseConnection, wanted: Wanted) -> None:
        self._db = db
        self._wanted = wanted

    async def find_places(
        self, step: int, start: FoundPlace | None, limit: int
    ) -> list[FoundPlace]:
        wanted = self._wanted
        query = _query(wanted.steps[step])
        if step:
            query = f"({query}) NOT ({_query(wanted.steps[step - 1])})"
        rows = await self._db.fetch(
            FIND,
            query,
            wanted.user_id,
            _number(wanted.after + 1) - 1,
            await self._before(start) if start else _number(wanted.before),
            wanted.room_id,
            wanted.author_id,
            limit,
        )
        return [FoundPlace(step, row["id"] >> BITS, row["seq"], row["room_id"]) for row in rows]

    async def _before(self, start: FoundPlace) -> int:
        row = await self._db.fetchrow(
            "SELECT id FROM search_messages WHERE room_id = $1 AND seq = $2",
            start.room_id,
            start.seq,
        )
        # A message that was deleted in the meantime has no row; its millisecond is used instead.
        return int(row["id"]) if row else _number(start.created_at)


def _number(ms: int) -> int:
    """The number of the first document in a millisecond."""
    return max(min(ms << BITS, BIGGEST), -BIGGEST)


def _query(terms: Terms) -> str:
    """The query for FTS5. Each phrase is in quotes, within which nothing is an operator."""
    return " AND ".join(
        '"' + fold_words(term.text) + '"' + (" *" if term.prefix else "") for term in terms
    )
