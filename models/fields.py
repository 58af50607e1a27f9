"""The column types of the schema: ids are text in Python, and times are milliseconds."""

from __future__ import annotations

from typing import Any

from tortoise import fields


class IdField(fields.UUIDField):
    """A UUID, which is lower-case text in Python, ``uuid`` in PostgreSQL and text in SQLite."""

    def to_python_value(self, value: Any) -> str | None:  # type: ignore[override]
        return None if value is None else str(value)

    def to_db_value(self, value: Any, instance: Any) -> str | None:
        return None if value is None else str(value)


class TimeField(fields.BigIntField):
    """Milliseconds since 1970-01-01, UTC."""
