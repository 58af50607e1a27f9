"""Redis, as something that may be away at any moment and must cost little then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError, ResponseError

from server.kernel.timeouts import within

T = TypeVar("T")

# No call takes longer, and after a failed one nobody tries for a while (seconds).
PATIENCE = 0.5
PAUSE = 1.0
AT_ONCE = 64


class RedisDown(Exception):
    """Redis did not do it: it is away, hangs, or refused."""


class RedisTool:
    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            # Once, at once: a pooled connection may be from before a restart.
            retry=Retry(NoBackoff(), 1),
        )
        # redis-py's own blocking pool loses a place when a call is cancelled while it returns one.
        self._places = asyncio.Semaphore(AT_ONCE)
        self._retry_at = 0.0
        self.down = False

    async def call(self, make: Callable[[Redis], Awaitable[T]]) -> T:
        """What ``make(redis)`` answers, within PATIENCE; else ``RedisDown``.

        While Redis is down, one call each PAUSE tries it and the others fail at once.
        """
        probe = self.down
        if probe and not self._may_try():
            raise RedisDown("Redis was away a moment ago")
        async with self._place():
            # The calls before this one may have learned better while it waited.
            if self.down and not probe:
                raise RedisDown("Redis has just gone away")
            return await self._run(make)

    async def _run(self, make: Callable[[Redis], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(PATIENCE):
                result = await make(self.redis)
        except (RedisError, OSError, TimeoutError) as error:
            self._note(error)
            raise RedisDown(str(error) or type(error).__name__) from error
        self.down = False
        return result

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """One of AT_ONCE. To find none in time is no sign that Redis is down."""
        async with within(PATIENCE, RedisDown("too many calls wait for Redis")):
            await self._places.acquire()
        try:
            yield
        finally:
            self._places.release()

    async def ping(self) -> bool:
        """Whether it answers now, even if it did not a moment ago."""
        self._retry_at = 0.0
        try:
            await self.call(lambda redis: redis.ping())
        except RedisDown:
            return False
        return True

    async def close(self) -> None:
        await self.redis.aclose()

    def _may_try(self) -> bool:
        now = time.monotonic()
        if now < self._retry_at:
            return False
        self._retry_at = now + PAUSE
        return True

    def _note(self, error: Exception) -> None:
        # A refusal (no memory, a replica) is an answer: other calls may well succeed.
        if isinstance(error, ResponseError) and not isinstance(error, BusyLoadingError):
            return
        self.down = True
        self._retry_at = time.monotonic() + PAUSE
