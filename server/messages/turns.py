"""Runs one operation at a time for each user, so that a user with many connections makes only
their own calls wait."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary


class AuthorTurns:
    """One lock for each user. A lock is kept while a task holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, user_id: str) -> asyncio.Lock:
        """The user's lock, for ``async with``. Waiting tasks get it in the order of their calls."""
        lock = self._locks.get(user_id)
        if lock is None:
            lock = self._locks[user_id] = asyncio.Lock()
        return lock
