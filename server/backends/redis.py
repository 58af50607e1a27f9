"""Redis, which may be away at any moment. While it is away, calls to it fail fast."""

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

# Seconds: the most that a call takes, and the pause after a failed call before the next one.
REDIS_TIMEOUT = 0.5
REDIS_PAUSE = 1.0
REDIS_CALLS_AT_ONCE = 64

# What Redis answers to a client without a password where one is needed: to a command, and to the
# HELLO that begins a connection.
NO_PASSWORD = ("authentication required", "client already authenticated")
PASSWORD_NEEDED = "a password is needed: redis://:<password>@<host>:<port>"


class RedisDown(Exception):
    """Redis did not do what was asked: it is away, hangs, or refused."""


class RedisTool:
    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=REDIS_TIMEOUT,
            socket_connect_timeout=REDIS_TIMEOUT,
            # One retry, without a pause: a pooled connection may be from before a restart of Redis.
            retry=Retry(NoBackoff(), 1),
        )
        # redis-py's blocking pool loses a connection when a call is cancelled while it returns it.
        self._places = asyncio.Semaphore(REDIS_CALLS_AT_ONCE)
        self._retry_at = 0.0
        self.down = False

    async def call(self, make: Callable[[Redis], Awaitable[T]]) -> T:
        """Return what ``make(redis)`` returns. Raises ``RedisDown`` if Redis does not answer within
        REDIS_TIMEOUT seconds or refuses; the call may have been carried out all the same.

        While Redis is down, one call every REDIS_PAUSE seconds tries it, and the others fail at
        once.
        """
        probe = self.down
        if probe and not self._may_try():
            raise RedisDown("Redis was away a moment ago")
        async with self._place():
            # While this call waited for a place, an earlier call may have found Redis down.
            if self.down and not probe:
                raise RedisDown("Redis has just gone away")
            return await self._run(make)

    async def _run(self, make: Callable[[Redis], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(REDIS_TIMEOUT):
                result = await make(self.redis)
        except (RedisError, OSError, TimeoutError) as error:
            self._note(error)
            raise RedisDown(str(error) or type(error).__name__) from error
        self.down = False
        return result

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Wait for one of REDIS_CALLS_AT_ONCE places. If there is none in time, ``RedisDown`` is
        raised, but Redis is not marked as down."""
        async with within(REDIS_TIMEOUT, RedisDown("too many calls wait for Redis")):
            await self._places.acquire()
        try:
            yield
        finally:
            self._places.release()

    async def ping(self) -> bool:
        """Whether Redis answers now. This asks Redis even if it was down a moment ago."""
        return await self.fault() is None

    async def fault(self) -> str | None:
        """Why Redis cannot be used now, mostly in Redis' own words; None if it can."""
        self._retry_at = 0.0
        try:
            await self.call(lambda redis: redis.ping())
        except RedisDown as down:
            missing = any(words in str(down).lower() for words in NO_PASSWORD)
            return PASSWORD_NEEDED if missing else str(down)
        return None

    async def close(self) -> None:
        await self.redis.aclose()

    def _may_try(self) -> bool:
        now = time.monotonic()
        if now < self._retry_at:
            return False
        self._retry_at = now + REDIS_PAUSE
        return True

    def _note(self, error: Exception) -> None:
        # If Redis refuses (out of memory, or a replica), it is not down: other calls may succeed.
        if isinstance(error, ResponseError) and not isinstance(error, BusyLoadingError):
            return
        self.down = True
        self._retry_at = time.monotonic() + REDIS_PAUSE
