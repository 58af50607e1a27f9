"""Searching the messages of one's rooms."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest

from server.backends.database import close_database, open_database
from server.errors import TooSlow
from server.search.entity import Term
from server.search.excerpt import LENGTH, excerpt, pattern
from server.search.letters import _FOLDED, MOST_REMEMBERED, fold
from server.search.query import parse
from tests.support.client import Refused, User, new_id
from tests.support.database import query
from tests.support.message_calls import HTTP, group_of
from tests.support.node import Node
from tests.support.services import Postgres
from tests.support.shared_world import SharedWorld
from tests.support.world import World, world_of

Json = dict[str, Any]
ACCENT = "\u0301"


def path(q: str, **more: Any) -> str:
    fields = {"q": q, **{name.rstrip("_"): value for name, value in more.items()}}
    return "/search/messages?" + "&".join(f"{k}={quote(str(v))}" for k, v in fields.items())


async def search(user: User, q: str, **more: Any) -> Json:
    page: Json = await user.http("GET", path(q, **more))
    assert set(page) == {"items", "has_more", "next"}
    assert page["has_more"] == (page["next"] is not None)
    return page


async def texts(user: User, q: str, **more: Any) -> list[str]:
    return [item["message"]["text"] for item in (await search(user, q, **more))["items"]]


async def refused(user: User, call: str) -> tuple[str, str | None]:
    with pytest.raises(Refused) as error:
        await user.http("GET", call)
    return error.value.code, error.value.field


async def room_with(shared_world: World, *said: str) -> tuple[str, User, User]:
    """A room of ann and bob, at two nodes where there are two, in which ann has said all that."""
    room_id, (ann, bob) = await group_of(shared_world)
    for text in said:
        await HTTP.send(ann, room_id, text=text)
    return room_id, ann, bob


async def test_search_messages_of_another(shared_world: SharedWorld) -> None:
    word = f"w{token_hex(6)}"
    room_id, ann, bob = await room_with(shared_world, "something else")
    sent = (await HTTP.send(ann, room_id, text=f"Look, a {word}!")).message
    assert await search(bob, word) == {
        "items": [{"message": sent, "excerpt": f"Look, a {word}!", "hits": [[8, 8 + len(word)]]}],
        "has_more": False,
        "next": None,
    }


async def test_search_messages_by_words_phrases_and_beginnings(shared_world: SharedWorld) -> None:
    said = ["The release of notes", "Release-notes, finally", "A released note", "notes only"]
    room_id, _, bob = await room_with(shared_world, *said)

    async def found(q: str) -> set[int]:
        return {said.index(text) for text in await texts(bob, q, room_id=room_id)}

    assert await found("release") == {0, 1, 2}
    assert await found("notes RELEASE") == {0, 1}
    assert await found("release notes") == {0, 1}
    assert await found('"release notes"') == {1}
    assert await found('"release"') == {0, 1}
    assert await found('"release note') == set()
    assert await found('"release note"*') == {1}
    assert await found("rel* note") == {0, 1, 2}
    assert await found("rele note*") == set()
    assert await found("not") == {0, 1, 2, 3}
    assert await found("release-notes") == {1}
    assert await found("elease") == set()


async def test_search_messages_without_case_and_accents(shared_world: SharedWorld) -> None:
    said = "Ångström trinkt Cafe\u0301 Crème in der Straße, ПРИВЕТ ΑΘΗΝΑ"
    room_id, _, bob = await room_with(shared_world, said)
    for q in ("angstrom", "ÅNGSTRÖM", "café", "CAFE creme", "straße", "привет", "Αθηνα", "cre"):
        assert await texts(bob, q, room_id=room_id) == [said], q
    item = (await search(bob, "cafe", room_id=room_id))["items"][0]
    assert [said[start:end] for start, end in item["hits"]] == ["Cafe\u0301"]


async def test_search_messages_without_spaces(shared_world: SharedWorld) -> None:
    said = [
        "明日は東京でPython入門です",
        "京東の話",
        "안녕하세요 여러분",
        "مرحبا بالعالم",
        "ไทย 東 京",
    ]
    room_id, _, bob = await room_with(shared_world, *said)

    async def found(q: str) -> list[str]:
        return await texts(bob, q, room_id=room_id)

    assert await found("東京") == [said[4], said[0]]
    assert await found("京東") == [said[1]]
    assert await found("東") == [said[4], said[1], said[0]]
    assert await found("python入門") == [said[0]]
    assert await found("python") == [said[0]]
    assert await found("하세요") == [said[2]]
    assert await found("بالعالم") == [said[3]]
    assert await found("مرح") == [said[3]]
    item = (await search(bob, "東京", room_id=room_id))["items"][1]
    assert [item["excerpt"][start:end] for start, end in item["hits"]] == ["東京"]


async def test_search_messages_are_best_first_in_pages(shared_world: SharedWorld) -> None:
    said = ["green tea", "tea is green", "green teapot", "a green tea", "tea, green: yes", "green"]
    room_id, _, bob = await room_with(shared_world, *said)
    best = [said[n] for n in (3, 0, 4, 1, 2)]
    assert await texts(bob, "green tea", room_id=room_id) == best
    for limit in (1, 2, 3, 4, 5):
        seen: list[str] = []
        more: Json = {"limit": limit, "room_id": room_id}
        while True:
            page = await search(bob, "green tea", **more)
            assert len(page["items"]) <= limit
            seen += [item["message"]["text"] for item in page["items"]]
            if not page["next"]:
                break
            more["cursor"] = page["next"]
        assert seen == best


async def test_search_messages_pages_go_on_after_a_deleted_one(shared_world: SharedWorld) -> None:
    room_id, ann, bob = await room_with(shared_world, *(f"apple {n}" for n in range(4)))
    page = await search(bob, "apple", room_id=room_id, limit=2)
    await HTTP.delete(ann, room_id, page["items"][-1]["message"]["seq"])
    assert await texts(bob, "apple", room_id=room_id, cursor=page["next"]) == ["apple 1", "apple 0"]


async def test_search_messages_in_my_rooms_only(shared_world: SharedWorld) -> None:
    word = f"w{token_hex(6)}"
    room_id, ann, bob = await room_with(shared_world, f"{word} one")
    carol = await shared_world.user("carol")
    direct = await ann.direct(carol)
    await HTTP.send(carol, direct["id"], text=f"{word} two")
    assert await texts(ann, word) == [f"{word} two", f"{word} one"]
    assert await texts(bob, word) == [f"{word} one"]
    assert await texts(carol, word) == [f"{word} two"]
    assert await texts(ann, word, room_id=room_id.upper()) == [f"{word} one"]
    assert await refused(carol, path(word, room_id=room_id)) == ("not_found", None)
    assert await refused(carol, path(word, room_id=new_id())) == ("not_found", None)

    await bob.call("leave_room", room_id=room_id)
    assert await texts(bob, word) == []
    assert await refused(bob, path(word, room_id=room_id)) == ("not_found", None)
    await ann.http("POST", f"/rooms/{room_id}/members", {"user_ids": [carol.id]})
    assert await texts(carol, word) == [f"{word} two", f"{word} one"]
    await ann.http("DELETE", f"/rooms/{room_id}")
    assert await texts(carol, word) == [f"{word} two"]


async def test_search_messages_shows_edits_and_deletions_at_once(shared_world: SharedWorld) -> None:
    first, second = f"w{token_hex(6)}", f"w{token_hex(6)}"
    room_id, ann, bob = await room_with(shared_world)
    seq = (await HTTP.send(ann, room_id, text=f"{first} 東京")).message["seq"]
    await HTTP.react(bob, room_id, seq, "👍")
    assert await texts(bob, first) == [f"{first} 東京"]
    await HTTP.edit(ann, room_id, seq, f"{second} 京都")
    assert await texts(bob, first) == []
    assert await texts(bob, "東京", room_id=room_id) == []
    assert await texts(bob, second) == await texts(bob, "京都", room_id=room_id)
    assert await texts(bob, second) == [f"{second} 京都"]
    await HTTP.delete(ann, room_id, seq)
    assert await texts(bob, second) == await texts(bob, "京都", room_id=room_id) == []


async def test_search_messages_knows_no_system_messages(shared_world: SharedWorld) -> None:
    room_id, ann, bob = await room_with(shared_world, "hello")
    await ann.http("PATCH", f"/rooms/{room_id}", {"name": "renamed"})
    for q in ("renamed", "created", "system", "a"):
        assert await texts(bob, q, room_id=room_id) == []


async def test_search_messages_from_before_and_after(shared_world: SharedWorld) -> None:
    word = f"w{token_hex(6)}"
    room_id, ann, bob = await room_with(shared_world)
    times = []
    for n, author in enumerate((ann, bob, ann)):
        sent = await HTTP.send(author, room_id, text=f"{word} {n}")
        times.append(sent.message["created_at"])
        await asyncio.sleep(0.002)
    assert await texts(bob, word, from_=ann.id.upper()) == [f"{word} 2", f"{word} 0"]
    assert await texts(ann, word, from_=bob.id, room_id=room_id) == [f"{word} 1"]
    assert await texts(ann, word, from_=new_id()) == []
    assert await texts(bob, word, before=times[1]) == [f"{word} 0"]
    assert await texts(bob, word, after=times[1]) == [f"{word} 2"]
    assert await texts(bob, word, after=times[0], before=times[2]) == [f"{word} 1"]
    offset = times[1].replace("Z", "+00:00")
    assert await texts(bob, word, before=offset) == [f"{word} 0"]
    for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"):
        assert (
            len(await texts(bob, word, after=moment) + await texts(bob, word, before=moment)) == 3
        )
    assert await refused(bob, path("x", before="2026-02-30T00:00:00Z")) == (
        "validation_failed",
        "before",
    )


NASTY = [
    *("'", '"', '""', '"""', "\\", "*", "**", "-", "+", "^", "(", ")", "()", "((", ":", ":*", "!"),
    *("&", "|", "<->", "<2>", "!!", "~", "%", "_", "{", "}", "[", "$1", "?1", ";--", "#", "@"),
    *("AND", "OR", "NOT", "NEAR", "a AND", "NOT a", "a OR OR b", "NEAR(a b, 2)", "a + b", "^a"),
    *("text: a", "text:a*", "{text}: a", "-text: a", "a:ABCD", "a:*", "'a' & 'b", "a <-> b | !c"),
    *("a\\", "\\'", "a' OR '1'='1", '"a" "', '"a*"', "a*b", "*a", "NULL", "http://a.b/c?d=e#f"),
    *("a@b.c", "/usr/lib", "1e5", "-1.5", "v1.2.3", "&lt;b&gt;", "<b>a</b>", "\u200f\u202eabc"),
    *("😀", "👩‍👩‍👧", "🇩🇪", "ﷺ", "ﬁn", "İ", "ß", "é" * 100, "\u0301", "\u0301" * 200, "東" * 200),
    *("a " * 16, "x" * 200, "😀" * 200, "ﷺ" * 200, '"' * 200, "*" * 200, "\ufeff", "\uffff"),
    *("\t\r\n a \v\f", "\u2028", "ๆ", "हिन्दी", "\U000e0041", "a\u00adb", "\x1b[0m", "\x7f"),
]


