"""Whose notifications are to be counted: not at each one, since that would cost more than it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Protocol

from server.kernel.limits import UNLIMITED

# Of what is kept, so much more may be there for a while.
SLACK = 100
# Users whose notifications are counted in memory.
MOST_USERS = 100_000


class TrimStore(Protocol):
    async def trim_notifications(self, user_id: str, most: int) -> None:
        """Forgets the oldest, until there are ``most``."""
        ...


class Trims:
    """Keeps ``most`` notifications for a user.

    A user is due after a hundredth of ``most`` new ones. Where the count begins is drawn by lot, so
    that a process which starts anew often finds them too.
    """

    def __init__(self, store: TrimStore, most: int) -> None:
        self._store = store
        self._most = most
        self._every = max(1, most // SLACK)
        self._new: dict[str, int] = {}

    async def trim_due(self, user_ids: Iterable[str]) -> None:
        """These have one more."""
        for user_id in self._due(user_ids):
            await self._store.trim_notifications(user_id, self._most)

    def _due(self, user_ids: Iterable[str]) -> list[str]:
        """Of these, who have one more now."""
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
