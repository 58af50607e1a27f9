"""Finds messages by the word index of PostgreSQL or SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from server.history.entity import Message
from server.history.rows import MESSAGES, to_messages
from server.kernel.database import Database, DatabaseConnection
from server.kernel.errors import TooSlow
from server.media.links import FileLinks
from server.search.entity import FoundPlace, Wanted
from server.search.postgres import PostgresFinder
from server.search.sqlite import SqliteFinder

# The most seconds that all statements of a search may take together.
SEARCH_TIMEOUT = 2.0

# Turns two lists into rows.
PLACES = {
    "sqlite": "(SELECT a.value AS room_id, b.value AS seq FROM json_each($1) a"
    " JOIN json_each($2) b ON b.key = a.key)",
    "postgres": "(SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS t(room_id, seq))",
}


class Finder(Protocol):
    async def find_places(
        self, step: int, start: FoundPlace | None, limit: int
    ) -> list[FoundPlace]:
        """The matches of one step after ``start``, the newest first, without the matches of the
        step before. Raises ``TooSlow`` if the search takes too long."""
        ...


class SearchRepository:
    def __init__(self, db: Database, links: FileLinks) -> None:
        self._db = db
        self._links = links

    async def find_places(
        self, wanted: Wanted, start: FoundPlace | None, limit: int
    ) -> Sequence[FoundPlace]:
        try:
            async with self._db.reading(SEARCH_TIMEOUT) as db:
                return await _places(await _finder(db, wanted), wanted, start, limit)
        except TooSlow as error:
            raise TooSlow("This search takes too long. Add a word, a room or a time.") from error

    async def read_messages(
        self, places: Sequence[FoundPlace], viewer_id: str
    ) -> Sequence[tuple[FoundPlace, Message]]:
        rows = await self._db.fetch(
            f"{MESSAGES} JOIN {PLACES[self._db.dialect]} p ON p.room_id = m.room_id"
            " AND p.seq = m.seq WHERE m.deleted_at IS NULL",
            [place.room_id for place in places],
            [place.seq for place in places],
        )
        by_place = {(row["room_id"], row["seq"]): row for row in rows}
        there = [place for place in places if (place.room_id, place.seq) in by_place]
        there_rows = [by_place[place.room_id, place.seq] for place in there]
        messages = await to_messages(self._db, there_rows, viewer_id, self._links)
        return list(zip(there, messages, strict=True))


async def _finder(db: DatabaseConnection, wanted: Wanted) -> Finder:
    if db.dialect == "sqlite":
        return SqliteFinder(db, wanted)
    return await PostgresFinder.open(db, wanted)


async def _places(
    finder: Finder, wanted: Wanted, start: FoundPlace | None, limit: int
) -> list[FoundPlace]:
    places: list[FoundPlace] = []
    for step in range(start.step if start else 0, len(wanted.steps)):
        after = start if start and start.step == step else None
        places += await finder.find_places(step, after, limit - len(places))
        if len(places) == limit:
            break
    return places
