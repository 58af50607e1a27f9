"""Divides long texts into words for SQLite's index, faster than its triggers can (see the
migrations).

Temporary triggers of this connection store a divided text where the triggers of the table look for
it first. A connection without them writes the same words, only more slowly.
"""

from __future__ import annotations

import sqlite3

from server.search.letters import spaced

# The least number of characters. Shorter texts are left to SQL, which divides them as fast.
LEAST_CHARACTERS = 50

_SEARCHED = "({0}.kind = 'text' AND {0}.deleted_at IS NULL AND {0}.text <> '')"
_OLD, _NEW = (_SEARCHED.format(row) for row in ("OLD", "NEW"))
# The triggers of the table. Each uses the text that the temporary trigger of the same name has
# stored.
_TRIGGERS = (
    ("added", "INSERT", _NEW, ("NEW",)),
    ("filled", "UPDATE OF text", f"NOT {_OLD} AND {_NEW}", ("NEW",)),
    ("edited", "UPDATE OF text", f"{_OLD} AND {_NEW}", ("OLD", "NEW")),
    ("deleted", "UPDATE OF text, deleted_at", f"{_OLD} AND NOT {_NEW}", ("OLD",)),
    ("removed", "DELETE", _OLD, ("OLD",)),
)


def speed_up(raw: sqlite3.Connection) -> None:
    """Adds the temporary triggers to this connection, if its database has the tables."""
    if not raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'search_spaced'").fetchone():
        return
    raw.create_function("spaced", 1, spaced, deterministic=True)
    for name, event, when, rows in _TRIGGERS:
        long = " OR ".join(f"length({row}.text) >= {LEAST_CHARACTERS}" for row in rows)
        raw.execute(
            f"CREATE TEMP TRIGGER search_spaced_{name} BEFORE {event} ON main.messages"
            f" WHEN ({long}) AND {when} BEGIN {' '.join(map(_put, rows))} END"
        )


def _put(row: str) -> str:
    text = f"{row}.text"
    return (
        f"INSERT INTO search_spaced (text, spaced) SELECT {text}, spaced({text})"
        f" WHERE length({text}) >= {LEAST_CHARACTERS}"
        f" AND length(CAST({text} AS BLOB)) > length({text});"
    )
