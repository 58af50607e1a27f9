"""The letters of texts in Chinese, Japanese and Korean by themselves, and trigrams of them.

Token by token, common characters are in nearly every message: three of them in a row are not. The
index needs pg_trgm. Where that cannot be had the column stays without one, and phrases of tokens
find the same messages.
"""

from importlib import import_module

import structlog
from tortoise import BaseDBAsyncClient
from tortoise.exceptions import BaseORMException

from migrations.files import SEARCH_MESSAGE_CHANGED, function

RUN_IN_TRANSACTION = True

log = structlog.get_logger("migrations")

# See the first migration for why it begins.
NOTHING = "BEGIN;"


async def upgrade(db: BaseDBAsyncClient) -> str:
    if db.capabilities.dialect == "sqlite":
        return NOTHING
    refusal = await _refusal(db)
    if refusal:
        log.info("searching without trigrams", reason=refusal)
    return LETTERS_UP + ("" if refusal else INDEX)


async def downgrade(db: BaseDBAsyncClient) -> str:
    if db.capabilities.dialect == "sqlite":
        return NOTHING
    first = function(SEARCH_MESSAGE_CHANGED, 1)
    return LETTERS_DOWN + first + "DROP FUNCTION search_letters(text);"


async def _refusal(db: BaseDBAsyncClient) -> str | None:
    """Why there can be no trigrams here."""
    try:
        # A savepoint: whoever may not make the extension migrates all the same.
        async with db._in_transaction() as trying:
            await trying.execute_script("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            found = await trying.execute_query_dict("SELECT cardinality(show_trgm('東京都')) AS n")
    except BaseORMException as error:
        return str(error).splitlines()[0]
    # To the locale C no character beyond ASCII is a letter.
    return None if found[0]["n"] else "the database's locale knows no letters beyond ASCII"


# Of the characters that are words of their own, those that are letters in each locale but C: a
# middle dot only parts words, and phrases reach across it.
LETTERS = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003fffd"

# What stands between letters is left out, as phrases of tokens pass over it. So where a phrase
# matches, its letters stand side by side in the message's; and only a run of three has a trigram.
LETTERS_UP = f"""
CREATE FUNCTION search_letters(spaced text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(spaced) > length(spaced) THEN
        nullif(regexp_replace(spaced, '[^{LETTERS}]+', '', 'g'), '')
    END
$$;
CREATE FUNCTION search_run(phrases text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '%' || run || '%' FROM (
        SELECT search_letters(search_text(phrase)) AS run FROM unnest(phrases) AS phrase
    ) AS runs WHERE length(run) > 2 ORDER BY length(run) DESC, run LIMIT 1
$$;
ALTER TABLE "search_messages" ADD COLUMN "letters" TEXT;
UPDATE search_messages s SET letters = found.letters FROM (
    SELECT m.room_id, m.created_at, m.seq, search_letters(search_text(m.text)) AS letters
    FROM messages m WHERE octet_length(m.text) > length(m.text)
) AS found WHERE s.room_id = found.room_id AND s.created_at = found.created_at
    AND s.seq = found.seq AND found.letters IS NOT NULL;
{function(SEARCH_MESSAGE_CHANGED, 2)}"""

INDEX = """
CREATE INDEX "idx_search_messages_letters" ON "search_messages" USING gin ("letters" gin_trgm_ops)
    WITH (gin_pending_list_limit = 512) WHERE "letters" IS NOT NULL;
"""


LETTERS_DOWN = """
DROP FUNCTION search_run(text[]);
ALTER TABLE "search_messages" DROP COLUMN "letters";
"""

# The models know nothing of it.
MODELS_STATE: str = import_module("migrations.models.3_20261122220000_send").MODELS_STATE
