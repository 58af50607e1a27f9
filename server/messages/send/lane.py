"""A queue of the sends that wait for the next commit. An author who writes little does not wait
behind authors who write much.

It is fair queueing, as in networks. Each send is stamped with the time at which it would be done if
all waiting authors were served at the same pace, and the smallest stamp is served first. So the
sends of one author keep their order, and a short send passes a hundred long ones of another author.
"""

from __future__ import annotations

import asyncio
import heapq

from server.messages.entity import Send, SendOutcome

MOST_IN_A_GROUP = 200
# How many characters one commit indexes for the search: about 4 ms of work.
MOST_COMMIT_CHARACTERS = 64_000
# In scripts without spaces, a character takes several times the work of an ASCII character. A text
# counts as one of these if it is not ASCII, which is quick to check.
OTHER = 8
# The cost of a send besides its text, in characters.
ITSELF = 300

Waiting = tuple[Send, "asyncio.Future[SendOutcome]"]


def weigh_text(send: Send) -> int:
    """The weight of a send's text, in ASCII characters of the same work."""
    text = send.text or ""
    return len(text) if text.isascii() else OTHER * len(text)


class Lane:
    def __init__(self) -> None:
        # Ordered by stamp, and sends with the same stamp in the order of their arrival.
        self._waiting: list[tuple[int, int, Waiting]] = []
        self._count = 0
        self._now = 0
        # The last stamp of each author who has sends waiting, or had some since the queue was
        # last empty.
        self._last: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, waiting: Waiting) -> None:
        send, _ = waiting
        stamp = max(self._now, self._last.get(send.author_id, 0)) + ITSELF + weigh_text(send)
        self._last[send.author_id] = stamp
        self._count += 1
        heapq.heappush(self._waiting, (stamp, self._count, waiting))

    def take_batch(self) -> list[Waiting]:
        """Removes and returns the next group. It has at least one send, if any waits."""
        group: list[Waiting] = []
        left = MOST_COMMIT_CHARACTERS
        while self._waiting and len(group) < MOST_IN_A_GROUP:
            left -= weigh_text(self._waiting[0][2][0])
            if group and left < 0:
                break
            self._now, _, waiting = heapq.heappop(self._waiting)
            group.append(waiting)
        if not self._waiting:
            self._now = 0
            self._last.clear()
        return group

    def clear(self) -> list[Waiting]:
        """Removes and returns all waiting sends."""
        waiting = [waiting for _, _, waiting in self._waiting]
        self._waiting.clear()
        self._last.clear()
        self._now = 0
        return waiting
