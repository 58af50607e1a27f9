"""Sends that wait for one commit after another: whoever writes little does not wait behind those
who write much.

It is fair queueing, as networks have it: a send is stamped with when it would be done if all
authors who wait were served at the same pace, and the least stamp comes first. So one author's
sends keep their order, and a short one of somebody else passes a hundred long ones.
"""

from __future__ import annotations

import asyncio
import heapq

from server.messages.entity import Send, SendOutcome

MOST_IN_A_GROUP = 200
# Characters that one commit makes words of for the index: so much takes it about 4 ms.
MOST_CHARACTERS = 64_000
# In scripts that write no spaces a character is several times the work of one in others. They are
# told from them by ASCII alone, which is quick.
OTHER = 8
# What each send costs beside its text, in characters.
ITSELF = 300

Waiting = tuple[Send, "asyncio.Future[SendOutcome]"]


def weigh_text(send: Send) -> int:
    """Those of its text, each as much as one of ASCII."""
    text = send.text or ""
    return len(text) if text.isascii() else OTHER * len(text)


class Lane:
    def __init__(self) -> None:
        # By stamp, and those of one stamp as they came.
        self._waiting: list[tuple[int, int, Waiting]] = []
        self._count = 0
        self._now = 0
        # The last stamp of each author who waits or did a moment ago.
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
        """The next group: one at least, if any waits."""
        group: list[Waiting] = []
        left = MOST_CHARACTERS
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
        """Everybody, who then waits no more."""
        waiting = [waiting for _, _, waiting in self._waiting]
        self._waiting.clear()
        self._last.clear()
        self._now = 0
        return waiting
