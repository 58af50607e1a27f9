"""Searches on PostgreSQL with tsvector. It goes through the messages of the user's rooms from the
newest on, one period after another.

The length of a period depends on how many matches are expected: first by the estimate of
PostgreSQL's planner, then by the periods before. A short period is searched message by message. In
a long period, the index of words is combined with the index of rooms and times, so that only
matching messages are read. Rare words are looked up in all times at once.

In scripts without spaces each character is a word, and common characters are in nearly every
message. So a run of three or more of them is looked up in the index of trigrams, if there is one.
"""

from __future__ import annotations

import json
from typing import Any, Self

from server.kernel.database import DatabaseConnection, Row
from server.kernel.ids import FIRST_ID
from server.search.entity import FoundPlace, Terms, Wanted

# Words that are in at most this many messages are looked up in all times at once.
RARE = 2_000
# The most messages that are searched one by one, and the least number of messages in one period.
MOST_ONE_BY_ONE, LEAST_IN_PERIOD = 3_000, 300
# A period should contain this many times the wanted number of matches.
AMPLE = 1.5
# Of the messages that have all the words, about one in this many has them side by side.
ADJACENT_SHARE = 8

SEARCHED_ROOMS = """
    SELECT array_agg(r.id) AS ids, sum(r.last_seq)::bigint AS messages,
        min(r.created_at) AS oldest, max(r.active_at) AS newest,
        (SELECT reltuples FROM pg_class WHERE oid = 'search_messages'::regclass) AS searchable,
        to_regclass('idx_search_messages_letters') IS NOT NULL AS trigrams
    FROM room_members m
    JOIN rooms r ON r.id = m.room_id
    WHERE m.user_id = $1 AND m.active AND r.deleted_at IS NULL AND ($2::uuid IS NULL OR r.id = $2)
"""
RUN = "SELECT search_longest_run($1::text[]) AS run"
# All statements here are planned for their actual values, so the planner removes the side of each
# choice that does not apply.
ESTIMATE = """
    EXPLAIN (FORMAT JSON) SELECT FROM search_messages WHERE CASE WHEN $3::text IS NULL
        THEN words @@ search_terms($1::text[], $2::boolean[]) ELSE letters LIKE $3 END
"""

# $1 the query, $2 the query of the step before, whose matches are left out, $3 rooms, $4 and $5
# times, $6 author, $7, $8 and $9 the place to continue after, $10 how many, $11 and $12 the
# prefixes in $1 and $2, $13 a run of letters in $1. A message with the words side by side has the
# run (see the migration of trigrams), so $13 does not change the result. IS TRUE keeps the planner
# from using the index of words, which would take long.
_MATCHING = """
    SELECT s.room_id, s.seq, s.created_at FROM {source} s
    WHERE ($13::text IS NULL OR s.letters LIKE $13)
        AND CASE WHEN $13 IS NULL THEN s.words @@ search_terms($1::text[], $11::boolean[])
            ELSE (s.words @@ search_terms($1::text[], $11::boolean[])) IS TRUE END
        AND NOT s.words @@ search_terms($2::text[], $12::boolean[])
        AND s.room_id = ANY($3::uuid[]) AND s.created_at >= $4 AND s.created_at < $5
        AND ($6::uuid IS NULL OR s.author_id = $6)
        AND (s.created_at, s.seq, s.room_id) < ($7::bigint, $8::bigint, $9::uuid)
    ORDER BY s.created_at DESC, s.seq DESC, s.room_id DESC LIMIT $10
"""
LOOK_THROUGH = f"""
    WITH part AS MATERIALIZED (
        SELECT room_id, seq, created_at, author_id, words, letters FROM search_messages
        WHERE room_id = ANY($3::uuid[]) AND created_at >= $4 AND created_at < $5
        LIMIT {MOST_ONE_BY_ONE}
    )
    SELECT n.looked, found.* FROM (SELECT count(*) AS looked FROM part) n
    LEFT JOIN LATERAL ({_MATCHING.format(source="part")}) found ON true
"""
LOOK_UP = _MATCHING.format(source="search_messages")


