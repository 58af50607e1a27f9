"""Caches of live and ended sessions, which save queries of the database (``LiveSessions``)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from redis.asyncio import Redis

from server.backends.redis import RedisDown, RedisTool

LIVE, ENDED = "live", "ended"


class MemorySessions:
    """The cache for one process. ``clock`` returns seconds. Above ``most`` entries the oldest are
    dropped."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = 100_000) -> None:
        self._clock = clock
        self._most = most
        self._known: dict[str, tuple[bool, float]] = {}

    async def find_session(self, session_id: str) -> bool | None:
        alive, until = self._known.get(session_id, (None, 0.0))
        return alive if until > self._clock() else None

    async def fill(self, session_id: str, ttl: int) -> None:
        if await self.find_session(session_id) is None:
            self._put(session_id, True, ttl)

    async def bury(self, session_ids: Collection[str], ttl: int) -> bool:
        for session_id in session_ids:
            self._put(session_id, False, ttl)
        return True

    def _put(self, session_id: str, alive: bool, ttl: int) -> None:
        # Removed first, so that it is added at the end: the order is by age.
        self._known.pop(session_id, None)
        self._known[session_id] = (alive, self._clock() + ttl)
        while len(self._known) > self._most:
            del self._known[next(iter(self._known))]


class RedisSessions:
    """The cache in Redis that all nodes share. While Redis is away, no session is known."""

    def __init__(self, redis: RedisTool) -> None:
        self._redis = redis

    async def find_session(self, session_id: str) -> bool | None:
        try:
            value = await self._redis.call(lambda redis: redis.get(_key(session_id)))
        except RedisDown:
            return None
        return None if value is None else value == LIVE

    async def fill(self, session_id: str, ttl: int) -> None:
        try:
            # NX: a node that read the row before the session's end was committed must not overwrite
            # the entry that says it has ended.
            await self._redis.call(lambda redis: redis.set(_key(session_id), LIVE, ex=ttl, nx=True))
        except RedisDown:
            return

    async def bury(self, session_ids: Collection[str], ttl: int) -> bool:
        async def all_at_once(redis: Redis) -> None:
            async with redis.pipeline(transaction=False) as pipeline:
                for session_id in session_ids:
                    pipeline.set(_key(session_id), ENDED, ex=ttl)
                await pipeline.execute()

        try:
            await self._redis.call(all_at_once)
        except RedisDown:
            return False
        return True


def _key(session_id: str) -> str:
    return f"chat:session:{session_id}"
