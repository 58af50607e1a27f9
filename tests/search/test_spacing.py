"""SQLite's index has the same words whoever parts a text for it: this server, the triggers of this
schema, or those before it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.backends.database import close_database, open_database
from server.backends.migrations import down, up
from server.search import spacing
from server.search.letters import SPACELESS, is_spaceless, spaced
from server.search.spacing import LEAST_CHARACTERS, speed_up
from tests.support.client import new_id
from tests.support.database import query
from tests.support.node import Node
from tests.support.search_calls import room_with_texts, texts_found
from tests.support.world import World

# How many migrations there were before it.
BEFORE = 7
SAID = [
    "plain words, and_more 123",
    "東京都庁で会う、明日は休み。",
    "明日は東京でPython入門です",
    "々々 〇〇 人々 a々b 〻",
    "カタカナ・ひらがな ゛゜ ヽヾ ー",
    "ﾊﾝｶｸ ｶﾅ ﾞﾟ ｡｢｣､･",
    "안녕하세요 여러분 ᄒ\u1161\u11ab ㄱㄴㄷ",
    "a字b 字c字 1字2 _字_ é字ü",
    "字" * 7 + "x",
    "𠀀𠮷𪛖 a𠮷b \U0002fa1d \U0003fffd \U0003fffe",
    "豈更車 \uf900\ufaff\ufb00",
    "e\u0301 字\u0301 か\u3099 が \u0301字",
    "👍🏽 👩\u200d👩\u200d👧 字👍字 \ue000 \ufe0f",
    "مرحبا بالعالم ไทย हिन्दी привет",
    "line\nline\t字\r\n字\u3000字\u00a0字\u200b字\ufeff",
    "'字' \"字\" % _ * [字] ^字 \\字 ]字",
    "\u303f\u3040\u30ff\u3100\u33ff\u3400\u4dbf\u4dc0\u4dff\u4e00\u9fff\ua000\uabff\uac00\ud7a3\ud7a4",
    "\uff65\uff66\uff9d\uff9e \U0001ffff\U00020000",
    "株式会社㍿ ①Ⅷ ㋿ ｔｏｕ",
]
# Short ones, ones that the server parts, and as long as a message may be.
TEXTS = [
    *SAID,
    *(text * (LEAST_CHARACTERS // len(text) + 1) for text in SAID),
    ("字" * LEAST_CHARACTERS)[:-1],
    "字" * LEAST_CHARACTERS,
    *(("".join(SAID[n:] + SAID[:n]) * 40)[:8000] for n in (0, 3)),
    "".join(chr(0x4E00 + n) for n in range(8000)),
]
OTHERS = [*TEXTS[5:], *TEXTS[:5]]
INSERT = (
    "INSERT INTO messages (id, room_id, seq, version, ordinal, kind, text, created_at)"
    " VALUES (?, 'room', ?, 1, 1, ?, ?, 7)"
)
# In a temporary table, so that the schema stays what it is.
WORDS = "CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search_words, instance)"

Rows = list[tuple[object, ...]]


class Index:
    """A database, and its messages written past any server."""

    def __init__(self, folder: Path, *, quick: bool = False) -> None:
        self._file = folder / "chat.db"
        self._quick = quick
        self.url = f"sqlite:///{self._file}"

    def do(self, sql: str, rows: Rows) -> None:
        with closing(self._opened()) as raw:
            raw.execute("BEGIN")
            raw.executemany(sql, rows)
            raw.execute("COMMIT")

    def words(self) -> Rows:
        """Each word with its document and its place."""
        with closing(self._opened()) as raw:
            raw.execute("INSERT INTO search_words (search_words) VALUES ('integrity-check')")
            raw.execute(WORDS)
            return raw.execute("SELECT term, doc, offset FROM words ORDER BY 1, 2, 3").fetchall()

    def left(self) -> int:
        with closing(self._opened()) as raw:
            return int(raw.execute("SELECT count(*) FROM search_spaced").fetchone()[0])

    def _opened(self) -> sqlite3.Connection:
        raw = sqlite3.connect(self._file, isolation_level=None)
        if self._quick:
            speed_up(raw)
        return raw


# What happens to the messages, one after the other.
STEPS: list[tuple[str, Rows]] = [
    (INSERT, [(new_id(), n, "text", text) for n, text in enumerate(TEXTS)]),
    (INSERT, [(new_id(), 1000 + n, "system", text) for n, text in enumerate(TEXTS)]),
    (INSERT, [(new_id(), 2000, "text", "")]),
    ("UPDATE messages SET text = ? WHERE seq = ?", [(t, n) for n, t in enumerate(OTHERS)]),
    # To itself; and all at once, in one statement.
    ("UPDATE messages SET text = text WHERE seq < ?", [(9,)]),
    ("UPDATE messages SET text = text || ?", [("字" * LEAST_CHARACTERS,)]),
    ("UPDATE messages SET text = ? WHERE seq = 2000", [("",), ("後" * LEAST_CHARACTERS,)]),
    ("UPDATE messages SET deleted_at = NULL WHERE seq < ?", [(9,)]),
    ("UPDATE messages SET text = '', deleted_at = 8 WHERE seq % 3 = ?", [(1,)]),
    ("UPDATE messages SET deleted_at = 8 WHERE seq % 3 = ?", [(2,)]),
    ("UPDATE messages SET deleted_at = NULL WHERE seq = ?", [(2,)]),
    ("UPDATE messages SET text = ? WHERE seq = 5", [(TEXTS[-1],)]),
    ("DELETE FROM messages WHERE seq % 2 = ?", [(0,), (1,)]),
]


# Before which step the schema changes under an index that has rows.
MOVES = {1: up, 4: down, 6: up, 10: down}


async def test_the_index_has_the_words_that_it_had(tmp_path: Path) -> None:
    """The same after each step, through a server's connection and through any other."""
    before, past = Index(tmp_path / "before"), Index(tmp_path / "past")
    quick, moved = (Index(tmp_path / name, quick=True) for name in ("quick", "moved"))
    for index, steps in ((before, BEFORE), (moved, BEFORE), (quick, None), (past, None)):
        await up(index.url, steps)
    for n, (sql, rows) in enumerate(STEPS):
        if n in MOVES:
            assert await MOVES[n](moved.url, 1) == 1
        before.do(sql, rows)
        words = before.words()
        for index in (quick, past, moved):
            index.do(sql, rows)
            assert index.words() == words, (n, sql)
        assert quick.left() == past.left() == 0, (n, sql)
        # At last all are deleted.
        assert bool(words) == (n < len(STEPS) - 1)


