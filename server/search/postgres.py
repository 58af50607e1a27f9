"""Searching by tsvector.

A frequent word is found by looking through the latest messages of one's rooms, from the newest on
in parts; a rare one is looked up. Which one a search is for, PostgreSQL's planner knows best. Where
it is wrong, looking through ends after so many messages, and the rest is looked up.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Self

from server.database import Connection, Row
from server.search.entity import Place, Terms, Wanted

# What is in so many messages at most is looked up.
RARE = 12_000
# Messages looked through: in one part at least and at most, and in all parts together.
LEAST, MOST, ALL = 300, 6_000, 12_000
# A part is at most so many times as long as the one before it.
GROWTH = 8

ROOMS = """
    SELECT r.id, r.last_seq, r.created_at, r.active_at,
        (SELECT reltuples FROM pg_class WHERE oid = 'search_messages'::regclass) AS searchable
    FROM room_members m
    JOIN rooms r ON r.id = m.room_id
    WHERE m.user_id = $1 AND m.active AND r.deleted_at IS NULL AND ($2::uuid IS NULL OR r.id = $2)
"""
ESTIMATE = """
    EXPLAIN (FORMAT JSON) SELECT FROM search_messages
    WHERE words @@ search_query($1::text[], $2::boolean[])
"""

# $1 query, $2 what the step before has found, $3 rooms, $4 and $5 times, $6 author,
# $7, $8 and $9 the place to go on after, $10 how many.
_MATCHING = """
    SELECT s.room_id, s.seq, s.created_at FROM {source} s
    WHERE s.words @@ q.wanted AND NOT s.words @@ q.found AND s.room_id = ANY($3::uuid[])
        AND s.created_at >= $4 AND s.created_at < $5 AND ($6::uuid IS NULL OR s.author_id = $6)
        AND (s.created_at, s.seq, s.room_id) < ($7::bigint, $8::bigint, $9::uuid)
    ORDER BY s.created_at DESC, s.seq DESC, s.room_id DESC LIMIT $10
"""
_QUERIES = """
    (SELECT search_query($1::text[], $11::boolean[]) AS wanted,
        search_query($2::text[], $12::boolean[]) AS found) q
"""
LOOK_THROUGH = f"""
    WITH part AS MATERIALIZED (
        SELECT room_id, seq, created_at, author_id, words FROM search_messages
        WHERE room_id = ANY($3::uuid[]) AND created_at >= $4 AND created_at < $5 LIMIT {MOST}
    )
    SELECT n.looked, found.* FROM (SELECT count(*) AS looked FROM part) n
    CROSS JOIN {_QUERIES}
    LEFT JOIN LATERAL ({_MATCHING.format(source="part")}) found ON true
"""
# OFFSET 0 keeps the planner from reading all messages of the rooms instead.
_LISTED = "(SELECT * FROM search_messages WHERE words @@ q.wanted OFFSET 0)"
LOOK_UP = f"""
    SELECT found.* FROM {_QUERIES} CROSS JOIN LATERAL (
        {_MATCHING.format(source=_LISTED)}
    ) found
"""


class PostgresFinder:
    def __init__(self, db: Connection, wanted: Wanted, rooms: Sequence[Row]) -> None:
        self._db = db
        self._wanted = wanted
        self._room_ids = [room["id"] for room in rooms]
        self._newest = max((room["active_at"] for room in rooms), default=0) + 1
        self._oldest = min((room["created_at"] for room in rooms), default=0)
        self._searchable = max((room["searchable"] for room in rooms), default=0.0)
        self._messages = sum(room["last_seq"] for room in rooms)

    @classmethod
    async def open(cls, db: Connection, wanted: Wanted) -> Self:
        # Each search is planned for its own words, and never reads the whole table.
        await db.fetchrow(
            "SELECT set_config('enable_seqscan', 'off', true),"
            " set_config('plan_cache_mode', 'force_custom_plan', true)"
        )
        return cls(db, wanted, await db.fetch(ROOMS, wanted.user_id, wanted.room_id))

    async def find(self, step: int, start: Place | None, limit: int) -> list[Place]:
        end = min(self._wanted.before, start.created_at + 1) if start else self._wanted.before
        least = self._wanted.after + 1
        found: list[Row] = []
        if self._room_ids and least < end:
            share = await self._share(step)
            if share:
                end, found = await self._look_through(step, start, (least, end), limit, share)
            if least < end and len(found) < limit:
                found += await self._fetch(LOOK_UP, step, start, least, end, limit - len(found))
        return [Place(step, row["created_at"], row["seq"], row["room_id"]) for row in found]

    async def _share(self, step: int) -> float:
        """About which part of all messages matches; 0 for what should be looked up."""
        if self._messages <= LEAST:
            return 1.0
        terms = self._wanted.steps[step]
        plan = await self._db.fetchrow(ESTIMATE, [term.text for term in terms], _prefixes(terms))
        assert plan is not None
        matching = json.loads(plan["QUERY PLAN"])[0]["Plan"]["Plan Rows"]
        if matching <= RARE:
            return 0.0
        return float(min(1.0, matching / max(self._searchable, 1.0)))

    async def _look_through(
        self,
        step: int,
        start: Place | None,
        times: tuple[int, int],
        limit: int,
        share: float,
    ) -> tuple[int, list[Row]]:
        """From when on everything was looked through, and what was found."""
        least, end = times
        found: list[Row] = []
        looked = 0
        # Messages in a millisecond, if they came evenly.
        density = max(self._messages, 1) / max(self._newest - self._oldest, 1)
        span = self._newest
        while end > least and len(found) < limit and looked < ALL:
            aim = min(max(LEAST, 1.5 * (limit - len(found)) / share), MOST / 2)
            span = min(max(1, int(aim / density)), GROWTH * span)
            begin = max(min(end, self._newest) - span, least)
            if begin <= self._oldest:
                # By another node's clock something may be older still.
                begin = least
            rows = await self._fetch(LOOK_THROUGH, step, start, begin, end, limit - len(found))
            count = rows[0]["looked"]
            looked += count
            density = max(count, 1) / span
            if count == MOST:
                # Too many at once to know that the newest are among them.
                density *= GROWTH
                continue
            found += [row for row in rows if row["seq"] is not None]
            end = begin
        return end, found

    async def _fetch(
        self, sql: str, step: int, start: Place | None, begin: int, end: int, limit: int
    ) -> list[Row]:
        steps = self._wanted.steps
        terms, before = steps[step], steps[step - 1] if step else ()
        place: tuple[Any, ...] = (
            (start.created_at, start.seq, start.room_id)
            if start
            else (end, 0, "00000000-0000-0000-0000-000000000000")
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
        )


def _prefixes(terms: Terms) -> list[bool]:
    return [term.prefix for term in terms]
