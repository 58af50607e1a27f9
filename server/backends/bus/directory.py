"""Knows which other nodes there are and what each wants to hear, and tells them the same of this
one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from time import monotonic

from server.backends.bus.bundles import (
    Beat,
    Kind,
    pack_ack,
    read_ack,
    read_beat,
    read_change,
    read_share,
    to_msgpack,
)
from server.backends.bus.interest import Interest
from server.backends.bus.others import BEAT_EVERY, OtherNode, OtherNodes
from server.backends.bus.publishing import Bundler

# Seconds for which a node may not know yet which others there are, after it has subscribed.
SETTLING = 4.0
# Seconds for which a room that somebody has just entered is published to all nodes.
EXPECTED = 5.0

Concern = Collection[bytes] | None
"""The ids of what a message is about; None if all nodes have to hear it."""


class Directory:
    """``wake`` is called when there is something to say; ``form`` says it. ``on_gap`` is called
    when another node may have sent this one less than it wanted to hear.

    A beat names the number of a node's last change of interest, so that a lost change is noticed,
    and the numbers that it has of the others, so that a lost receipt does no harm.
    """

    def __init__(
        self,
        id: bytes,
        channel_of: Callable[[bytes], str],
        *,
        wake: Callable[[], None],
        on_gap: Callable[[], Awaitable[None]],
    ) -> None:
        self._id = id
        self._channel_of = channel_of
        self._wake = wake
        self._on_gap = on_gap
        self.interest = Interest()
        self.others = OtherNodes()
        self._expected: dict[bytes, float] = {}
        self._swept_at = monotonic()
        self._listening = False
        self._settles_at = float("inf")
        # How many other nodes have to tell their interest, and those that have.
        self._awaited: int | None = None
        self._answers: set[bytes] = set()
        # Until then this node has published everything to all nodes, since it was started.
        self._complete_until = float("inf")
        # What to say next: about this node, and to which others.
        self._beat: Kind | None = None
        self._asking: set[bytes] = set()
        self._asked: set[bytes] = set()
        self._acks: dict[bytes, bool] = {}
        self._progress = asyncio.Event()
        self._handlers: dict[int, Callable[[OtherNode, bytes], Awaitable[None]]] = {
            Kind.BEAT: self._take_beat,
            Kind.HELLO: self._take_hello,
            Kind.BYE: self._take_bye,
            Kind.ASK: self._take_question,
            Kind.ALL: self._take_share,
            Kind.CHANGE: self._take_change,
            Kind.ACK: self._take_ack,
        }

    # Who wants what

    def in_doubt(self, now: float) -> bool:
        """Whether there may be nodes that this one does not know."""
        return now < self._settles_at

    def readers(self, about: Concern, now: float) -> list[OtherNode]:
        """The known nodes that may want to hear what concerns any of these ids."""
        if not self.others:
            return []
        if (
            about is not None
            and self._expected
            and any(self._expected.get(id, 0.0) > now for id in about)
        ):
            about = None
        return self.others.that_want(about)

    def expect(self, id: bytes) -> None:
        """Count all nodes among the readers of this id for EXPECTED seconds."""
        if self.others:
            self._expected[id] = monotonic() + EXPECTED

    def add_interest(self, id: bytes) -> None:
        if self.interest.add(id):
            self._wake()

    def end_interest(self, id: bytes) -> None:
        self.interest.end(id, monotonic())

    async def confirmed(self, seconds: float | None) -> bool:
        """Wait until every known node has applied the interest that this node has now.

        Returns True then, and also if this node cannot hear the others. Returns False if that takes
        longer than ``seconds``, or if one of them is away and ``seconds`` is not None.
        """
        goal = self.interest.goal
        try:
            async with asyncio.timeout(seconds):
                while self._listening and (late := self.others.late(goal)):
                    if seconds is not None and any(node.away for node in late):
                        return False
                    await self._progress.wait()
        except TimeoutError:
            return False
        return True

    def _report_progress(self) -> None:
        """Let those who wait in ``confirmed`` look again."""
        self._progress.set()
        self._progress = asyncio.Event()

    # How this node is

    def joined(self, count: int | None) -> None:
        """This node has subscribed, and may have missed messages before. ``count`` is the number of
        other nodes that were subscribed then, if that is known."""
        now = monotonic()
        self._listening = True
        self._settles_at = now + SETTLING
        self._awaited, self._answers = count, set()
        self.others.renew(now)
        self.say(Kind.HELLO)
        self._settle(now)

    def _settle(self, now: float) -> None:
        """End the doubt if all other nodes have told their interest, or if there are none."""
        if self._awaited is not None and len(self._answers) >= self._awaited:
            self._settles_at = min(self._settles_at, now)
        self._complete_until = min(self._complete_until, self._settles_at)

    def cut_off(self) -> None:
        """This node hears nothing any more."""
        self._listening = False
        self._settles_at = float("inf")
        self._report_progress()

    def sweep(self) -> None:
        """Show that this node lives, and forget others that do not. To be called every BEAT_EVERY
        seconds."""
        now = monotonic()
        self.interest.sweep(now)
        self._expected = {id: until for id, until in self._expected.items() if until > now}
        if not self._listening or now - self._swept_at > 2 * BEAT_EVERY:
            # This process may have been stopped, and the beats of the others wait unread.
            self.others.renew(now)
        elif self.others.expire(now):
            self._report_progress()
        self._swept_at = now
        self.say(Kind.BEAT)

    def say(self, kind: Kind) -> None:
        # A beat asks for nothing, and nothing follows the end.
        self._beat = max(kind, self._beat or kind)
        self._wake()

    def note_silent(self, channels: set[str]) -> None:
        """Nobody listens on these channels."""
        for node in self.others:
            if self._channel_of(node.id) in channels:
                node.away = True
        self._report_progress()

    # What this node says of itself

    def form(self, bundler: Bundler, everybody: str) -> None:
        if self.interest.changed:
            for change in self.interest.take_changes():
                for node in self.others:
                    bundler.add(self._channel_of(node.id), Kind.CHANGE, change)
        if self._asked:
            asked, self._asked = self._asked, set()
            channel = everybody if len(asked) > 1 else self._channel_of(asked.pop())
            for share in self.interest.all_shares():
                bundler.add(channel, Kind.ALL, share)
        acks, self._acks = self._acks, {}
        for id, missed in acks.items():
            if (other := self.others.get(id)) and other.number is not None:
                bundler.add(self._channel_of(id), Kind.ACK, pack_ack(other.number, missed))
        asking, self._asking = self._asking, set()
        for id in asking:
            bundler.add(self._channel_of(id), Kind.ASK, b"")
        if (beat := self._beat) is not None:
            self._beat = None
            applied = {n.id: n.number for n in self.others if n.number is not None}
            bundler.add(everybody, beat, to_msgpack(Beat(self.interest.number, applied)))

    # What the others say

    def meet(self, id: bytes) -> OtherNode:
        """The node with this id, which was just heard."""
        now = monotonic()
        node = self.others.get(id)
        if node is None:
            node = self.others.add(id, now, missed=now >= self._complete_until)
            self._ask(node)
        node.heard_at = now
        node.away = False
        return node

    def handler(self, kind: int) -> Callable[[OtherNode, bytes], Awaitable[None]] | None:
        """What takes messages of this kind. None if they are not about the nodes themselves."""
        return self._handlers.get(kind)

    def _ask(self, node: OtherNode) -> None:
        if node.is_due(monotonic()):
            self._asking.add(node.id)
            self._wake()

    async def _take_beat(self, node: OtherNode, body: bytes) -> None:
        beat = read_beat(body)
        if not node.sure or node.number != beat.number:
            node.missed = node.missed or node.sure
            node.sure = False
            self._ask(node)
        self._note_applied(node, beat.applied.get(self._id, -1))

    async def _take_hello(self, node: OtherNode, body: bytes) -> None:
        await self._take_beat(node, body)
        await self._take_question(node, body)

    async def _take_bye(self, node: OtherNode, body: bytes) -> None:
        self.others.remove(node.id)
        self._report_progress()

    async def _take_question(self, node: OtherNode, body: bytes) -> None:
        self._asked.add(node.id)
        self._wake()

    async def _take_share(self, node: OtherNode, body: bytes) -> None:
        if node.take_share(read_share(body)):
            self._acknowledge(node, node.missed)
            node.missed = False
            self._answers.add(node.id)
            self._settle(monotonic())

    async def _take_change(self, node: OtherNode, body: bytes) -> None:
        if node.take_change(read_change(body)):
            self._acknowledge(node, False)
        else:
            node.missed = node.missed or node.number is not None
            self._ask(node)

    def _acknowledge(self, node: OtherNode, missed: bool) -> None:
        self._acks[node.id] = missed or self._acks.get(node.id, False)
        self._wake()

    async def _take_ack(self, node: OtherNode, body: bytes) -> None:
        number, missed = read_ack(body)
        self._note_applied(node, number)
        if missed:
            await self._on_gap()

    def _note_applied(self, node: OtherNode, number: int) -> None:
        if number > node.acked:
            node.acked = number
            self._report_progress()
