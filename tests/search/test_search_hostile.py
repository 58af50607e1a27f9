"""Searches that are made to be slow, and that hold up nobody."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from server.backends.database import close_database, open_database
from server.kernel.errors import TooSlow
from server.search.excerpt import excerpt, pattern
from server.search.query import parse_query
from tests.support.client import new_id
from tests.support.message_calls import HTTP
from tests.support.search_calls import (
    ACCENT,
    room_with_texts,
    search,
    texts_found,
)
from tests.support.services import Postgres
from tests.support.shared_world import SharedWorld

Json = dict[str, Any]


HOSTILE = [
    # What is looked for, and a text that has it at its end, behind much that looks like it.
    ('"a b c"', f"a{ACCENT * 2600} b{ACCENT * 2600} a b c"),
    ('"a a a a a a a a b"', "a " * 3900 + "b"),
    ("東" * 190 + "京", "東" * 7900 + "京"),
    ('"' + "ab" * 90 + 'c"', "ab" * 3900 + " " + "ab" * 90 + "c"),
    ("é* É* ê*", "é" * 3000 + " e"),
    (" ".join("abcdefghijklmnop"), "a b c d e f g h i j k l m n o p " * 250),
    ("zz", f"{ACCENT}- _" * 1900 + " zz"),
    ('"x y"', "x" + "-" * 7900 + "y"),
    ("end", "👩‍👩‍👧 " * 1300 + "end"),
]


@pytest.mark.parametrize(("q", "text"), HOSTILE)
def test_hits_are_found_in_time_that_grows_with_the_text_alone(q: str, text: str) -> None:
    """A pattern that tries again and again would take minutes for some of these."""
    assert len(text) <= 8000
    began = time.thread_time()
    for terms in parse_query(q):
        shown, hits = excerpt(text, pattern(terms))
        assert hits and all(0 <= start < end <= len(shown) for start, end in hits)
    assert time.thread_time() - began < 1


async def test_hostile_texts_are_found_and_excerpted(kind: str, shared_world: SharedWorld) -> None:
    room_id, _, bob = await room_with_texts(shared_world, *(text for _, text in HOSTILE))
    for q, text in HOSTILE:
        shown = await texts_found(bob, q, room_id=room_id, limit=100)
        # Of a word that comes more often, PostgreSQL keeps the first 256 places for phrases.
        late = kind == "postgres" and ('"' in q or "東" in q)
        assert text in shown or late, q[:20]


async def test_search_messages_ends_a_page_early(shared_world: SharedWorld) -> None:
    """Near half a MiB, wherever that is among what was found; the next page goes on there."""
    said = [f"{n} word " + "東" * 7_900 for n in range(30)]
    room_id, ann, bob = await room_with_texts(shared_world)
    for text in said:
        await HTTP.send(ann, room_id, text=text)
    seen: list[str] = []
    more: Json = {"room_id": room_id, "limit": 100}
    while True:
        page = await search(bob, "word", **more)
        assert 0 < len(page["items"]) <= 22
        seen += [item["message"]["text"] for item in page["items"]]
        if not page["next"]:
            break
        more["cursor"] = page["next"]
    assert seen == said[::-1]


async def test_ten_searches_of_one_do_not_make_anothers_fail(shared_world: SharedWorld) -> None:
    room_id, ann, bob = await room_with_texts(shared_world)
    for n in range(20):
        await HTTP.send(ann, room_id, text=" ".join("abcdefghijklmnop") * 200 + f" {n}")
    q = " ".join("abcdefghijklmnop")[:29]
    many = [asyncio.ensure_future(search(ann, q, room_id=room_id)) for _ in range(10)]
    assert len((await search(bob, q, room_id=room_id, limit=3))["items"]) == 3
    assert all(len(page["items"]) == 20 for page in await asyncio.gather(*many))


async def test_a_slow_statement_is_ended(
    kind: str, tmp_path: Any, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/chat.db"
    if kind == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.create_database(new_id())
    database = await open_database(url)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT count(*) FROM n"
    try:
        with pytest.raises(TooSlow):
            async with database.reading(0.05) as db:
                await db.fetch(endless)
        # All statements together, and the next reader has its own time.
        with pytest.raises(TooSlow):
            async with database.reading(0.05) as db:
                for _ in range(1_000_000):
                    await db.fetch("SELECT 1 AS one")
        async with database.reading(0.05) as db:
            assert [dict(row) for row in await db.fetch("SELECT 1 AS one")] == [{"one": 1}]
    finally:
        await close_database()
