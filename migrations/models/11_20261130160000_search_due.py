"""Takes the index of the search out of the transactions that send messages, on SQLite: a message is put
into ``search_due``, and the server indexes it within a second (``server/search/due.py``). Edits and
deletions change the index at once, as before.
"""

from importlib import import_module

from tortoise import BaseDBAsyncClient

from migrations.files import SEARCH_TRIGGERS, function

RUN_IN_TRANSACTION = True

# See the first migration for the reason of BEGIN.
BEGIN = "BEGIN;"
# asyncpg does not accept an empty script.
NOTHING = "SELECT 1;"


async def upgrade(db: BaseDBAsyncClient) -> str:
    return {"sqlite": BEGIN + UP, "postgres": NOTHING}[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return {"sqlite": BEGIN + DOWN, "postgres": NOTHING}[db.capabilities.dialect]


DROP = "".join(
    f'DROP TRIGGER "search_message_{name}";'
    for name in ("added", "filled", "edited", "deleted", "removed")
)
UP = f"""
CREATE TABLE "search_due" (
    "id" INTEGER PRIMARY KEY NOT NULL,
    "room_id" CHAR(36) NOT NULL,
    "seq" BIGINT NOT NULL
);
{DROP}
{function(SEARCH_TRIGGERS, 4)}
"""

# What waits is made a part of the index by the server, as after the migration that folds texts: it
# begins at the newest message.
DOWN = f"""
INSERT INTO search_messages (id, room_id, seq, author_id, filled)
    SELECT coalesce(
            (SELECT max(s.id) + 1 FROM search_messages s
                WHERE s.id >= m.created_at << 22 AND s.id < (m.created_at + 1) << 22),
            m.created_at << 22
        ) + row_number() OVER (PARTITION BY m.created_at ORDER BY d.id) - 1,
        m.room_id, m.seq, m.author_id, 0
    FROM search_due d JOIN messages m ON m.room_id = d.room_id AND m.seq = d.seq
    WHERE m.kind = 'text' AND m.deleted_at IS NULL AND m.text <> '' AND NOT EXISTS (
        SELECT 1 FROM search_messages s WHERE s.room_id = d.room_id AND s.seq = d.seq
    );
DELETE FROM facts WHERE name = 'search_refold' AND EXISTS (SELECT 1 FROM search_due);
INSERT INTO facts (name, value) SELECT 'search_refold', json_array(max(s.id)) FROM search_messages s
    WHERE EXISTS (SELECT 1 FROM search_due) HAVING count(*) > 0;
DROP TABLE "search_due";
{DROP}
{function(SEARCH_TRIGGERS, 3)}
"""

# The models do not change.
MODELS_STATE: str = import_module("migrations.models.10_20261130160000_sending").MODELS_STATE
