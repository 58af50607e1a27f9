"""Folds what people search: messages, the names of users and rooms, and email addresses.

Before, the index kept the accents of all scripts but Latin, and letters that do not decompose. Now it
has the words that ``server/search/words.py`` makes. On SQLite the server makes them, because SQL
cannot: it stores them in ``search_folded``, the triggers take them from there, and ``search_messages``
keeps them, since a word can only be taken out of the index by the text that it came from. On
PostgreSQL functions make them.

The index of the messages that exist is made anew while the server runs, from the newest on SQLite
(``server/search/refolding.py``); ``facts`` says how far it is. Until it is done, SQLite finds only the
messages that are in the new index already, and PostgreSQL finds what the old index has.
"""

import unicodedata
from collections.abc import AsyncIterator, Callable
from importlib import import_module

import structlog
from tortoise import BaseDBAsyncClient
from tortoise.exceptions import BaseORMException

from migrations.files import SEARCH_FOLD, SEARCH_MESSAGE_CHANGED, SEARCH_TRIGGERS, function
from server.auth.rules import email_key
from server.kernel.folding import fold_name

RUN_IN_TRANSACTION = True

log = structlog.get_logger("migrations")

# See the first migration.
BEGIN = "BEGIN;"

Key = Callable[[str], str]
# How many rows are read at a time.
PART = 1_000
# Where a text has a letter beyond ASCII, for each database.
BEYOND = {"sqlite": "length(CAST({0} AS BLOB)) > length({0})", "postgres": "octet_length({0}) > length({0})"}
# Table, its key, the text, the column with the folded text, and how long that may be.
FOLDED = (
    ("users", "id", "display_name", "display_key", 192),
    ("rooms", "id", "name", "name_key", 300),
)
ADDRESSES = ("user_credentials", "user_id", "email", "email_key", 254)


async def upgrade(db: BaseDBAsyncClient) -> str:
    for column in FOLDED:
        await _fold(db, *column, fold_name)
    await _fold(db, *ADDRESSES, email_key)
    await _held(db, email_key)
    if db.capabilities.dialect == "sqlite":
        return BEGIN + SQLITE_UP
    return f"{await _lower(db)}{function(SEARCH_FOLD, 1)}{function(SEARCH_MESSAGE_CHANGED, 3)}{POSTGRES_UP}"


async def downgrade(db: BaseDBAsyncClient) -> str:
    for column in FOLDED:
        await _fold(db, *column, _composed)
    await _fold(db, *ADDRESSES, str.lower)
    await _held(db, str.lower)
    if db.capabilities.dialect == "sqlite":
        return BEGIN + SQLITE_DOWN
    return function(SEARCH_MESSAGE_CHANGED, 2) + POSTGRES_DOWN


def _composed(text: str) -> str:
    """The key before this migration."""
    return unicodedata.normalize("NFC", text).casefold()


async def _fold(
    db: BaseDBAsyncClient, table: str, key: str, text: str, column: str, most: int, made: Key
) -> None:
    """Makes a column anew from a text. A row keeps its old value if another row has the new one."""
    mark, other = ("?", "?") if db.capabilities.dialect == "sqlite" else ("$1", "$2")
    same = f"SELECT 1 FROM {table} WHERE {column} = {mark} AND {key} <> {other}"
    change = f"UPDATE {table} SET {column} = {mark} WHERE {key} = {other}"
    done = 0
    async for row in _rows(db, table, key, text, column):
        wanted = made(row["text"])[:most]
        if wanted == row["old"]:
            continue
        if column == "email_key" and await db.execute_query_dict(same, [wanted, row["id"]]):
            log.warning("two accounts have the same address", user_id=str(row["id"]))
            continue
        await db.execute_query(change, [wanted, row["id"]])
        done += 1
    if done:
        log.info("folded", table=table, rows=done)


async def _rows(
    db: BaseDBAsyncClient, table: str, key: str, text: str, column: str
) -> AsyncIterator[dict]:
    dialect = db.capabilities.dialect
    mark = "?" if dialect == "sqlite" else "$1"
    last = "00000000-0000-0000-0000-000000000000"
    while True:
        rows = await db.execute_query_dict(
            f"SELECT {key} AS id, {text} AS text, {column} AS old FROM {table} WHERE {key} > {mark}"
            f" AND {BEYOND[dialect].format(text)} ORDER BY {key} LIMIT {PART}",
            [last],
        )
        for row in rows:
            yield row
        if len(rows) < PART:
            return
        last = rows[-1]["id"]


async def _held(db: BaseDBAsyncClient, made: Key) -> None:
    """Folds the addresses that are held for their former owners."""
    dialect = db.capabilities.dialect
    rows = await db.execute_query_dict(
        f"SELECT token_hash, email FROM email_tokens WHERE held_key IS NOT NULL AND {BEYOND[dialect].format('email')}"
    )
    marks = ("?", "?") if dialect == "sqlite" else ("$1", "$2")
    for row in rows:
        change = "UPDATE email_tokens SET held_key = {} WHERE token_hash = {}".format(*marks)
        await db.execute_query(change, [made(row["email"])[:254], row["token_hash"]])


