"""The use case of the search: find messages in the user's rooms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Meta

from server.history.entity import Message
from server.kernel import wire
from server.kernel.clock import to_ms
from server.kernel.errors import Invalid
from server.kernel.wire import Id, Page, PageQuery, characters
from server.rooms.entity import Access
from server.search.entity import Found, FoundPlace, Wanted
from server.search.excerpt import excerpt, pattern
from server.search.query import parse_query
from server.search.turns import SearchTurns
from server.search.words import count_words

MOST_QUERY_CHARACTERS = 200
MOST_WORDS = 16

# How many searches of this process run at once: they must leave database connections and CPU to
# other calls. Then how many may wait, and how long (seconds): less than the deadline of a request,
# after which no client reads the answer.
SEARCHES_AT_ONCE = 2
MOST_OF_ONE, MOST_OF_ALL = 10, 200
SEARCH_WAIT = 7.0
# How many messages of a page are read at a time, and how long its excerpts may take (seconds).
EXCERPTS_AT_ONCE = 25
BUDGET = 0.2

# RFC 3339. The $ of a pattern also matches before a line break at the end.
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
    # Searches wait in ``SearchTurns``. In the turns for long answers, they would hold up the user's
    # other calls for seconds.
    long_answer = False

    q: Annotated[str, characters(1, MOST_QUERY_CHARACTERS)]
    room_id: Id | None = None
    author_id: Id | None = None
    before: Time | None = None
    after: Time | None = None

    @property
    def cost(self) -> int:
        return 10


class SearchRooms(Protocol):
    """A member's access to a room. Raises ``NotFound`` if the user is not a member."""

    async def access(self, room_id: str, user_id: str) -> Access: ...


class SearchStore(Protocol):
    async def find_places(
        self, wanted: Wanted, start: FoundPlace | None, limit: int
    ) -> Sequence[FoundPlace]:
        """The places of at most ``limit`` messages that the user may see, in the order of
        ``FoundPlace``, after ``start``. Raises ``Unavailable`` if the search takes too long or the
        database cannot be reached."""
        ...

    async def read_messages(
        self, places: Sequence[FoundPlace], viewer_id: str
    ) -> Sequence[tuple[FoundPlace, Message]]:
        """The messages at these places, in their order, without those that were deleted in the
        meantime."""
        ...


class Search:
    def __init__(self, store: SearchStore, rooms: SearchRooms) -> None:
        self._store = store
        self._rooms = rooms
        self._turns = SearchTurns(
            SEARCHES_AT_ONCE, each=MOST_OF_ONE, most=MOST_OF_ALL, patience=SEARCH_WAIT
        )
        self._excerpts = ThreadPoolExecutor(1, "search-excerpts")

    def close(self) -> None:
        self._excerpts.shutdown(wait=False, cancel_futures=True)

    async def search_messages(self, user_id: str, query: SearchQuery) -> Page[Found]:
        wanted = _wanted(user_id, query)
        start = wire.read_cursor(query.cursor, int, int, int, Id)
        if query.room_id is not None:
            await self._rooms.access(query.room_id, user_id)
        if not wanted.steps:
            return Page([], False, None)
        if start and not 0 <= start[0] < len(wanted.steps):
            raise Invalid("cursor is not valid.", field="cursor")
        async with self._turns.take_turn(user_id):
            size = query.size
            places = await self._store.find_places(
                wanted, FoundPlace(*start) if start else None, size + 1
            )
            items, seen = await self._shown(places[:size], wanted)
        more = len(places) > seen
        return Page(items, more, _cursor(places[seen - 1]) if more else None)

    async def _shown(self, places: Sequence[FoundPlace], wanted: Wanted) -> tuple[list[Found], int]:
        """The results that fit into a page, and how many of the places they cover. Messages are
        read in parts, so that only those that fit are read. Excerpts are made in a thread, so that
        other calls do not wait for them."""
        page = _Shown(wanted)
        for begin in range(0, len(places), EXCERPTS_AT_ONCE):
            part = await self._store.read_messages(
                places[begin : begin + EXCERPTS_AT_ONCE], wanted.user_id
            )
            loop = asyncio.get_running_loop()
            if not await loop.run_in_executor(self._excerpts, page.add, part):
                last = page.last
                return page.items, places.index(last) + 1 if last else begin + len(part)
        return page.items, len(places)


class _Shown:
    """A page that is being filled, up to ``MAX_ANSWER_BYTES`` and ``BUDGET`` of work. It has at
    least one item."""

    def __init__(self, wanted: Wanted) -> None:
        self.items: list[Found] = []
        self.last: FoundPlace | None = None
        self._patterns = [pattern(terms) for terms in wanted.steps]
        self._bytes = 0
        self._spent = 0.0

    def add(self, messages: Iterable[tuple[FoundPlace, Message]]) -> bool:
        """Adds messages to the page. Returns whether there is room for more. Runs in a thread."""
        for place, message in messages:
            began = time.thread_time()
            item = Found(message, *excerpt(message.text, self._patterns[place.step]))
            self._bytes += len(wire.encode(item))
            self._spent += time.thread_time() - began
            if self.items and self._bytes > wire.MAX_ANSWER_BYTES:
                return False
            self.items.append(item)
            self.last = place
            if self._spent > BUDGET:
                return False
            # This releases the interpreter lock for the event loop, which may be waiting for it.
            time.sleep(0)
        return True


def _cursor(place: FoundPlace) -> str:
    return wire.make_cursor(place.step, place.created_at, place.seq, place.room_id)


def _wanted(user_id: str, query: SearchQuery) -> Wanted:
    text = wire.text(query.q, "q", least=1, most=MOST_QUERY_CHARACTERS)
    if count_words(text) > MOST_WORDS:
        raise Invalid(f"q must have at most {MOST_WORDS} words.", field="q")
    return Wanted(
        user_id=user_id,
        room_id=query.room_id,
        author_id=query.author_id,
        after=_time(query.after, "after", -1),
        before=_time(query.before, "before", wire.MAX_INT),
        steps=parse_query(text),
    )


def _time(text: str | None, field: str, otherwise: int) -> int:
    """The time in milliseconds; ``otherwise`` if it is not given."""
    if text is None:
        return otherwise
    try:
        return to_ms(datetime.fromisoformat(text.upper()))
    except (ValueError, OverflowError):
        # This is a date such as the 30th of February.
        raise Invalid(f"{field} is not a valid time.", field=field) from None
