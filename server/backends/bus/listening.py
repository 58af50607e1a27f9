"""Listens to channels of Redis, for as long as the node lives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic
from typing import Any

import redis.asyncio as redis
import structlog

from server.backends.bus.others import BEAT_EVERY

log = structlog.get_logger("bus")

# Seconds.
ANSWER_TIMEOUT = 0.5
SUBSCRIBE_RETRY = 0.5
DEAF_AFTER = 10.0


class BusListener:
    """Hands each message on the channels to ``take``, in order, and subscribes again after errors.

    Messages may have been missed before each subscription, so ``subscribed`` runs after it. A
    subscription that has silently stopped working is noticed within DEAF_AFTER seconds, because
    this node hears its own beats.
    """

    def __init__(
        self,
        url: str,
        channels: list[str],
        *,
        take: Callable[[bytes, bytes], Awaitable[None]],
        subscribed: Callable[[], Awaitable[None]],
        away: Callable[[], None],
    ) -> None:
        self._url = url
        self._channels = channels
        self._take = take
        self._subscribed = subscribed
        self._away = away
        self.listening = asyncio.Event()

    async def listen(self) -> None:
        while True:
            try:
                async for channel, raw in self._hear_all():
                    await self._take(channel, raw)
            except Exception:
                log.exception("listening to Redis failed")
                await asyncio.sleep(SUBSCRIBE_RETRY)

    async def _hear_all(self) -> AsyncIterator[tuple[bytes, bytes]]:
        while True:
            client = redis.Redis.from_url(self._url, socket_connect_timeout=ANSWER_TIMEOUT)
            try:
                async with client.pubsub() as pubsub:
                    await self._subscribe(pubsub)
                    await self._subscribed()
                    async for message in self._hear(pubsub):
                        yield message
            except (redis.RedisError, OSError, TimeoutError) as error:
                if self.listening.is_set():
                    log.warning("Redis is away", error=type(error).__name__)
                self.listening.clear()
                self._away()
                await asyncio.sleep(SUBSCRIBE_RETRY)
            finally:
                await client.aclose()

    async def _subscribe(self, pubsub: Any) -> None:
        """Subscribe, and wait for Redis to confirm it. A Redis that hangs accepts the connection
        but never answers; then this raises ``TimeoutError``."""
        await pubsub.subscribe(*self._channels)
        for _ in self._channels:
            if await pubsub.get_message(timeout=2 * ANSWER_TIMEOUT) is None:
                raise TimeoutError("Redis did not confirm the subscription")
        self.listening.set()
        log.info("listening to Redis")

    async def _hear(self, pubsub: Any) -> AsyncIterator[tuple[bytes, bytes]]:
        heard = monotonic()
        while True:
            message = await pubsub.get_message(timeout=BEAT_EVERY)
            if message is None:
                if monotonic() - heard > DEAF_AFTER:
                    raise TimeoutError("the subscription did not get the node's own beat back")
                continue
            heard = monotonic()
            if message["type"] == "message":
                yield message["channel"], message["data"]
            elif message["type"] == "subscribe" and message["data"] == len(self._channels):
                # The client library has reconnected on its own, so messages may have been missed.
                await self._subscribed()