async def _lower(db: BaseDBAsyncClient) -> str:
    """A function for lower case that knows all scripts, whatever the database's locale."""
    for collation in ("pg_c_utf8", "und-x-icu", "C.utf8", "C.UTF-8", "en_US.utf8", "default"):
        try:
            async with db._in_transaction() as trying:
                found = await trying.execute_query_dict(
                    f"""SELECT lower('ÀЖΣՖ𐐀' COLLATE "{collation}") AS lower"""
                )
        except BaseORMException:
            continue
        if found[0]["lower"].replace("ς", "σ") == "àжσֆ𐐨":
            return LOWER.format(f'lower(given COLLATE "{collation}")')
    log.warning("the database cannot fold case beyond ASCII")
    return LOWER.format("lower(given)")


LOWER = """
CREATE FUNCTION search_lower(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT {}
$$;
"""

POSTGRES_UP = """
INSERT INTO facts (name, value) SELECT 'search_refold', '[]'
    WHERE EXISTS (SELECT 1 FROM search_messages);
"""

# The way up keeps the old functions, because older nodes call them while newer ones start.
POSTGRES_DOWN = f"""
DELETE FROM facts WHERE name = 'search_refold';
UPDATE search_messages s SET words = to_tsvector('simple', old.text), letters = search_letters(old.text)
    FROM (
        SELECT m.room_id, m.created_at, m.seq, search_text(m.text) AS text FROM messages m
        WHERE {BEYOND['postgres'].format('m.text')}
    ) AS old WHERE s.room_id = old.room_id AND s.created_at = old.created_at AND s.seq = old.seq;
DROP FUNCTION search_longest_run(text[]);
DROP FUNCTION search_terms(text[], boolean[]);
DROP FUNCTION search_vector(text);
DROP FUNCTION search_parts(text);
DROP FUNCTION search_word_list(text);
DROP FUNCTION search_fold(text);
DROP FUNCTION search_lower(text);
"""

DROP = "".join(
    f'DROP TRIGGER "search_message_{name}";'
    for name in ("added", "filled", "edited", "deleted", "removed")
)
WORDS = """
DROP TABLE "search_words";
CREATE VIRTUAL TABLE "search_words" USING fts5 (
    text, content = '', columnsize = 0, tokenize = "{}"
);
"""

# The words are folded and divided already, so every letter beyond ASCII belongs to a word.
SQLITE_UP = f"""
{DROP}
DROP TABLE "search_spaced";
CREATE TABLE "search_folded" (
    "room_id" CHAR(36) NOT NULL,
    "seq" BIGINT NOT NULL,
    "words" TEXT NOT NULL
);
{WORDS.format("ascii")}
ALTER TABLE "search_messages" ADD COLUMN "words" TEXT;
ALTER TABLE "search_messages" ADD COLUMN "filled" INTEGER NOT NULL DEFAULT 0;
{function(SEARCH_TRIGGERS, 3)}
INSERT INTO facts (name, value) SELECT 'search_refold', json_array(max(id)) FROM search_messages
    HAVING count(*) > 0;
"""

# Kana, Chinese characters and Hangul.
SPACELESS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003fffd"
SQLITE_DOWN = f"""
DELETE FROM facts WHERE name = 'search_refold';
{DROP}
DROP TABLE "search_folded";
CREATE TABLE "search_spaced" (
    "text" TEXT NOT NULL,
    "spaced" TEXT NOT NULL
);
{WORDS.format("unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'")}
ALTER TABLE "search_messages" DROP COLUMN "words";
ALTER TABLE "search_messages" DROP COLUMN "filled";
INSERT INTO search_words (rowid, text)
    SELECT d.id, CASE WHEN m.text NOT GLOB '*[{SPACELESS}]*' THEN m.text ELSE (
        WITH RECURSIVE letter(n, c, rest) AS (
            SELECT 1, '', substr(m.text, 1, 64)
            UNION ALL
            SELECT CASE WHEN rest = '' THEN n + 64 ELSE n END,
                CASE WHEN rest = '' THEN '' ELSE substr(rest, 1, 1) END,
                CASE WHEN rest = '' THEN substr(m.text, n + 64, 64) ELSE substr(rest, 2) END
            FROM letter WHERE rest <> '' OR n + 64 <= length(m.text)
        )
        SELECT group_concat(CASE WHEN c GLOB '[{SPACELESS}]' THEN ' ' || c || ' ' ELSE c END, '')
        FROM letter
    ) END FROM search_messages d
    JOIN messages m ON m.room_id = d.room_id AND m.seq = d.seq ORDER BY d.id;
{function(SEARCH_TRIGGERS, 2)}
"""

# The models do not change.
MODELS_STATE: str = import_module("migrations.models.8_20261130120000_truth").MODELS_STATE
