"""Decides whose notifications are trimmed, and when. Trimming at each new notification would cost
more than storing it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Protocol

from server.kernel.limits import UNLIMITED

# A user may have one part in this many more notifications than are kept, until the next trim.
SLACK = 100
# The most users whose notifications are counted in memory.
MOST_USERS = 100_000


class TrimStore(Protocol):
    async def trim_notifications(self, user_id: str, most: int) -> None:
        """Deletes the user's oldest notifications until at most ``most`` remain. Idempotent; an
        interrupted call may have deleted only some of them."""
        ...


class Trims:
    """Keeps about ``most`` notifications of each user.

    A user's notifications are trimmed after every ``most / 100`` new ones. The count begins at a
    random number, so that users are trimmed even if the process restarts often.
    """

    def __init__(self, store: TrimStore, most: int) -> None:
        self._store = store
        self._most = most
        self._every = max(1, most // SLACK)
        self._new: dict[str, int] = {}

    async def trim_due(self, user_ids: Iterable[str]) -> None:
        """Counts one new notification for each of these users, and trims those who are due."""
        for user_id in self._due(user_ids):
            await self._store.trim_notifications(user_id, self._most)

    def _due(self, user_ids: Iterable[str]) -> list[str]:
        """Counts one new notification for each user. Returns the users who are due for a trim."""
        if self._most >= UNLIMITED:
            return []
        if len(self._new) >= MOST_USERS:
            self._new.clear()
        return [user_id for user_id in user_ids if self._is_due(user_id)]

    def _is_due(self, user_id: str) -> bool:
        count = self._new.get(user_id)
        count = random.randrange(self._every) if count is None else count
        self._new[user_id] = (count + 1) % self._every
        return self._new[user_id] == 0
