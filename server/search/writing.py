"""Folds texts for SQLite's index, which its triggers cannot do (see the migrations).

A temporary trigger of this connection stores the words of an edited text where the triggers of the
table look for them. ASCII texts need none, because SQLite divides them into the same words by
itself. A connection without this trigger stores other texts unfolded.
"""

from __future__ import annotations

import sqlite3

from server.search.words import fold_words

_SEARCHED = "({0}.kind = 'text' AND {0}.deleted_at IS NULL AND {0}.text <> '')".format("NEW")


def fold_for_index(raw: sqlite3.Connection) -> None:
    """Adds the function ``fold_words`` and the temporary trigger to this connection, if its
    database has the tables."""
    if not raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'search_folded'").fetchone():
        return
    raw.create_function("fold_words", 1, fold_words, deterministic=True)
    raw.execute(
        "CREATE TEMP TRIGGER search_folded_changed BEFORE UPDATE OF text ON main.messages"
        f" WHEN {_SEARCHED} AND length(CAST(NEW.text AS BLOB)) > length(NEW.text) BEGIN"
        " INSERT INTO search_folded (room_id, seq, words)"
        " VALUES (NEW.room_id, NEW.seq, fold_words(NEW.text)); END"
    )
