"""Comparing objects by some of their fields."""

from __future__ import annotations

from typing import Any


def has_fields(data: Any, fields: dict[str, Any]) -> bool:
    return all(isinstance(data, dict) and data.get(k) == v for k, v in fields.items())


class ObjectWith:
    """Equal to any object that has these fields: ``hear("room_joined", room=ObjectWith(id=…))``."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, **fields: Any) -> None:
        self.fields = fields

    def __eq__(self, other: object) -> bool:
        return has_fields(other, self.fields)

    def __repr__(self) -> str:
        return f"ObjectWith({self.fields})"