def test_every_character_is_a_word_to_both_or_to_none() -> None:
    with closing(sqlite3.connect(":memory:")) as raw:
        every = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 0x10ffff)"
            f" SELECT i FROM n WHERE char(i) GLOB '[{SPACELESS}]'"
        )
        by_sql = [row[0] for row in raw.execute(every)]
    assert by_sql == [code for code in range(0x110000) if is_spaceless(chr(code))]
    assert spaced("a字字b") == "a 字  字 b"


@pytest.fixture
def mistaken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the server parts becomes something else."""
    monkeypatch.setattr(spacing, "spaced", lambda text: f"mistaken {len(text)}")
    yield


@pytest.mark.usefixtures("mistaken")
async def test_a_servers_connection_parts_long_texts_itself(tmp_path: Path) -> None:
    index = Index(tmp_path)
    await up(index.url)
    # Below, of another script, and of ASCII alone.
    kept = ["字" * (LEAST_CHARACTERS - 1), "word " * LEAST_CHARACTERS]
    database = await open_database(index.url)
    try:
        for n, text in enumerate([*kept, "字" * LEAST_CHARACTERS]):
            sql = INSERT.replace("?", "${}").format(1, 2, 3, 4)
            await database.execute(sql, new_id(), n, "text", text)
        assert {row[0] for row in index.words()} == {
            "字",
            "word",
            "mistaken",
            f"{LEAST_CHARACTERS}",
        }
        longer = "字" * (LEAST_CHARACTERS + 1)
        await database.execute("UPDATE messages SET text = $1 WHERE seq = 2", longer)
        assert {row[0] for row in index.words()} == {
            "字",
            "word",
            "mistaken",
            f"{LEAST_CHARACTERS + 1}",
        }
        await database.execute("UPDATE messages SET text = '', deleted_at = 1 WHERE seq = 2")
        assert {row[0] for row in index.words()} == {"字", "word"}
    finally:
        await close_database()


async def test_long_texts_are_found_edited_and_deleted(
    shared_world: World, node: Node, kind: str
) -> None:
    text, other = (chr(first) * 3 + "中" * 7_000 + "終わり" for first in (0x6771, 0x897F))
    room_id, ann, bob = await room_with_texts(shared_world, text)
    assert await texts_found(bob, "東中", room_id=room_id) == [text]
    page = await bob.http("GET", f"/rooms/{room_id}/messages")
    seq = next(item["seq"] for item in page["items"] if item["text"] == text)
    await ann.http("PATCH", f"/rooms/{room_id}/messages/{seq}", {"text": other})
    assert await texts_found(bob, "東中", room_id=room_id) == []
    assert await texts_found(bob, "終わり", room_id=room_id) == [other]
    await ann.http("DELETE", f"/rooms/{room_id}/messages/{seq}")
    assert await texts_found(bob, "終わり", room_id=room_id) == []
    if kind == "sqlite":
        assert await query(node, "SELECT * FROM search_spaced") == []
