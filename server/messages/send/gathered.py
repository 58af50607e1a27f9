"""What the sends of a group read and write on SQLite, in one statement each for all of them. A
statement costs more than a row of it, and after each the thread has to get the interpreter's lock
again, which the event loop has."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from server.messages.entity import Send

# The most rows of one statement, as a power of two.
MOST_BITS = 6

_LOOK = """
    WITH s (n, room_id, author_id, client_id) AS (VALUES {})
    SELECT s.n, r.kind, m.role, r.version, r.last_seq, r.ordinal,
        (SELECT x.seq FROM messages x WHERE x.room_id = s.room_id AND x.author_id = s.author_id
            AND x.client_id = s.client_id),
        EXISTS (SELECT 1 FROM notifications n WHERE n.user_id = s.author_id
            AND n.room_id = s.room_id AND n.read_at IS NULL AND n.seq <= r.last_seq)
    FROM s CROSS JOIN room_members m ON m.room_id = s.room_id AND m.user_id = s.author_id
        AND m.active
    CROSS JOIN rooms r ON r.id = s.room_id AND r.deleted_at IS NULL
"""
# A group is stored as a whole or not at all, so a statement that fails rolls back the transaction.
# Or else SQLite would keep a copy of each page that a statement of several rows changes.
_STORE = """
    INSERT OR ROLLBACK INTO messages (id, room_id, seq, version, ordinal, kind, author_id,
        client_id, text, reply_to_seq, mentions, mention_names, attachments, created_at) VALUES {}
"""
_NUMBER = """
    UPDATE OR ROLLBACK rooms SET version = v.column1, last_seq = v.column2, ordinal = v.column3,
        active_at = v.column4 FROM (VALUES {}) v WHERE id = v.column5
"""
_MARK = """
    UPDATE OR ROLLBACK room_members SET last_read_seq = v.column1, last_read_ordinal = v.column2
    FROM (VALUES {}) v WHERE room_id = v.column3 AND user_id = v.column4
"""
_PUSH = """
    INSERT INTO push_jobs (room_id, seq, payload, attempts, due_at, created_at) VALUES {}
"""
_SUBSCRIBED = "SELECT EXISTS (SELECT 1 FROM push_subscriptions)"

Values = tuple[Any, ...]


class AuthorSeat(NamedTuple):
    """The room and the author's seat in it before the group. ``first``: the seq of the message with
    this ``client_id``, if there is one. ``unread``: whether the author has unread notifications."""

    kind: str
    role: str
    version: int
    last_seq: int
    ordinal: int
    first: int | None
    unread: int


class Counters:
    """The numbers of a room's last message. ``began``: its last seq before the group."""

    __slots__ = ("active_at", "began", "ordinal", "seq", "version")

    def __init__(self, seat: AuthorSeat) -> None:
        self.version, self.seq, self.ordinal = seat.version, seat.last_seq, seat.ordinal
        self.began = seat.last_seq
        self.active_at = 0


def look(raw: sqlite3.Connection, sends: Sequence[Send]) -> list[AuthorSeat | None]:
    """The seat of each send; None if its author is not a member of a room that is there."""
    found: list[AuthorSeat | None] = [None] * len(sends)
    rows = [(n, send.room_id, send.author_id, send.client_id) for n, send in enumerate(sends)]
    for part in _parts(rows):
        for n, *seat in _run(raw, _LOOK, part):
            found[n] = AuthorSeat(*seat)
    return found


class Gathered:
    """Keeps what is to be written until ``write``. Rooms and marks are written once each."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw
        self._counters: dict[str, Counters] = {}
        self._messages: list[Values] = []
        self._marks: dict[tuple[str, str], tuple[int, int]] = {}
        self._pushes: list[Values] = []

    def counters(self, room_id: str, seat: AuthorSeat) -> Counters:
        found = self._counters.get(room_id)
        if found is None:
            found = self._counters[room_id] = Counters(seat)
        return found

    def add_message(self, values: Values) -> None:
        self._messages.append(values)

    def add_mark(self, room_id: str, user_id: str, seq: int, ordinal: int) -> None:
        self._marks[room_id, user_id] = seq, ordinal

    def add_push(self, room_id: str, seq: int, at: int) -> None:
        self._pushes.append((room_id, seq, '{"kind":"message"}', 0, at, at))

    def write_messages(self) -> None:
        """Writes the messages so far, so that they can be read."""
        self._write(_STORE, self._messages)
        self._messages.clear()

    def write(self) -> None:
        raw = self._raw
        self.write_messages()
        self._write(
            _NUMBER,
            [
                (room.version, room.seq, room.ordinal, room.active_at, room_id)
                for room_id, room in self._counters.items()
                if room.seq > room.began
            ],
        )
        self._write(_MARK, [mark + seat for seat, mark in self._marks.items()])
        if self._pushes and raw.execute(_SUBSCRIBED).fetchone()[0]:
            self._write(_PUSH, self._pushes)

    def _write(self, sql: str, rows: Sequence[Values]) -> None:
        for part in _parts(rows):
            _run(self._raw, sql, part)


def _parts(rows: Sequence[Values]) -> Iterator[Sequence[Values]]:
    """Parts of 64, 32, 16 rows and so on, so that there are few statements to prepare."""
    at = 0
    while left := len(rows) - at:
        size = 1 << min(left.bit_length() - 1, MOST_BITS)
        yield rows[at : at + size]
        at += size


def _run(raw: sqlite3.Connection, sql: str, rows: Sequence[Values]) -> list[Any]:
    statement = _statement(sql, len(rows), len(rows[0]))
    return raw.execute(statement, tuple(chain.from_iterable(rows))).fetchall()


@lru_cache(maxsize=64)
def _statement(sql: str, rows: int, width: int) -> str:
    row = f"({', '.join('?' * width)})"
    return sql.format(", ".join([row] * rows))
