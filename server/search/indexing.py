"""Writes the index of new messages soon after their commit, so that no sender waits for it.

The messages that wait are in the table ``search_due``, which the transaction of a message fills.
Every node looks there, and one of them at a time does the next part. So a crash loses nothing, and
a message can be found within a second.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from server.kernel.errors import TooSlow, Unavailable
from server.kernel.tasks import guarded

# The seconds from one look at the queue to the next. More messages at once cost less each.
INDEX_EVERY = 0.4
# How many messages are indexed in one transaction. On PostgreSQL a part of the longest texts takes
# less than a second; on SQLite other writes wait for it, and a part of long texts has fewer.
INDEX_PART = {"sqlite": 300, "postgres": 250}


class IndexQueue(Protocol):
    async def index_some(self, most: int) -> int:
        """Indexes at most ``most`` of the messages that wait, the oldest first, and returns how
        many were done; 0 if none waits or another node is at work.

        A message that was edited in the meantime gets the words that it has now, and one that was
        deleted gets none. Raises ``TooSlow`` if fewer should be tried, and ``Unavailable`` if the
        database cannot be reached."""
        ...


class Indexing:
    def __init__(self, queue: IndexQueue, part: int) -> None:
        self._queue = queue
        self._most = self._part = part

    async def run(self) -> None:
        """Works until it is cancelled."""
        while True:
            await guarded(self._round)
            await asyncio.sleep(INDEX_EVERY)

    async def _round(self) -> None:
        try:
            await self.index_waiting()
            self._part = min(self._most, self._part * 2)
        except TooSlow:
            self._part = max(1, self._part // 2)
        except Unavailable:
            # Other work says so in the log, and the next round tries again.
            pass

    async def index_waiting(self) -> None:
        """Indexes what waits now, in parts. After each of them the index rests for as long as the
        part took, so that sends have at least half of the time."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while await self._queue.index_some(self._part):
            await asyncio.sleep(loop.time() - began)
            began = loop.time()