@pytest.mark.usefixtures("no_errors_logged")
async def test_search_messages_takes_any_text(shared_world: SharedWorld) -> None:
    """As what is looked for and as what is sent, edited and deleted."""
    room_id, ann, bob = await room_with(shared_world)
    for text in NASTY:
        if not text.strip():
            continue
        sent = (await HTTP.send(ann, room_id, text=text)).message
        found = await texts(bob, text, room_id=room_id)
        if text.isascii() and any(map(str.isalnum, text)):
            assert text in found, text
        await HTTP.edit(ann, room_id, sent["seq"], text + " edited")
        await HTTP.delete(ann, room_id, sent["seq"])
    assert await texts(bob, "edited", room_id=room_id) == []


async def test_search_messages_finds_in_the_longest_texts(shared_world: SharedWorld) -> None:
    room_id, ann, bob = await room_with(shared_world)
    for letters in ("東", "a ", "x", "é ", "😀"):
        text = (letters * 8000)[:7990] + " theend"
        await HTTP.send(ann, room_id, text=text)
        item = (await search(bob, "theend", room_id=room_id))["items"][0]
        assert item["message"]["text"] == text
        assert len(item["excerpt"]) <= LENGTH + 2
        assert [item["excerpt"][start:end] for start, end in item["hits"]] == ["theend"]


