"""Decides how much a user may store. All functions are pure."""

from __future__ import annotations


def has_room(stored: int, size: int, quota: int | None) -> bool:
    """Whether a file of ``size`` bytes may be added to the ``stored`` bytes. A quota of None means
    no limit."""
    return quota is None or stored + size <= quota
