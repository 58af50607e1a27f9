"""One thing at a time for each user: who has many connections waits for themselves alone."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary


class AuthorTurns:
    """A lock is kept while somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, user_id: str) -> asyncio.Lock:
        """To be used with ``async with``; first come, first served."""
        lock = self._locks.get(user_id)
        if lock is None:
            lock = self._locks[user_id] = asyncio.Lock()
        return lock
