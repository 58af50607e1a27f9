"""The queue of the index on PostgreSQL: one call of the database function ``search_index_due``."""

from __future__ import annotations

from server.kernel.database import Database

INDEX_DUE = "SELECT search_index_due($1) AS done"


class PostgresQueue:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def index_some(self, most: int) -> int:
        row = await self._db.fetchrow(INDEX_DUE, most)
        return int(row["done"]) if row else 0
