"""A few things at a time for each user: who has many connections waits for themselves alone."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

# Answers that may be large are made for a user so many at once.
LONG_ANSWERS = 2


class UserTurns:
    """``at_once`` turns of each user are taken at the same time. What counts them is kept while
    somebody has a turn or waits for one."""

    def __init__(self, at_once: int = 1) -> None:
        self._at_once = at_once
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, user_id: str) -> asyncio.Semaphore:
        """To be used with ``async with``; first come, first served."""
        turns = self._turns.get(user_id)
        if turns is None:
            turns = self._turns[user_id] = asyncio.Semaphore(self._at_once)
        return turns
