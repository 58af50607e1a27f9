"""Sees to it that sockets that have just come miss nothing that other nodes publish."""

from __future__ import annotations

from events.signals import NodeInterest
from events.sockets import Sockets
from server.kernel.tasks import Tasks

# The most seconds that a socket waits for other nodes. Between nodes that work it is milliseconds.
CONFIRMED_WITHIN = 0.3


class Newcomers:
    """Other nodes publish to this one only what it is interested in, and they learn of a new
    interest a moment later. What they publish before that, a client finds in its sync, if that
    comes after they know."""

    def __init__(self, interest: NodeInterest, sockets: Sockets, tasks: Tasks) -> None:
        self._interest = interest
        self._sockets = sockets
        self._tasks = tasks
        self._late: set[str] = set()
        self._telling = False

    async def settle(self, user_id: str) -> None:
        """Wait until the other nodes know the rooms of a user who has just come. If that takes too
        long, the user's sockets are told to sync once they do."""
        if await self._interest.confirmed(CONFIRMED_WITHIN):
            return
        self._late.add(user_id)
        if not self._telling:
            self._telling = True
            self._tasks.start(self._tell_late())

    async def _tell_late(self) -> None:
        try:
            while self._late:
                late, self._late = self._late, set()
                await self._interest.confirmed()
                for user_id in late:
                    await self._sockets.tell_user("resync", {}, user_id)
        finally:
            self._telling = False
