"""The rooms and users whose news this node wants to hear from the others."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from server.backends.bus.bundles import pack_change, pack_share

# The most ids in one message, which takes 64 KiB then.
MOST_IDS_TOLD = 4_096
# Seconds for which the interest goes on after its end. So a client that reconnects, or a page that
# is loaded again, changes nothing.
LINGERS = 10.0


def id_bytes(id: str) -> bytes:
    """The 16 bytes of a UUID."""
    return bytes.fromhex(id.replace("-", ""))


class Interest:
    """The ids of this node's users and their rooms, and what of it the other nodes have been told.

    Each change that is told has the next number, so that a node notices if it missed one. Changes
    are gathered until they are taken, so many at once take few messages.
    """

    def __init__(self) -> None:
        self.number = 0
        self._told: set[bytes] = set()
        # The ids to tell next. They are dicts, which keep the order.
        self._fresh: dict[bytes, None] = {}
        self._stale: dict[bytes, None] = {}
        # When the interest in an id ends, in the order of these times.
        self._ending: dict[bytes, float] = {}

    def __len__(self) -> int:
        return len(self._told) + len(self._fresh)

    def add(self, id: bytes) -> bool:
        """Returns whether that has to be told."""
        self._ending.pop(id, None)
        if id in self._told or id in self._fresh:
            return False
        if id in self._stale:
            # The others were not told of its end.
            del self._stale[id]
            self._told.add(id)
            return False
        self._fresh[id] = None
        return True

    def end(self, id: bytes, now: float) -> None:
        """Nobody here is interested any more. ``now`` is in seconds."""
        if id in self._told or id in self._fresh:
            self._ending.pop(id, None)
            self._ending[id] = now + LINGERS

    def sweep(self, now: float) -> None:
        """Give up the ids whose interest ended LINGERS seconds ago."""
        while self._ending and (id := next(iter(self._ending))):
            if self._ending[id] > now:
                return
            del self._ending[id]
            if id in self._fresh:
                del self._fresh[id]
            else:
                self._told.discard(id)
                self._stale[id] = None

    @property
    def goal(self) -> int:
        """The number of the change after which the others know all that was added so far."""
        return self.number + -(-len(self._fresh) // MOST_IDS_TOLD)

    @property
    def changed(self) -> bool:
        return bool(self._fresh or self._stale)

    def take_changes(self) -> list[bytes]:
        """The messages that tell the changes since the last call. The added ids come first."""
        messages = []
        while self._fresh:
            added = _take(self._fresh)
            self._told.update(added)
            messages.append(self._next(added, []))
        while self._stale:
            messages.append(self._next([], _take(self._stale)))
        return messages

    def _next(self, added: list[bytes], removed: list[bytes]) -> bytes:
        self.number += 1
        return pack_change(self.number, added, removed)

    def all_shares(self) -> list[bytes]:
        """The messages that tell all of the interest, as it is after the last change that was
        taken."""
        ids = list(self._told)
        parts = [ids[n : n + MOST_IDS_TOLD] for n in range(0, len(ids), MOST_IDS_TOLD)] or [[]]
        return [pack_share(self.number, n, len(parts), part) for n, part in enumerate(parts)]


def _take(ids: dict[bytes, None]) -> list[bytes]:
    taken = list(islice(ids, MOST_IDS_TOLD))
    for id in taken:
        del ids[id]
    return taken


def all_bytes(ids: Iterable[str]) -> list[bytes]:
    return [id_bytes(id) for id in ids]
