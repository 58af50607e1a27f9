"""Limits how many calls of one user run at once. So a user with many connections makes only their
own calls wait."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

# The most answers of possibly large size that are made for one user at once.
LONG_ANSWERS = 2


class UserTurns:
    """Each user has ``at_once`` turns at the same time. A user's semaphore is kept only while a
    task holds it or waits for it."""

    def __init__(self, at_once: int = 1) -> None:
        self._at_once = at_once
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, user_id: str) -> asyncio.Semaphore:
        """The user's turns, for ``async with``. Waiting tasks get a turn in the order in which they
        asked for it."""
        turns = self._turns.get(user_id)
        if turns is None:
            turns = self._turns[user_id] = asyncio.Semaphore(self._at_once)
        return turns
