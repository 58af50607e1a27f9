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

    Messages may have been missed before each subscription, so ``subscribed`` runs after it, with
    the number of subscribers that each channel has then; None if Redis does not tell that. A
    subscription that has silently stopped working is noticed within DEAF_AFTER seconds, because
    this node hears its own beats.
    """

    def __init__(
        self,
        url: str,
        channels: list[str],
        *,
        take: Callable[[bytes, bytes], Awaitable[None]],
        subscribed: Callable[[list[int] | None], Awaitable[None]],
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
                    await self._subscribed(await self._count(client))
                    async for message in self._hear(client, pubsub):
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
        async with asyncio.timeout(2 * ANSWER_TIMEOUT):
            # What comes on the first channels before that is lost, as what came before it all.
            while not self._is_confirmed(await pubsub.get_message(timeout=2 * ANSWER_TIMEOUT)):
                pass
        self.listening.set()
        log.info("listening to Redis")

    def _is_confirmed(self, message: dict[str, Any] | None) -> bool:
        """Whether this confirms the subscription of the last channel."""
        return (
            message is not None
            and message["type"] == "subscribe"
            and message["data"] == len(self._channels)
        )

    async def _count(self, client: redis.Redis) -> list[int] | None:
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                counts = await client.pubsub_numsub(*self._channels)
        except redis.ResponseError:
            return None
        return [count for _, count in counts]

    async def _hear(self, client: redis.Redis, pubsub: Any) -> AsyncIterator[tuple[bytes, bytes]]:
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
            elif self._is_confirmed(message):
                # The client library has reconnected on its own, so messages may have been missed.
                await self._subscribed(await self._count(client))
