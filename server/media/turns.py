"""Decides who is served next. Users take turns, and each has at most one place at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.kernel.errors import Unavailable


class DecoderTurns:
    """However many files one user has waiting, a file of another user waits for at most one of them
    in each place."""

    def __init__(self, places: int, most_waiting: int) -> None:
        self._places = places
        self._most_waiting = most_waiting
        self._served: set[str] = set()
        # In the order in which the users get their next turn.
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._count = 0

    @asynccontextmanager
    async def turn(self, user_id: str) -> AsyncIterator[None]:
        """Waits for a turn, which lasts for the ``with`` block. Raises ``Unavailable`` at once if
        too many files wait already."""
        if self._count >= self._most_waiting:
            raise Unavailable("Too many files are being processed.", retry_after=5)
        mine = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(user_id, deque()).append(mine)
        self._count += 1
        self._call()
        try:
            await mine
            yield
        finally:
            self._leave(user_id, mine)

    def _leave(self, user_id: str, mine: asyncio.Future[None]) -> None:
        if mine.done() and not mine.cancelled():
            self._served.discard(user_id)
            if user_id in self._waiting:
                # The user's line is inserted again, so that it comes last.
                self._waiting[user_id] = self._waiting.pop(user_id)
        else:
            self._drop(user_id, mine)
        self._call()

    def _call(self) -> None:
        while len(self._served) < self._places:
            user_id = next((user for user in self._waiting if user not in self._served), None)
            if user_id is None:
                return
            mine = self._waiting[user_id][0]
            self._drop(user_id, mine)
            if not mine.cancelled():
                self._served.add(user_id)
                mine.set_result(None)

    def _drop(self, user_id: str, mine: asyncio.Future[None]) -> None:
        queue = self._waiting.get(user_id)
        if queue is None or mine not in queue:
            return
        queue.remove(mine)
        self._count -= 1
        if not queue:
            del self._waiting[user_id]
