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
    """One connection inside a transaction. The transaction commits when its block ends, and rolls
    back when the block raises, so its changes are stored all or not at all."""

    dialect: Literal["sqlite", "postgres"]

    async def fetch(self, sql: str, *args: Any) -> list[Row]: ...

    async def fetchrow(self, sql: str, *args: Any) -> Row | None: ...

    async def execute(self, sql: str, *args: Any) -> None: ...


class Database(DatabaseConnection, Protocol):
    """The database. Outside ``transaction``, each statement is a transaction of its own.

    Every method raises ``Unavailable`` within 5 s when the database cannot be reached. If the
    connection is lost during a commit, the caller cannot know whether it took effect.
    """

    def transaction(self) -> AbstractAsyncContextManager[DatabaseConnection]: ...

    def reading(self, seconds: float) -> AbstractAsyncContextManager[DatabaseConnection]:
        """A connection for slow statements that only read. They do not delay any writes. Raises
        ``TooSlow`` when all of them together take longer than ``seconds``."""
        ...


def insertion(table: str, columns: Collection[str], rows: int = 1) -> str:
    """An INSERT statement for ``rows`` rows. Its arguments are the values of each row in the order
    of ``columns``."""
    width = len(columns)
    places = ", ".join(
        f"({', '.join(f'${n}' for n in range(first, first + width))})"
        for first in range(1, rows * width + 1, width)
    )
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {places}"


def escape_like(text: str) -> str:
    r"""The text for use in ``LIKE … ESCAPE '\'``, where each character then means itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)
