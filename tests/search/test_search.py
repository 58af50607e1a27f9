"""Searching the messages of one's rooms."""

from __future__ import annotations

import asyncio
from secrets import token_hex
from typing import Any

import pytest

from server.kernel.unseen import shows_nothing
from server.search.excerpt import EXCERPT_CHARACTERS
from tests.support.client import Refused, new_id
from tests.support.database import query
from tests.support.message_calls import HTTP
from tests.support.node import Node
from tests.support.search_calls import (
    room_with_texts,
    search,
    search_path,
    search_refusal,
    texts_found,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import World

Json = dict[str, Any]


async def test_search_messages_of_another(shared_world: SharedWorld) -> None:
    word = f"w{token_hex(6)}"
    room_id, ann, bob = await room_with_texts(shared_world, "something else")
    sent = (await HTTP.send(ann, room_id, text=f"Look, a {word}!")).message
    assert await search(bob, word) == {
        "items": [{"message": sent, "excerpt": f"Look, a {word}!", "hits": [[8, 8 + len(word)]]}],
        "has_more": False,
        "next": None,
    }


async def test_search_messages_by_words_phrases_and_beginnings(shared_world: SharedWorld) -> None:
    said = ["The release of notes", "Release-notes, finally", "A released note", "notes only"]
    room_id, _, bob = await room_with_texts(shared_world, *said)

    async def found(q: str) -> set[int]:
        return {said.index(text) for text in await texts_found(bob, q, room_id=room_id)}

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
    room_id, _, bob = await room_with_texts(shared_world, said)
    for q in ("angstrom", "ÅNGSTRÖM", "café", "CAFE creme", "straße", "привет", "Αθηνα", "cre"):
        assert await texts_found(bob, q, room_id=room_id) == [said], q
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
    room_id, _, bob = await room_with_texts(shared_world, *said)

    async def found(q: str) -> list[str]:
        return await texts_found(bob, q, room_id=room_id)

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
    room_id, _, bob = await room_with_texts(shared_world, *said)
    best = [said[n] for n in (3, 0, 4, 1, 2)]
    assert await texts_found(bob, "green tea", room_id=room_id) == best
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
    room_id, ann, bob = await room_with_texts(shared_world, *(f"apple {n}" for n in range(4)))
    page = await search(bob, "apple", room_id=room_id, limit=2)
    await HTTP.delete(ann, room_id, page["items"][-1]["message"]["seq"])
    assert await texts_found(bob, "apple", room_id=room_id, cursor=page["next"]) == [
        "apple 1",
        "apple 0",
    ]


async def test_search_messages_in_my_rooms_only(shared_world: SharedWorld) -> None:
    word = f"w{token_hex(6)}"
    room_id, ann, bob = await room_with_texts(shared_world, f"{word} one")
    carol = await shared_world.user("carol")
    direct = await ann.direct(carol)
    await HTTP.send(carol, direct["id"], text=f"{word} two")
    assert await texts_found(ann, word) == [f"{word} two", f"{word} one"]
    assert await texts_found(bob, word) == [f"{word} one"]
    assert await texts_found(carol, word) == [f"{word} two"]
    assert await texts_found(ann, word, room_id=room_id.upper()) == [f"{word} one"]
    assert await search_refusal(carol, search_path(word, room_id=room_id)) == ("not_found", None)
    assert await search_refusal(carol, search_path(word, room_id=new_id())) == ("not_found", None)

    await bob.call("leave_room", room_id=room_id)
    assert await texts_found(bob, word) == []
    assert await search_refusal(bob, search_path(word, room_id=room_id)) == ("not_found", None)
    await ann.http("POST", f"/rooms/{room_id}/members", {"user_ids": [carol.id]})
    assert await texts_found(carol, word) == [f"{word} two", f"{word} one"]
    await ann.http("DELETE", f"/rooms/{room_id}")
    assert await texts_found(carol, word) == [f"{word} two"]


async def test_search_messages_shows_edits_and_deletions_at_once(shared_world: SharedWorld) -> None:
    first, second = f"w{token_hex(6)}", f"w{token_hex(6)}"
    room_id, ann, bob = await room_with_texts(shared_world)
    seq = (await HTTP.send(ann, room_id, text=f"{first} 東京")).message["seq"]
    await HTTP.react(bob, room_id, seq, "👍")
    assert await texts_found(bob, first) == [f"{first} 東京"]
    now: Json = {"room_id": room_id, "at_once": True}
    await HTTP.edit(ann, room_id, seq, f"{second} 京都")
    assert await texts_found(bob, first, **now) == await texts_found(bob, "東京", **now) == []
    assert await texts_found(bob, second, **now) == await texts_found(bob, "京都", **now)
    assert await texts_found(bob, second, **now) == [f"{second} 京都"]
    await HTTP.delete(ann, room_id, seq)
    assert await texts_found(bob, second, **now) == await texts_found(bob, "京都", **now) == []


async def test_search_messages_knows_no_system_messages(shared_world: SharedWorld) -> None:
    room_id, ann, bob = await room_with_texts(shared_world, "hello")
    await ann.http("PATCH", f"/rooms/{room_id}", {"name": "renamed"})
    for q in ("renamed", "created", "system", "a"):
        assert await texts_found(bob, q, room_id=room_id) == []


async def test_search_messages_from_before_and_after(shared_world: SharedWorld) -> None:
    word = f"w{token_hex(6)}"
    room_id, ann, bob = await room_with_texts(shared_world)
    times = []
    for n, author in enumerate((ann, bob, ann)):
        sent = await HTTP.send(author, room_id, text=f"{word} {n}")
        times.append(sent.message["created_at"])
        await asyncio.sleep(0.002)
    assert await texts_found(bob, word, from_=ann.id.upper()) == [f"{word} 2", f"{word} 0"]
    assert await texts_found(ann, word, from_=bob.id, room_id=room_id) == [f"{word} 1"]
    assert await texts_found(ann, word, from_=new_id()) == []
    assert await texts_found(bob, word, before=times[1]) == [f"{word} 0"]
    assert await texts_found(bob, word, after=times[1]) == [f"{word} 2"]
    assert await texts_found(bob, word, after=times[0], before=times[2]) == [f"{word} 1"]
    offset = times[1].replace("Z", "+00:00")
    assert await texts_found(bob, word, before=offset) == [f"{word} 0"]
    for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"):
        assert (
            len(
                await texts_found(bob, word, after=moment)
                + await texts_found(bob, word, before=moment)
            )
            == 3
        )
    assert await search_refusal(bob, search_path("x", before="2026-02-30T00:00:00Z")) == (
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
    room_id, ann, bob = await room_with_texts(shared_world)
    texts = [text for text in NASTY if not shows_nothing(text)]
    seqs = [(await HTTP.send(ann, room_id, text=text)).message["seq"] for text in texts]
    for text in texts:
        found = await texts_found(bob, text, room_id=room_id, limit=100)
        if text.isascii() and any(map(str.isalnum, text)):
            assert text in found, text
    for text, seq in zip(texts, seqs, strict=True):
        await HTTP.edit(ann, room_id, seq, text + " edited")
        await HTTP.delete(ann, room_id, seq)
    assert await texts_found(bob, "edited", room_id=room_id) == []


async def test_search_messages_finds_in_the_longest_texts(shared_world: SharedWorld) -> None:
    room_id, ann, bob = await room_with_texts(shared_world)
    for letters in ("東", "a ", "x", "é ", "😀"):
        text = (letters * 8000)[:7990] + " theend"
        await HTTP.send(ann, room_id, text=text)
        item = (await search(bob, "theend", room_id=room_id))["items"][0]
        assert item["message"]["text"] == text
        assert len(item["excerpt"]) <= EXCERPT_CHARACTERS + 2
        assert [item["excerpt"][start:end] for start, end in item["hits"]] == ["theend"]


@pytest.mark.parametrize("kind", ["postgres"])
async def test_search_messages_that_came_in_one_millisecond(
    shared_world: SharedWorld, node: Node
) -> None:
    """More of them than are looked through at once."""
    room_id, _, bob = await room_with_texts(shared_world, "the first one")
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
    assert await texts_found(bob, "first", room_id=room_id) == ["the first one"]


async def test_search_messages_names_what_is_wrong(shared_world: SharedWorld) -> None:
    ann = await shared_world.user("ann", connect=False)
    for q in ("", "%20", "a%00b", "x" * 201, "x" * 5000, "%F0%9F%98%80" * 2500):
        assert await search_refusal(ann, f"/search/messages?q={q}") == ("validation_failed", "q"), (
            q[:9]
        )
    assert await search_refusal(ann, "/search/messages") == ("validation_failed", "q")
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