@pytest.mark.parametrize("kind", ["postgres"])
async def test_search_messages_that_came_in_one_millisecond(
    shared_world: SharedWorld, node: Node
) -> None:
    """More of them than are looked through at once."""
    room_id, _, bob = await room_with(shared_world, "the first one")
    many = """
        INSERT INTO messages (id, room_id, seq, version, ordinal, kind, author_id, text, created_at)
        SELECT gen_random_uuid(), room_id, seq + n, version, ordinal, kind, author_id,
            'the next one', created_at FROM messages, generate_series(1, 3100) n
        WHERE room_id = $1 AND kind = 'text'
    """
    await query(node, many, room_id)
    grown = "UPDATE rooms SET last_seq = last_seq + 3100 WHERE id = $1"
    await query(node, grown, room_id)
    page = await search(bob, "one", room_id=room_id, limit=2)
    assert [item["message"]["seq"] for item in page["items"]] == [3102, 3101]
    assert await texts(bob, "first", room_id=room_id) == ["the first one"]


async def test_search_messages_names_what_is_wrong(shared_world: SharedWorld) -> None:
    ann = await shared_world.user("ann", connect=False)
    for q in ("", "%20", "a%00b", "x" * 201, "x" * 5000, "%F0%9F%98%80" * 2500):
        assert await refused(ann, f"/search/messages?q={q}") == ("validation_failed", "q"), q[:9]
    assert await refused(ann, "/search/messages") == ("validation_failed", "q")
    page = await search(ann, "anything")
    assert page == {"items": [], "has_more": False, "next": None}


