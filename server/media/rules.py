"""How much a user may store, as pure functions."""

from __future__ import annotations


def has_room(stored: int, size: int, quota: int | None) -> bool:
    """Whether a file of ``size`` bytes may be added to the ``stored`` ones; a quota of None is no
    limit."""
    return quota is None or stored + size <= quota
