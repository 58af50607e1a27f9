"""Keeps the statistics of PostgreSQL's planner true of tables that grow fast.

Without statistics, two conditions on a room look as selective to PostgreSQL as the key of a
message. So it may read a whole room to find one message, and that for each message of a page:
seconds, in a room of 3,000 messages. PostgreSQL's autovacuum looks for such tables once a minute.
"""

from __future__ import annotations

from server.kernel.database import Database

# The key of the advisory lock under which one node at a time does this.
STATISTICS_LOCK = 7_243_003

# The tables that hold at least 100 rows, and more than twice as many as when they were analyzed the
# last time. So a table is analyzed a few times while it grows, however large it becomes. Only the
# owner of a table may analyze it.
_GROWN = """
    SELECT c.oid::regclass::text AS name
    FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
    WHERE s.schemaname = current_schema() AND s.n_live_tup > 2 * greatest(c.reltuples, 49)
        AND pg_has_role(c.relowner, 'USAGE')
    ORDER BY s.n_live_tup DESC
"""


class PostgresStatistics:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def refresh(self) -> None:
        """Analyzes the tables that have grown much, unless another node does. Plans that
        connections keep are made anew after that."""
        if not await self._database.fetch(_GROWN):
            return
        async with self._database.transaction() as db:
            lock = await db.fetchrow(
                "SELECT pg_try_advisory_xact_lock($1::bigint) AS mine", STATISTICS_LOCK
            )
            if lock is None or not lock["mine"]:
                return
            for table in await db.fetch(_GROWN):
                await db.execute(f"ANALYZE {table['name']}")
