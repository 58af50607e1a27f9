"""Group commit: the sends that arrive while one commit is under way share the next commit.

Measured on two cores with 64 senders, each waiting for its own commit: 5,756 messages a second
with a commit for each message, 45,351 with group commits. A sender who is alone waits no longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from server.kernel.errors import Busy, ChatError
from server.kernel.tasks import Tasks
from server.messages.entity import Send, SendOutcome
from server.messages.send.lane import Lane, Waiting

# Stores sends in one transaction, and returns their outcomes in the order of the sends.
Commit = Callable[[list[Send]], Awaitable[list[SendOutcome]]]


class GroupCommit:
    """Spreads rooms over a few lanes. Each lane has at most one commit under way, and a room always
    has the same lane. So no commit waits for another one's lock on a room, and an author's messages
    in a room are numbered in the order in which they came."""

    def __init__(self, commit: Commit, lanes: int) -> None:
        self._commit = commit
        self._lanes = [Lane() for _ in range(lanes)]
        self._tasks = Tasks()
        # The lanes that have a commit under way.
        self._running: set[int] = set()
        # The number of messages that this process has committed.
        self.committed = 0

    async def submit(self, send: Send) -> SendOutcome:
        """Returns the outcome once the send is committed or refused. Raises the error of the commit
        if that failed: ``Unavailable`` when the database cannot be reached."""
        done: asyncio.Future[SendOutcome] = asyncio.get_running_loop().create_future()
        lane = hash(send.room_id) % len(self._lanes)
        self._lanes[lane].put((send, done))
        if lane not in self._running:
            self._running.add(lane)
            self._tasks.start(self._drain(lane))
        return await done

    async def _drain(self, lane: int) -> None:
        queue = self._lanes[lane]
        try:
            while queue:
                # A caller that gave up waiting has already been told that its send failed, so a
                # send that was not begun is dropped.
                group = [each for each in queue.take_batch() if not each[1].done()]
                refusal = await self._settle(group)
                if refusal:
                    # The sends that arrived in the meantime get the same refusal. The database
                    # would make them wait just as long again, and they would be answered too late.
                    _refuse(queue.clear(), refusal)
        finally:
            self._running.discard(lane)

    async def _settle(self, group: list[Waiting]) -> ChatError | None:
        """Commits a group. Returns the error if the database as a whole refused, else None."""
        if not group:
            return None
        try:
            outcomes = await self._commit([send for send, _ in group])
        except Exception as error:
            return await self._failed(group, error)
        for (_, done), outcome in zip(group, outcomes, strict=True):
            self.committed += outcome.outcome == "sent"
            if not done.done():
                done.set_result(outcome)
        return None

    async def _failed(self, group: list[Waiting], error: Exception) -> ChatError | None:
        """Handles a failed commit. A refusal of the whole database goes to every send of the group.
        Any other error may be the fault of one room or one send and must not fail the others, so
        the group is divided and tried again."""
        busy = isinstance(error, Busy)
        refused = error if isinstance(error, ChatError) and not busy else None
        parts = [] if refused else _apart(group, by_room=busy)
        if len(parts) < 2:
            _refuse(group, error)
            return refused
        for n, part in enumerate(parts):
            if refusal := await self._settle(part):
                _refuse((each for rest in parts[n + 1 :] for each in rest), refusal)
                return refusal
        return None


def _apart(group: list[Waiting], *, by_room: bool) -> list[list[Waiting]]:
    if not by_room:
        return [[each] for each in group]
    rooms: dict[str, list[Waiting]] = {}
    for each in group:
        rooms.setdefault(each[0].room_id, []).append(each)
    return list(rooms.values())


def _refuse(waiting: Iterable[Waiting], error: Exception) -> None:
    for _, done in waiting:
        if not done.done():
            done.set_exception(error)
