"""Columns as the whole schema uses them: ids are text in Python, times are milliseconds."""

from __future__ import annotations

from typing import Any

from tortoise import fields


class IdField(fields.UUIDField):
    """A UUID that Python sees as lower-case text: ``uuid`` in PostgreSQL, text in SQLite."""

    def to_python_value(self, value: Any) -> str | None:  # type: ignore[override]
        return None if value is None else str(value)

    def to_db_value(self, value: Any, instance: Any) -> str | None:
        return None if value is None else str(value)


class TimeField(fields.BigIntField):
    """Milliseconds since 1970-01-01, UTC."""
