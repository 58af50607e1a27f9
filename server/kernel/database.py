"""The port to the database. Every statement is written once, in PostgreSQL's dialect.

Statements use ``$1``, ``= ANY($1::uuid[])``, casts and ``FOR UPDATE`` as PostgreSQL reads them;
the SQLite backend translates these four by rule (see ``server/backends/sqlite.py``). Ids travel
as text, times as milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

Row = Mapping[str, Any]


class DatabaseConnection(Protocol):
    """One connection, inside a transaction that commits when its block ends without an error."""

    dialect: Literal["sqlite", "postgres"]

    async def fetch(self, sql: str, *args: Any) -> list[Row]: ...

    async def fetchrow(self, sql: str, *args: Any) -> Row | None: ...

    async def execute(self, sql: str, *args: Any) -> None: ...


class Database(DatabaseConnection, Protocol):
    """Outside a transaction each statement commits by itself.

    Everything here raises ``Unavailable`` within 5 s when the database cannot be reached.
    """

    def transaction(self) -> AbstractAsyncContextManager[DatabaseConnection]: ...

    def reading(self, seconds: float) -> AbstractAsyncContextManager[DatabaseConnection]:
        """For statements that may be slow and only read: none holds up what is written, and when
        they take longer, together, ``TooSlow`` is raised."""
        ...


def insertion(table: str, columns: Collection[str], rows: int = 1) -> str:
    """The statement that takes the values of so many rows, in the order of their columns."""
    width = len(columns)
    places = ", ".join(
        f"({', '.join(f'${n}' for n in range(first, first + width))})"
        for first in range(1, rows * width + 1, width)
    )
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {places}"


def escape_like(text: str) -> str:
    r"""For ``LIKE … ESCAPE '\'``: each character stands for itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)