async def test_search_messages_takes_so_many_words(world: World) -> None:
    """Those in phrases count, and what parts words makes more of them; what writes no spaces is
    one, as long as it goes on."""
    ann = await world.user("ann", connect=False)
    for q in (
        " ".join("abcdefghijklmnop"),
        '"a b c d e f g h" ijk* l-m-n-o p q r'[:35],
        "東京都庁" * 50,
        "日本語で検索する",
        "a" * 200,
        "😀 " * 100,
        "- * " * 50,
    ):
        assert (await search(ann, q))["items"] == [], q
    for q in (
        "a " * 17,
        '"a b c d e f g h" "i j k l m n o p" q',
        "a-b." * 9,
        "a* " * 20,
        "東 a" * 9,
    ):
        with pytest.raises(Refused) as error:
            await search(ann, q)
        assert (error.value.code, error.value.field) == ("validation_failed", "q"), q
        assert "16 words" in str(error.value.error)


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
    for terms in parse(q):
        shown, hits = excerpt(text, pattern(terms))
        assert hits and all(0 <= start < end <= len(shown) for start, end in hits)
    assert time.thread_time() - began < 1


async def test_hostile_texts_are_found_and_excerpted(kind: str, shared_world: SharedWorld) -> None:
    room_id, _, bob = await room_with(shared_world, *(text for _, text in HOSTILE))
    for q, text in HOSTILE:
        shown = await texts(bob, q, room_id=room_id, limit=100)
        # Of a word that comes more often, PostgreSQL keeps the first 256 places for phrases.
        late = kind == "postgres" and ('"' in q or "東" in q)
        assert text in shown or late, q[:20]


