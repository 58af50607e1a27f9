"""Who may see and do what in rooms, as pure functions."""

from __future__ import annotations

from collections.abc import Iterable

from server.rooms.changes import Seat


def seen_blocked(seats: Iterable[Seat], viewer_id: str) -> list[Seat]:
    """A direct room's seats to one of the two while either blocks the other: how far the other one
    has read is not shown."""
    return [seat if seat.user_id == viewer_id else seat.unmarked() for seat in seats]
