"""The page at /api/docs."""

from __future__ import annotations

from server.description.schemas import Json


def page(calls: Json, events: Json) -> str:
    return ""
