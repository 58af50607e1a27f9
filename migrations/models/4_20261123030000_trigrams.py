"""Adds a column with the letters of texts in Chinese, Japanese and Korean, and an index of their
trigrams.

Common single characters are in nearly every message, but three of them in a row are not. The index
needs pg_trgm. Without that extension the column has no index, and phrases of tokens find the same
messages.
"""

from importlib import import_module

import structlog
from tortoise import BaseDBAsyncClient
from tortoise.exceptions import BaseORMException

from migrations.files import SEARCH_MESSAGE_CHANGED, function

RUN_IN_TRANSACTION = True

log = structlog.get_logger("migrations")

# See the first migration for the reason of BEGIN.
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
    """The reason why this database cannot have trigrams; None if it can."""
    try:
        # A savepoint lets the migration continue if the user may not create the extension.
        async with db._in_transaction() as trying:
            await trying.execute_script("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            found = await trying.execute_query_dict("SELECT cardinality(show_trgm('東京都')) AS n")
    except BaseORMException as error:
        return str(error).splitlines()[0]
    # In the locale C, no character beyond ASCII is a letter.
    return None if found[0]["n"] else "the database's locale knows no letters beyond ASCII"


# Those characters that are words of their own and are letters in every locale except C. A middle
# dot is not among them: it only separates words, and phrases match across it.
LETTERS = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003fffd"

# Everything between letters is left out, because phrases of tokens also ignore it. So if a phrase
# matches, its letters are side by side in this column. Only a run of three letters has a trigram.
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

# The models do not change.
MODELS_STATE: str = import_module("migrations.models.3_20261122220000_send").MODELS_STATE