async def test_search_messages_ends_a_page_early(shared_world: SharedWorld) -> None:
    """Near half a MiB, wherever that is among what was found; the next page goes on there."""
    said = [f"{n} word " + "東" * 7_900 for n in range(30)]
    room_id, ann, bob = await room_with(shared_world)
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
    room_id, ann, bob = await room_with(shared_world)
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


async def test_messages_from_before_the_index_are_found(
    kind: str, tmp_path: Any, request: pytest.FixtureRequest
) -> None:
    node = Node(tmp_path)
    if kind == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        node = Node(tmp_path, DATABASE_URL=postgres.create_database(new_id()))
    assert node.run("migrate", "up", "2").returncode == 0
    room = new_id()
    rows = ", ".join(
        f"('{new_id()}', '{room}', {n}, {n}, 1, '{of}', '{text}', 7, {gone})"
        for n, (of, text, gone) in enumerate(
            [
                ("text", "old 東京", "NULL"),
                ("system", "", "NULL"),
                ("text", "", 1),
                ("text", "x", "NULL"),
            ]
        )
    )
    columns = "id, room_id, seq, version, ordinal, kind, text, created_at, deleted_at"
    await query(node, f"INSERT INTO messages ({columns}) VALUES {rows}")
    assert node.run("migrate", "up").returncode == 0
    words = {
        "sqlite": "search_words MATCH '\"東 京\"'",
        "postgres": "words @@ search_query('{東京}', '{f}')",
    }
    joined = " JOIN search_words w ON w.rowid = s.id" if kind == "sqlite" else ""
    found = f"SELECT s.seq FROM search_messages s{joined} WHERE {words[kind]}"
    assert await query(node, found) == [{"seq": 0}]
    assert await query(node, "SELECT count(*) AS n FROM search_messages") == [{"n": 2}]
    if kind == "postgres":
        letters = "SELECT letters FROM search_messages ORDER BY seq"
        assert await query(node, letters) == [{"letters": "東京"}, {"letters": None}]
    # Text that comes later, to what was sent without one.
    await query(node, "UPDATE messages SET text = '東京', deleted_at = NULL WHERE seq = 2")
    assert sorted(row["seq"] for row in await query(node, found)) == [0, 2]
    await query(node, "DELETE FROM messages")
    assert await query(node, found) == []


async def role_without_rights(postgres: Postgres, folder: Path) -> Node:
    """A node whose account may make tables in its database, and no extension."""
    owned = Node(folder / "owner", DATABASE_URL=postgres.create_database(f"plain-{new_id()}"))
    await query(owned, "CREATE ROLE plain LOGIN")
    await query(owned, "GRANT ALL ON SCHEMA public TO plain")
    url = owned.database_url.replace("//postgres@", "//plain@")
    return Node(folder / "plain", DATABASE_URL=url, AUTO_MIGRATE="on")


RUNS = [
    "東京都庁で会う",
    "東京、都庁",
    "東・京\n都",
    "京都庁は東",
    "東 python 京都",
    "ﾄｳｷｮｳﾄ",
    "㍿東京",
    "안녕하세요 여러분",
]
FOUND_BY = {
    "東京都": {0, 1, 2},
    "東京都*": {0, 1, 2},
    "東京都庁": {0, 1},
    "京都庁": {0, 1, 3},
    "京都庁 東京都": {0, 1},
    '"東 python 京都"': {4},
    "トウキョウト": {5},
    "ｔｏｕ東京": set(),
    "株式会社東": {6},
    "안녕하": {7},
    "하세요여러": {7},
}