class PostgresFinder:
    def __init__(self, db: DatabaseConnection, wanted: Wanted, rooms: Row) -> None:
        self._db = db
        self._wanted = wanted
        self._room_ids = rooms["ids"] or []
        self._searchable = max(rooms["searchable"], 1.0)
        self._oldest = rooms["oldest"] or 0
        self._newest = (rooms["newest"] or 0) + 1
        self._messages = rooms["messages"] or 0
        self._trigrams = rooms["trigrams"]
        # The number of messages in a millisecond, if they are spread evenly.
        self._density = max(self._messages, 1) / max(self._newest - self._oldest, 1)

    @classmethod
    async def open(cls, db: DatabaseConnection, wanted: Wanted) -> Self:
        # Each search is planned for its own words, and must never read the whole table.
        await db.fetchrow(
            "SELECT set_config('enable_seqscan', 'off', true),"
            " set_config('plan_cache_mode', 'force_custom_plan', true)"
        )
        rooms = await db.fetchrow(SEARCHED_ROOMS, wanted.user_id, wanted.room_id)
        assert rooms is not None
        return cls(db, wanted, rooms)

    async def find_places(
        self, step: int, start: FoundPlace | None, limit: int
    ) -> list[FoundPlace]:
        end = min(self._wanted.before, start.created_at + 1) if start else self._wanted.before
        least = self._wanted.after + 1
        found: list[Row] = []
        run = await self._run(step)
        share = await self._share(step, run) if self._room_ids else 1.0
        looked = 0
        while self._room_ids and least < end and len(found) < limit:
            aim = int(AMPLE * (limit - len(found)) / share) if share else self._messages
            begin = self._begin(least, end, max(aim, LEAST_IN_PERIOD))
            part = (step, run, start, begin, end, limit - len(found))
            if aim > MOST_ONE_BY_ONE / 2 or begin >= min(end, self._newest) - 1:
                rows = await self._fetch(LOOK_UP, *part)
            else:
                aim, rows = await self._look_through(*part)
                if aim == MOST_ONE_BY_ONE:
                    # There were too many matches to be sure that the newest are among them.
                    self._density *= ADJACENT_SHARE
                    continue
            found += rows
            looked += aim
            share = (len(found) + 1) / (looked + 1)
            end = begin
        return [FoundPlace(step, row["created_at"], row["seq"], row["room_id"]) for row in found]

    async def _look_through(
        self, step: int, run: str | None, start: FoundPlace | None, begin: int, end: int, limit: int
    ) -> tuple[int, list[Row]]:
        """The number of messages in the period, at most ``MOST_ONE_BY_ONE``, and the messages that
        match."""
        rows = await self._fetch(LOOK_THROUGH, step, run, start, begin, end, limit)
        return rows[0]["looked"], [row for row in rows if row["seq"] is not None]

    def _begin(self, least: int, end: int, aim: float) -> int:
        """The time from which on there are about ``aim`` messages before ``end``."""
        begin = min(end, self._newest) - max(1, int(aim / self._density))
        # The nodes' clocks differ, so a message may be older than its room.
        return max(begin, least) if begin > self._oldest else least

    async def _run(self, step: int) -> str | None:
        """A pattern for the longest run of letters that the index of trigrams can find."""
        texts = [term.text for term in self._wanted.steps[step]]
        # Most searches have no such run, and do not ask the database.
        if not self._trigrams or all(text.isascii() for text in texts):
            return None
        row = await self._db.fetchrow(RUN, texts)
        return row["run"] if row else None

    async def _share(self, step: int, run: str | None) -> float:
        """The estimated share of all messages that match; 0 if the words are rare enough to look up
        in all times at once."""
        if self._messages <= LEAST_IN_PERIOD:
            return 1.0
        terms = self._wanted.steps[step]
        plan = await self._db.fetchrow(
            ESTIMATE, [term.text for term in terms], _prefixes(terms), run
        )
        assert plan is not None
        matching = json.loads(plan["QUERY PLAN"])[0]["Plan"]["Plan Rows"]
        if matching <= RARE:
            return 0.0
        if any(" " in term.text for term in terms):
            matching /= ADJACENT_SHARE
        return float(min(1.0, matching / self._searchable))

    async def _fetch(
        self,
        sql: str,
        step: int,
        run: str | None,
        start: FoundPlace | None,
        begin: int,
        end: int,
        limit: int,
    ) -> list[Row]:
        steps = self._wanted.steps
        terms, before = steps[step], steps[step - 1] if step else ()
        place: tuple[Any, ...] = (
            (start.created_at, start.seq, start.room_id) if start else (end, 0, FIRST_ID)
        )
        return await self._db.fetch(
            sql,
            [term.text for term in terms],
            [term.text for term in before],
            self._room_ids,
            begin,
            end,
            self._wanted.author_id,
            *place,
            limit,
            _prefixes(terms),
            _prefixes(before),
            run,
        )


def _prefixes(terms: Terms) -> list[bool]:
    return [term.prefix for term in terms]
