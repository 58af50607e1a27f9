"""Rate limiters: one for a single process, one for all nodes together, and one without limits."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

from redis.asyncio import Redis

from server.backends.redis import RedisDown, RedisTool
from server.kernel.limits import AnyRate, TokenBuckets, refuse_for
from server.kernel.tasks import Tasks


class NoLimiter:
    """A ``Limiter`` that never refuses."""

    async def take_tokens(self, name: str, key: str, rate: AnyRate, cost: int = 1) -> None:
        return

    async def check_tokens(self, name: str, key: str, rate: AnyRate) -> None:
        return

    async def give_tokens(self, name: str, key: str, rate: AnyRate) -> None:
        return

    async def reset_bucket(self, name: str, key: str) -> None:
        return

    def spend_tokens(self, name: str, key: str, rate: AnyRate, cost: int = 1) -> None:
        return

    def charge_tokens(self, name: str, key: str, rate: AnyRate, cost: int) -> None:
        return


class MemoryLimiter:
    """A ``Limiter`` for a single process, with buckets in its memory."""

    def __init__(self, buckets: TokenBuckets | None = None) -> None:
        self._buckets = TokenBuckets() if buckets is None else buckets

    async def take_tokens(self, name: str, key: str, rate: AnyRate, cost: int = 1) -> None:
        refuse_for(self._buckets.take_tokens(name, key, rate, cost))

    async def check_tokens(self, name: str, key: str, rate: AnyRate) -> None:
        refuse_for(self._buckets.peek_tokens(name, key, rate))

    async def give_tokens(self, name: str, key: str, rate: AnyRate) -> None:
        self._buckets.give_tokens(name, key, rate)

    async def reset_bucket(self, name: str, key: str) -> None:
        self._buckets.reset_bucket(name, key)

    def spend_tokens(self, name: str, key: str, rate: AnyRate, cost: int = 1) -> None:
        refuse_for(self._buckets.take_tokens(name, key, rate, cost))

    def charge_tokens(self, name: str, key: str, rate: AnyRate, cost: int) -> None:
        self._buckets.charge_tokens(name, key, rate, cost)


# The same computation as in server/kernel/limits.py, with Redis's clock. Returns the wait (seconds,
# as text).
_BUCKET = """
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local cost, takes = math.min(tonumber(ARGV[3]), burst), ARGV[4] == '1'
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1]) or burst
tokens = math.min(burst, tokens + math.max(0, now - (tonumber(kept[2]) or now)) * rate)
local missing = cost - tokens
if missing > 1e-6 then return string.format('%.6f', missing / rate) end
if takes then
    tokens = math.max(0, tokens - cost)
    redis.call('HSET', KEYS[1], 'tokens', string.format('%.9f', tokens),
        'at', string.format('%.6f', now))
    redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate * 1000) + 1000)
end
return '0'
"""
# A bucket that does not exist is full, so it gets no token. The next call of ``_BUCKET`` cuts a
# bucket down to its burst.
_GIVE = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HINCRBYFLOAT', KEYS[1], 'tokens', 1) end
"""

# Takes tokens that were spent already. The bucket may fall below zero, by one burst at most.
# Returns the number of tokens left, as text.
_SPENT = """
local rate, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1]) or burst
tokens = math.min(burst, tokens + math.max(0, now - (tonumber(kept[2]) or now)) * rate)
tokens = math.max(-burst, tokens - cost)
redis.call('HSET', KEYS[1], 'tokens', string.format('%.9f', tokens),
    'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate * 1000) + 1000)
return string.format('%.6f', tokens)
"""
# The name and key of a bucket, its rate, and the tokens spent.
Spent = tuple[tuple[str, str], AnyRate, int]
# Spent tokens are reported to Redis together: every TELL_AFTER seconds, at most TELL_AT_ONCE
# buckets in one call.
TELL_AFTER, TELL_AT_ONCE = 0.2, 500