@pytest.mark.parametrize("kind", ["postgres"])
async def test_search_messages_with_trigrams_and_without(
    node: Node, postgres: Postgres, tmp_path: Path
) -> None:
    """The extension makes it quicker, and changes no answer."""
    available = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"
    indexes = "SELECT count(*) AS n FROM pg_indexes WHERE indexname = 'idx_search_messages_letters'"
    without = await role_without_rights(postgres, tmp_path)
    try:
        for each in (node, without.start()):
            async with world_of([each]) as world:
                room_id, _, bob = await room_with(world, *RUNS)
                for q, found in FOUND_BY.items():
                    shown = await texts(bob, q, room_id=room_id)
                    assert {RUNS.index(text) for text in shown} == found, q
        made = [(await query(each, indexes))[0]["n"] for each in (node, without)]
        assert made == [len(await query(node, available)), 0]
        said = [line.get("reason") for line in without.log_lines()]
        assert 'permission denied to create extension "pg_trgm"' in said
    finally:
        without.stop()


@pytest.mark.parametrize("kind", ["postgres"])
async def test_trigrams_answer_for_runs_of_three(node: Node) -> None:
    if not await query(node, "SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'"):
        pytest.skip("this PostgreSQL has no pg_trgm")
    small = {"enable_seqscan": "off"}
    connection = await asyncpg.connect(node.database_url, server_settings=small)
    explain = "EXPLAIN SELECT FROM search_messages WHERE letters LIKE search_run('{%s}')"
    try:
        for phrase in ("東京都", "x 東・京 都", "한국어", "ｶﾀｶ", "東京,京都市"):
            plan = await connection.fetch(explain.replace("%s", phrase))
            assert "idx_search_messages_letters" in str(plan), phrase
        for phrase in ("東京", "東京,都庁", "three", "東 three 京"):
            assert await connection.fetchval(f"SELECT search_run('{{{phrase}}}')") is None, phrase
    finally:
        await connection.close()


def test_what_was_typed_as_steps() -> None:
    a, b = Term("a"), Term("b")
    assert parse("a") == ((a,), (Term("a", True),))
    assert parse("a b") == ((Term("a b"),), (a, b), (a, Term("b", True)))
    assert parse('"a b" c*') == ((Term("a b"), Term("c", True)),)
    assert parse("\u201ca b\u201d") == ((Term("a b"),),)
    assert parse("東京") == ((Term("東京"),),)
    assert parse("- * 🎉") == ()


@pytest.mark.parametrize(
    ("text", "q", "shown"),
    [
        ("one two one", "one", ["one", "one"]),
        ("🎉🎉 ünder", "under", ["ünder"]),
        ("Release-notes released", "rel", []),
        ("Release-notes released", "rel*", ["Release", "released"]),
        ("release, notes", '"release notes"', ["release, notes"]),
        ("Ｗide ﬁ", "wide", ["Ｗide"]),
        ("a_b", "b", ["b"]),
    ],
)
def test_hits(text: str, q: str, shown: list[str]) -> None:
    whole, hits = excerpt(text, pattern(parse(q)[0]))
    assert whole == text
    assert [whole[start:end] for start, end in hits] == shown


def test_letters_are_folded_one_for_one() -> None:
    """And not all of them are remembered, however many there are."""
    everything = "".join(map(chr, range(1, 0x11_0000)))
    assert len(fold(everything)) == len(everything)
    assert fold("A_b Ünder É") == "a b under e"
    assert len(_FOLDED) <= MOST_REMEMBERED


def test_an_excerpt_is_around_the_first_hit() -> None:
    text = f"{'before ' * 100}needle {'after ' * 100}needle"
    shown, hits = excerpt(text, pattern((Term("needle"),)))
    assert shown[0] == shown[-1] == "…" and len(shown) == LENGTH + 2
    assert shown.startswith("…before ")
    assert [shown[start:end] for start, end in hits] == ["needle"]
    assert excerpt("x " * 200, None) == ("x " * 100 + "…", [])
