"""Passes messages from node to node over Redis, each to those nodes that want to hear it.

Each node has a channel of its own, and one channel is for all. A node tells the others the ids of
its users and of their rooms: its interest. A message about a room goes to the channels of the nodes
that are interested in it. In doubt it goes to all:

- A node that has just subscribed publishes on the channel for all, because it does not know yet
  which other nodes there are: until as many have told it their interest as Redis says that there
  are, or for SETTLING seconds. So does a node that is cut off from Redis.
- A node whose interest is not known, or of which a change was lost, is sent everything.
- A room that somebody has just entered is published to all known nodes for EXPECTED seconds.

The others confirm each change of interest. What they published before that, a node that has just
become interested has to find in the database.
"""

from __future__ import annotations

from asyncio import sleep
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import NamedTuple

import structlog

from server.backends.bus.bundles import Kind, read_bundle
from server.backends.bus.directory import SETTLING, Concern, Directory
from server.backends.bus.listening import BusListener
from server.backends.bus.older import OlderNodes
from server.backends.bus.others import BEAT_EVERY
from server.backends.bus.publishing import PUBLISH_TIMEOUT, Bundler, BusPublisher, Publishing
from server.kernel.logs import Seldom
from server.kernel.tasks import Tasks
from server.kernel.timeouts import came_in_time

log = structlog.get_logger("bus")

# The most messages that wait for Redis to come back. Above it the oldest is dropped, and once Redis
# is back all nodes tell their clients to sync.
MOST_WAITING_FOR_REDIS = 10_000
# The most messages that are published in one round trip.
MOST_AT_ONCE = 100


class _Waiting(NamedTuple):
    about: Concern
    kind: Kind
    body: bytes
    older: bytes | None


class Bus:
    """``take`` is called with the kind and body of each message of another node, ``take_older``
    with what comes on the channel of the version before, ``on_gap`` when messages may have been
    missed, and ``on_lost`` when some of this node's were dropped while Redis was away.

    Another node gets a message at most once, and the messages of one node in the order of ``put``.
    There is no order between messages of different nodes.
    """

    def __init__(
        self,
        url: str,
        channel: str,
        host_id: str,
        *,
        take: Callable[[int, bytes], Awaitable[None]],
        take_older: Callable[[bytes], Awaitable[None]],
        on_gap: Callable[[], Awaitable[None]],
        on_lost: Callable[[], Awaitable[None]],
    ) -> None:
        self._id = bytes.fromhex(host_id)
        self._older_channel, self._everybody = channel, f"{channel}:nodes"
        self._take_message, self._take_older = take, take_older
        self._on_gap, self._on_lost = on_gap, on_lost
        self.older = OlderNodes(host_id)
        self._waiting: deque[_Waiting] = deque()
        self._lost = False
        self._malformed = Seldom()
        self._bundler = Bundler(self._id, self._everybody)
        self._publisher = BusPublisher(url, form=self._form, published=self._published)
        self.directory = Directory(
            self._id, self._channel_of, wake=self._publisher.wake, on_gap=on_gap
        )
        self._listener = BusListener(
            url,
            [self._older_channel, self._everybody, self._channel_of(self._id)],
            take=self._take,
            subscribed=self._subscribed,
            away=self.directory.cut_off,
        )
        self.listening = self._listener.listening
        self._tasks = Tasks()

    def start(self) -> None:
        """Begin to listen and publish. Call it once, on the running event loop."""
        for work in (self._listener.listen(), self._publisher.publish_all(), self._beats()):
            self._tasks.start(work)

    async def close(self) -> None:
        if self.listening.is_set():
            self.directory.say(Kind.BYE)
        if not self._publisher.idle.is_set():
            await came_in_time(self._publisher.idle.wait(), PUBLISH_TIMEOUT)
        await self._tasks.close()

    def wanted(self, about: Concern) -> bool:
        """Whether any other node may want to hear what concerns these ids."""
        now = monotonic()
        if self.directory.in_doubt(now) or self.older.present(now):
            return True
        return bool(self.directory.readers(about, now))

    def put(
        self, about: Concern, kind: Kind, body: bytes, older: Callable[[], bytes] | None = None
    ) -> None:
        """Publish a message to the nodes that want it. ``older`` makes it for the version before.
        This waits for nothing and does not fail while Redis is away."""
        if len(self._waiting) >= MOST_WAITING_FOR_REDIS:
            self._waiting.popleft()
            self._lost = True
        call = older() if older and self.older.present(monotonic()) else None
        self._waiting.append(_Waiting(about, kind, body, call))
        self._publisher.wake()

    def tell_older(self, call: bytes) -> None:
        """Publish a call to nodes of the version before alone."""
        self._bundler.add_raw(self._older_channel, call)
        self._publisher.wake()

    def _form(self) -> list[Publishing]:
        """The next bundles to publish: what concerns the nodes themselves, then messages."""
        self.directory.form(self._bundler, self._everybody)
        now = monotonic()
        in_doubt = self.directory.in_doubt(now)
        for _ in range(min(len(self._waiting), MOST_AT_ONCE)):
            about, kind, body, older = self._waiting.popleft()
            if older is not None:
                self._bundler.add_raw(self._older_channel, older)
            if in_doubt:
                self._bundler.add(self._everybody, kind, body)
                continue
            for node in self.directory.readers(about, now):
                self._bundler.add(self._channel_of(node.id), kind, body)
        return self._bundler.take()

    def _published(self, counts: list[tuple[str, int]]) -> None:
        if silent := {channel for channel, count in counts if not count}:
            self.directory.note_silent(silent)
        if self._lost:
            self._lost = False
            self._tasks.start(self._tell_lost())

    async def _tell_lost(self) -> None:
        await self._on_lost()

    def _channel_of(self, id: bytes) -> str:
        return f"{self._older_channel}:node:{id.hex()}"

    async def _beats(self) -> None:
        while True:
            await sleep(BEAT_EVERY)
            self.directory.sweep()

    async def _subscribed(self, counts: list[int] | None) -> None:
        older, nodes, _ = counts or (None, None, None)
        # Nodes of this version subscribe to both channels.
        if older is None or older != nodes:
            self.older.suppose(monotonic() + SETTLING)
        self.directory.joined(None if nodes is None else nodes - 1)
        await self._on_gap()

    async def _take(self, channel: bytes, raw: bytes) -> None:
        """Handle what came on a channel. An error is logged; it does not stop what comes next."""
        if channel == self._older_channel.encode():
            await self._take_older(raw)
            return
        bundle = read_bundle(raw)
        if bundle is None:
            if self._malformed.is_due():
                log.warning("malformed bundle from a node", size=len(raw))
            return
        if bundle.node == self._id:
            return
        node = self.directory.meet(bundle.node)
        if bundle.serial <= node.serial:
            # It came before, but Redis did not confirm it in time.
            return
        node.serial = bundle.serial
        for kind, body in bundle.messages:
            try:
                if handle := self.directory.handler(kind):
                    await handle(node, body)
                else:
                    await self._take_message(kind, body)
            except Exception:
                log.exception("handling a node's message failed", kind=kind)
