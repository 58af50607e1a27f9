"""A queue of the sends that wait for the next commit. An author who writes little does not wait
behind authors who write much.

It is fair queueing, as in networks. Each send is stamped with the time at which it would be done if
all waiting authors were served at the same pace, and the smallest stamp is served first. So the
sends of one author keep their order, and a short send passes a hundred long ones of another author.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable
from typing import NamedTuple

from server.messages.entity import Send, SendOutcome

MOST_IN_A_GROUP = 200
# How many characters one commit takes, so that a short text does not wait for many long ones.
MOST_COMMIT_CHARACTERS = 64_000
# A character beyond ASCII takes more bytes, and several times the work of the index afterwards. A
# text counts as one of these if it is not ASCII, which is quick to check.
OTHER = 8
# The cost of a send besides its text, in characters.
ITSELF = 300

Waiting = tuple[Send, "asyncio.Future[SendOutcome]"]


class Queued(NamedTuple):
    """A send in the queue. They are ordered by stamp, and those with the same stamp in the order of
    their arrival."""

    stamp: int
    number: int
    weight: int
    waiting: Waiting


def weigh_text(send: Send) -> int:
    """The weight of a send's text, in ASCII characters of the same work."""
    text = send.text or ""
    return len(text) if text.isascii() else OTHER * len(text)


class Lane:
    def __init__(self) -> None:
        self._waiting: list[Queued] = []
        self._count = 0
        # The stamp of the send that was taken last, and the highest one so far.
        self._now = 0
        self._highest = 0
        # The last stamp of each author who has sends waiting, or had some since the queue was
        # last empty.
        self._last: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, waiting: Waiting) -> None:
        send, _ = waiting
        weight = weigh_text(send)
        stamp = max(self._now, self._last.get(send.author_id, 0)) + ITSELF + weight
        self._last[send.author_id] = stamp
        self._highest = max(self._highest, stamp)
        self._count += 1
        heapq.heappush(self._waiting, Queued(stamp, self._count, weight, waiting))

    def put_back(self, set_aside: Iterable[Queued]) -> None:
        """Puts sends to where they were in the queue."""
        for queued in set_aside:
            heapq.heappush(self._waiting, queued)

    def take_batch(self, set_aside: Callable[[Queued], bool]) -> list[Waiting]:
        """Removes and returns the next group, without the sends that ``set_aside`` takes for itself
        (then it returns True). It has at least one send, if any other waits."""
        group: list[Waiting] = []
        left = MOST_COMMIT_CHARACTERS
        while self._waiting and len(group) < MOST_IN_A_GROUP:
            first = self._waiting[0]
            if set_aside(first):
                heapq.heappop(self._waiting)
                continue
            left -= first.weight
            if group and left < 0:
                break
            heapq.heappop(self._waiting)
            self._now = max(self._now, first.stamp)
            group.append(first.waiting)
        if not self._waiting:
            self._forget()
        return group

    def clear(self) -> list[Waiting]:
        """Removes and returns all waiting sends."""
        waiting = [queued.waiting for queued in self._waiting]
        self._waiting.clear()
        self._forget()
        return waiting

    def _forget(self) -> None:
        """Start anew. What comes from now on comes after all that was set aside."""
        self._now = self._highest
        self._last.clear()
