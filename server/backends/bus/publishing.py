"""Publishes bundles to Redis, in order, and keeps them until Redis has them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import redis.asyncio as redis

from server.backends.bus.bundles import BundledMessage, Kind, pack_bundle

# Seconds.
PUBLISH_TIMEOUT = 0.5
PUBLISH_RETRY = 0.5
# Bytes a second at which Redis may be expected to take a large group.
PUBLISH_RATE = 4 * 1024 * 1024
# About the most bytes in one bundle.
MOST_BUNDLED = 256 * 1024

Publishing = tuple[str, bytes]
"""A channel and what to publish there."""


class Bundler:
    """Gathers messages into bundles. What one node hears on several channels stays in order."""

    def __init__(self, node: bytes, everybody: str) -> None:
        """``everybody`` is the channel of all nodes."""
        self._node = node
        self._everybody = everybody
        self._serial = 0
        self._open: dict[str, list[BundledMessage]] = {}
        self._sizes: dict[str, int] = {}
        self._done: list[Publishing] = []

    def add(self, channel: str, kind: Kind, body: bytes) -> None:
        if (channel == self._everybody) != (self._everybody in self._open):
            self._close_all()
        if channel not in self._open:
            self._open[channel] = []
            self._sizes[channel] = 0
        self._open[channel].append((kind, body))
        self._sizes[channel] += len(body)
        if self._sizes[channel] > MOST_BUNDLED:
            self._close(channel)

    def add_raw(self, channel: str, raw: bytes) -> None:
        """Publish bytes as they are, on a channel for other programs."""
        self._done.append((channel, raw))

    def take(self) -> list[Publishing]:
        self._close_all()
        done, self._done = self._done, []
        return done

    def _close_all(self) -> None:
        for channel in list(self._open):
            self._close(channel)

    def _close(self, channel: str) -> None:
        self._serial += 1
        del self._sizes[channel]
        raw = pack_bundle(self._node, self._serial, self._open.pop(channel))
        self._done.append((channel, raw))


class BusPublisher:
    """Publishes what ``form`` returns, until that is nothing, each time it is woken.

    Publishing goes on until Redis confirms it. So after an error a bundle may arrive twice; its
    serial number tells the receiver. ``published`` is called with each channel and the number of
    nodes that Redis passed the bundle to.
    """

    def __init__(
        self,
        url: str,
        *,
        form: Callable[[], list[Publishing]],
        published: Callable[[list[tuple[str, int]]], None],
    ) -> None:
        self._url = url
        self._form = form
        self._published = published
        self._wake = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()

    def wake(self) -> None:
        self.idle.clear()
        self._wake.set()

    async def publish_all(self) -> None:
        client = redis.Redis.from_url(self._url, socket_connect_timeout=PUBLISH_TIMEOUT)
        # A pipeline of redis-py would take twice the processor's time for a group of one.
        connection = client.connection_pool.make_connection()
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while group := self._form():
                    counts = await self._publish(connection, group)
                    channels = [channel for channel, _ in group]
                    self._published(list(zip(channels, counts, strict=True)))
                if not self._wake.is_set():
                    self.idle.set()
        finally:
            await connection.disconnect()
            await client.aclose()

    async def _publish(
        self, connection: redis.connection.AbstractConnection, group: list[Publishing]
    ) -> list[int]:
        seconds = PUBLISH_TIMEOUT + sum(len(raw) for _, raw in group) / PUBLISH_RATE
        commands = connection.pack_commands([("PUBLISH", *each) for each in group])
        while True:
            try:
                async with asyncio.timeout(seconds):
                    await connection.send_packed_command(commands)
                    return [await connection.read_response() for _ in group]
            except (redis.RedisError, OSError, TimeoutError):
                await connection.disconnect(nowait=True)
                await asyncio.sleep(PUBLISH_RETRY)