class RedisLimiter:
    """A ``Limiter`` with buckets in Redis that all nodes share.

    Each process also keeps its own buckets and brings them in line with those in Redis. While Redis
    does not answer, the process's own buckets decide, so a user then has one bucket on each node.
    Calls never fail because of Redis.
    """

    def __init__(self, redis: RedisTool, buckets: TokenBuckets | None = None) -> None:
        self._redis = redis
        self._buckets = TokenBuckets() if buckets is None else buckets
        self._script = redis.redis.register_script(_BUCKET)
        self._spent_script = redis.redis.register_script(_SPENT)
        # Tokens that were spent in this process and not reported to Redis yet, by bucket.
        self._spent: dict[tuple[str, str], tuple[AnyRate, int]] = {}
        self._tasks = Tasks()
        self._telling: asyncio.Task[None] | None = None
        self._give = redis.redis.register_script(_GIVE)

    async def take_tokens(self, name: str, key: str, rate: AnyRate, cost: int = 1) -> None:
        shared = await self._shared(name, key, rate, cost, takes=True)
        if shared is not None:
            refuse_for(shared)
        own = self._buckets.take_tokens(name, key, rate, cost)
        if shared is None:
            refuse_for(own)

    async def check_tokens(self, name: str, key: str, rate: AnyRate) -> None:
        shared = await self._shared(name, key, rate, 1, takes=False)
        refuse_for(self._buckets.peek_tokens(name, key, rate) if shared is None else shared)

    async def give_tokens(self, name: str, key: str, rate: AnyRate) -> None:
        self._buckets.give_tokens(name, key, rate)

        async def run(redis: Redis) -> None:
            await self._give(keys=[_key(name, key)], client=redis)

        with suppress(RedisDown):
            await self._redis.call(run)

    async def reset_bucket(self, name: str, key: str) -> None:
        self._buckets.reset_bucket(name, key)
        try:
            await self._redis.call(lambda redis: redis.delete(_key(name, key)))
        except RedisDown:
            return

    def spend_tokens(self, name: str, key: str, rate: AnyRate, cost: int = 1) -> None:
        refuse_for(self._buckets.take_tokens(name, key, rate, cost))
        self._tell_soon(name, key, rate, cost)

    def charge_tokens(self, name: str, key: str, rate: AnyRate, cost: int) -> None:
        self._buckets.charge_tokens(name, key, rate, cost)
        self._tell_soon(name, key, rate, cost)

    def _tell_soon(self, name: str, key: str, rate: AnyRate, cost: int) -> None:
        _, before = self._spent.get((name, key), (rate, 0))
        self._spent[name, key] = rate, before + cost
        if self._telling is None or self._telling.done():
            self._telling = self._tasks.start(self._tell())

    async def _tell(self) -> None:
        """Report spent tokens to Redis until none are left. A report made while Redis is away is
        lost; the buckets of this process decide then."""
        while self._spent:
            await asyncio.sleep(TELL_AFTER)
            told = [(key, *self._spent.pop(key)) for key in list(self._spent)[:TELL_AT_ONCE]]
            try:
                left = await self._redis.call(partial(self._tell_redis, told))
            except RedisDown:
                continue
            for ((name, key), rate, _), tokens in zip(told, left, strict=True):
                self._buckets.lower(name, key, rate, float(tokens) - self._since(name, key))

    async def _tell_redis(self, told: list[Spent], redis: Redis) -> list[str]:
        async with redis.pipeline(transaction=False) as pipe:
            for (name, key), rate, cost in told:
                given = [rate.per_second, rate.burst, cost]
                await self._spent_script(keys=[_key(name, key)], args=given, client=pipe)
            answers: list[str] = await pipe.execute()
            return answers

    def _since(self, name: str, key: str) -> int:
        """The tokens spent since the last report to Redis began."""
        return self._spent[name, key][1] if (name, key) in self._spent else 0

    async def _shared(
        self, name: str, key: str, rate: AnyRate, cost: int, *, takes: bool
    ) -> float | None:
        """The wait in seconds (0: none); None if Redis does not answer."""

        async def run(redis: Redis) -> str:
            given = [rate.per_second, rate.burst, cost, int(takes)]
            return str(await self._script(keys=[_key(name, key)], args=given, client=redis))

        try:
            return float(await self._redis.call(run))
        except RedisDown:
            return None


def _key(name: str, key: str) -> str:
    return f"chat:limit:{name}:{key}"
