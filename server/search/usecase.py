"""Searching the messages of one's rooms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Meta

from server import wire
from server.clock import to_ms
from server.errors import Invalid
from server.rooms.entity import Access, Message
from server.search.entity import Found, Place, Wanted
from server.search.excerpt import excerpt, pattern
from server.search.query import parse
from server.wire import Id, Page, PageQuery, characters

MOST_CHARACTERS = 200

# RFC 3339; to a pattern a line break after the end is none.
_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?"
Time = Annotated[
    str,
    Meta(
        pattern=rf"^{_DATE}[Tt]{_CLOCK}([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$(?!\n)",
        max_length=40,
        extra_json_schema={"format": "date-time"},
    ),
]


class SearchQuery(PageQuery, kw_only=True, rename={"author_id": "from"}):
    q: Annotated[str, characters(1, MOST_CHARACTERS)]
    room_id: Id | None = None
    author_id: Id | None = None
    before: Time | None = None
    after: Time | None = None


class RoomAccess(Protocol):
    async def access(self, room_id: str, user_id: str) -> Access: ...


class SearchStore(Protocol):
    async def find(
        self, wanted: Wanted, start: Place | None, limit: int
    ) -> Sequence[tuple[Place, Message]]:
        """Messages that the user may see, from after ``start`` on; ``Unavailable`` when looking
        for them takes too long."""
        ...


class Search:
    def __init__(self, store: SearchStore, rooms: RoomAccess) -> None:
        self._store = store
        self._rooms = rooms

    async def messages(self, user_id: str, query: SearchQuery) -> Page[Found]:
        wanted = _wanted(user_id, query)
        start = wire.read_cursor(query.cursor, int, int, int, Id)
        if query.room_id is not None:
            await self._rooms.access(query.room_id, user_id)
        if not wanted.steps:
            return Page([], False, None)
        if start and not 0 <= start[0] < len(wanted.steps):
            raise Invalid("cursor is not one of ours", field="cursor")
        size = query.size
        places = await self._store.find(wanted, Place(*start) if start else None, size + 1)
        items = [_found(message, wanted, place) for place, message in places[:size]]
        kept = wire.fitting(items)
        more = len(places) > kept
        return Page(items[:kept], more, _cursor(places[kept - 1][0]) if more else None)


def _cursor(place: Place) -> str:
    return wire.make_cursor(place.step, place.created_at, place.seq, place.room_id)


def _wanted(user_id: str, query: SearchQuery) -> Wanted:
    text = wire.text(query.q, "q", least=1, most=MOST_CHARACTERS)
    return Wanted(
        user_id=user_id,
        room_id=query.room_id,
        author_id=query.author_id,
        after=_time(query.after, "after", -1),
        before=_time(query.before, "before", wire.MAX_INT),
        steps=parse(text),
    )


def _time(text: str | None, field: str, otherwise: int) -> int:
    """Milliseconds."""
    if text is None:
        return otherwise
    try:
        return to_ms(datetime.fromisoformat(text.upper()))
    except (ValueError, OverflowError):
        # Such as the 30th of February.
        raise Invalid(f"{field} is no time that there is", field=field) from None


def _found(message: Message, wanted: Wanted, place: Place) -> Found:
    return Found(message, *excerpt(message.text, pattern(wanted.steps[place.step])))
