"""The other nodes as this node knows them: what each wants to hear, and whether it lives."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from server.backends.bus.bundles import InterestChange, InterestShare

# Seconds: how often a node shows that it lives, and after how long a silence it counts as dead.
BEAT_EVERY = 3.0
EXPIRES = 15.0
# The least seconds between two questions for the same node's interest.
ASK_EVERY = 1.0


class OtherNode:
    """``sure`` says whether its interest is known; if not, it is sent everything.

    ``number`` is that of its last change that was applied here, or None; ``acked`` that of this
    node's last change that it has applied, or -1. ``away`` is True if Redis had nobody to pass its
    messages to. ``missed`` is True if it may have been sent less than it wanted to hear.
    """

    __slots__ = (
        "_incoming",
        "_parts",
        "acked",
        "asked_at",
        "away",
        "heard_at",
        "id",
        "ids",
        "missed",
        "number",
        "serial",
        "sure",
    )

    def __init__(self, id: bytes, now: float, missed: bool) -> None:
        self.id = id
        self.ids: set[bytes] = set()
        self.sure = False
        self.number: int | None = None
        self.acked = -1
        self.away = False
        self.missed = missed
        self.heard_at = now
        self.asked_at = now - ASK_EVERY
        self.serial = 0
        # What came of its interest so far, while it is being told in full.
        self._incoming: set[bytes] = set()
        self._parts = 0

    def wants(self, about: Collection[bytes]) -> bool:
        return not self.sure or not self.ids.isdisjoint(about)

    def is_due(self, now: float) -> bool:
        """Whether to ask for its interest now. If so, that is noted as done."""
        if now - self.asked_at < ASK_EVERY:
            return False
        self.asked_at = now
        return True

    def take_share(self, share: InterestShare) -> bool:
        """Take one part of its interest. Returns whether that was the last one."""
        if share.part == 0:
            self._incoming, self._parts = set(), 0
        if share.part != self._parts:
            return False
        self._incoming |= share.ids
        self._parts += 1
        if self._parts < share.parts:
            return False
        self.ids, self._incoming = self._incoming, set()
        if self.number is not None and self.number != share.number:
            self.missed = True
        self.number = share.number
        self.sure = True
        return True

    def take_change(self, change: InterestChange) -> bool:
        """Apply a change. Returns whether it is known here now; if not, changes before it were
        lost."""
        if not self.sure or self.number is None:
            return False
        if change.number == self.number + 1:
            self.ids.update(change.added)
            self.ids.difference_update(change.removed)
            self.number = change.number
        elif change.number > self.number:
            self.sure = False
            return False
        return True


class OtherNodes:
    def __init__(self) -> None:
        self._nodes: dict[bytes, OtherNode] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[OtherNode]:
        return iter(self._nodes.values())

    def get(self, id: bytes) -> OtherNode | None:
        return self._nodes.get(id)

    def add(self, id: bytes, now: float, missed: bool) -> OtherNode:
        node = self._nodes[id] = OtherNode(id, now, missed)
        return node

    def remove(self, id: bytes) -> None:
        self._nodes.pop(id, None)

    def expire(self, now: float) -> list[bytes]:
        """Forget the nodes that were silent for EXPIRES seconds. Returns their ids."""
        dead = [node.id for node in self if now - node.heard_at > EXPIRES]
        for id in dead:
            self.remove(id)
        return dead

    def renew(self, now: float) -> None:
        """Give all nodes time to be heard again: this node heard nothing for a while."""
        for node in self:
            node.heard_at = now

    def that_want(self, about: Collection[bytes] | None) -> list[OtherNode]:
        """The nodes that want to hear of any of these ids; all nodes for None."""
        if about is None:
            return list(self)
        return [node for node in self if node.wants(about)]

    def late(self, number: int) -> list[OtherNode]:
        """The nodes that have applied earlier changes of this node, but not change ``number``."""
        return [node for node in self if 0 <= node.acked < number]
