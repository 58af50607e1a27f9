"""Decides whose search runs next: one at a time for each user, and users take turns."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.kernel.errors import RateLimited, Unavailable
from server.kernel.timeouts import within

SEARCH_RETRY = 1


class SearchTurns:
    """Up to ``at_once`` searches run at the same time, each of another user. Further searches of a
    user wait in that user's line, and the lines of all users are served in turn.

    ``each``: how many searches of one user may wait; ``most``: how many of all users; ``patience``:
    how long a search waits before it is refused (seconds).
    """

    def __init__(self, at_once: int, *, each: int, most: int, patience: float) -> None:
        self._at_once = at_once
        self._each = each
        self._most = most
        self._patience = patience
        self._busy: set[str] = set()
        # In the order in which the users get their next turn.
        self._lines: dict[str, deque[asyncio.Future[None]]] = {}
        self._waiting = 0

    @asynccontextmanager
    async def take_turn(self, user_id: str) -> AsyncIterator[None]:
        """Waits for a turn, which lasts for the ``with`` block. Raises ``RateLimited`` if too many
        searches of the user wait, and ``Unavailable`` if too many of all users wait or this one has
        waited too long."""
        await self._wait(user_id)
        try:
            yield
        finally:
            self._busy.discard(user_id)
            self._go_on()

    async def _wait(self, user_id: str) -> None:
        turn = self._stand_in_line(user_id)
        self._go_on()
        try:
            async with within(self._patience, _too_many()):
                await turn
        except BaseException:
            self._give_up(user_id, turn)
            raise

    def _stand_in_line(self, user_id: str) -> asyncio.Future[None]:
        line = self._lines.get(user_id, deque())
        if len(line) >= self._each:
            raise RateLimited("You have too many searches under way.", retry_after=SEARCH_RETRY)
        if self._waiting >= self._most:
            raise _too_many()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(user_id, line).append(turn)
        self._waiting += 1
        return turn

    def _give_up(self, user_id: str, turn: asyncio.Future[None]) -> None:
        if turn.done() and not turn.cancelled():
            # The turn came at the moment of the timeout, so it goes to the next search.
            self._busy.discard(user_id)
            self._go_on()
        elif turn in (line := self._lines.get(user_id, deque())):
            line.remove(turn)
            self._waiting -= 1
            if not line:
                del self._lines[user_id]

    def _go_on(self) -> None:
        while len(self._busy) < self._at_once and (user_id := self._next()) is not None:
            line = self._lines.pop(user_id)
            line.popleft().set_result(None)
            self._waiting -= 1
            self._busy.add(user_id)
            if line:
                # The line is inserted again, so that it comes last.
                self._lines[user_id] = line

    def _next(self) -> str | None:
        # Few users are busy, so this looks at only a few lines.
        return next((user_id for user_id in self._lines if user_id not in self._busy), None)


def _too_many() -> Unavailable:
    return Unavailable("Too many searches are under way.", retry_after=SEARCH_RETRY)
