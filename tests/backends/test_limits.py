"""Limiters: in this process, and in a real Redis that several nodes share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from server.backends.limits import MemoryLimiter, NoLimiter, RedisLimiter
from server.backends.redis import RedisTool
from server.kernel.errors import RateLimited
from server.kernel.limits import Limiter, Rate
from tests.support.services import Redis

FAST = Rate(per_second=10.0, burst=3)
# Five failures, then a try every five minutes.
SLOW = Rate(per_second=1 / 300, burst=5)


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with Redis() as service:
        yield service


@pytest.fixture(params=["memory", "redis"])
async def limiter(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Limiter]:
    if request.param == "memory":
        yield MemoryLimiter()
        return
    # Where Redis is slow for once, the process would decide by itself, and let more pass.
    monkeypatch.setattr("server.backends.redis.REDIS_TIMEOUT", 10.0)
    tool = RedisTool(request.getfixturevalue("redis").url)
    await tool.call(lambda client: client.flushdb())
    yield RedisLimiter(tool)
    await tool.close()


async def refused(limiter: Limiter, rate: Rate = SLOW, cost: int = 1) -> int:
    """``retry_after``, 0 when it passed."""
    try:
        await limiter.take_tokens("signin", "ann 10.0.0.1", rate, cost)
    except RateLimited as error:
        assert error.retry_after is not None
        return error.retry_after
    return 0


async def test_a_limiter_refuses_with_whole_seconds(limiter: Limiter) -> None:
    assert [await refused(limiter) for _ in range(5)] == [0] * 5
    assert await refused(limiter) == 300
    with pytest.raises(RateLimited):
        await limiter.check_tokens("signin", "ann 10.0.0.1", SLOW)
    await limiter.check_tokens("signin", "bob 10.0.0.1", SLOW)


async def test_retry_after_is_at_least_a_second(limiter: Limiter) -> None:
    assert [await refused(limiter, FAST) for _ in range(4)] == [0, 0, 0, 1]


async def test_a_limiter_refills(limiter: Limiter) -> None:
    assert await refused(limiter, FAST, cost=3) == 0
    assert await refused(limiter, FAST) == 1
    await asyncio.sleep(0.15)
    assert await refused(limiter, FAST) == 0


async def test_a_limiter_resets(limiter: Limiter) -> None:
    while not await refused(limiter):
        pass
    await limiter.reset_bucket("signin", "ann 10.0.0.1")
    await limiter.check_tokens("signin", "ann 10.0.0.1", SLOW)
    assert [await refused(limiter) for _ in range(5)] == [0] * 5


async def test_what_is_given_back_may_be_taken_again(limiter: Limiter) -> None:
    """And no more than that: a bucket has its burst, however often it was given back."""
    for given in (3, 0, 1, 9):
        for _ in range(given):
            await limiter.give_tokens("signin", "ann 10.0.0.1", SLOW)
        passed = [await refused(limiter) for _ in range(6)].count(0)
        assert passed == {3: 5, 0: 0, 1: 1, 9: 5}[given]


async def test_exactly_the_burst_passes_at_once(limiter: Limiter) -> None:
    answers = await asyncio.gather(*(refused(limiter) for _ in range(20)))
    assert answers.count(0) == 5


async def test_no_limiter_lets_everything_pass() -> None:
    assert [await refused(NoLimiter()) for _ in range(100)] == [0] * 100


async def test_two_nodes_share_a_bucket(redis: Redis) -> None:
    tools = [RedisTool(redis.url), RedisTool(redis.url)]
    await tools[0].call(lambda client: client.flushdb())
    here, there = (RedisLimiter(tool) for tool in tools)

    assert [await refused(node) for node in (here, there, here, there, here)] == [0] * 5
    assert await refused(there) == 300
    # A success on one node clears the failures seen on the other.
    await there.reset_bucket("signin", "ann 10.0.0.1")
    assert [await refused(here) for _ in range(6)] == [0] * 5 + [300]
    for tool in tools:
        await tool.close()


async def test_full_buckets_leave_redis(redis: Redis) -> None:
    tool = RedisTool(redis.url)
    await tool.call(lambda client: client.flushdb())
    await refused(RedisLimiter(tool), Rate(per_second=100.0, burst=1))

    assert await tool.call(lambda client: client.dbsize()) == 1
    await asyncio.sleep(1.2)
    assert await tool.call(lambda client: client.dbsize()) == 0
    await tool.close()


async def test_while_redis_hangs_the_process_decides_fast() -> None:
    with Redis() as service:
        tool = RedisTool(service.url)
        limiter = RedisLimiter(tool)
        assert [await refused(limiter) for _ in range(3)] == [0] * 3

        service.pause()
        began = asyncio.get_running_loop().time()
        assert [await refused(limiter) for _ in range(3)] == [0, 0, 300]
        assert tool.down
        assert asyncio.get_running_loop().time() - began < 0.9

        service.resume()
        assert await tool.ping()
        assert not tool.down
        await tool.close()


# What is spent from a bucket of the process's own, and told to the others


async def spent(limiter: Limiter, rate: Rate = SLOW, cost: int = 1) -> int:
    """``retry_after``, 0 when it passed."""
    try:
        limiter.spend_tokens("user", "ann", rate, cost)
    except RateLimited as error:
        assert error.retry_after is not None
        return error.retry_after
    return 0


async def test_a_limiter_lets_so_much_be_spent(limiter: Limiter) -> None:
    assert [await spent(limiter, cost=2) for _ in range(3)] == [0, 0, 300]
    assert [await spent(limiter) for _ in range(2)] == [0, 300]
    limiter.spend_tokens("user", "bob", SLOW)
    NoLimiter().spend_tokens("user", "ann", SLOW, 100)


async def test_what_was_used_already_is_owed(limiter: Limiter) -> None:
    """Up to as much as the bucket holds."""
    limiter.charge_tokens("user", "ann", SLOW, 4)
    assert [await spent(limiter) for _ in range(2)] == [0, 300]
    limiter.charge_tokens("user", "ann", SLOW, 2)
    assert await spent(limiter) == 900
    limiter.charge_tokens("user", "ann", SLOW, 1000)
    assert await spent(limiter) == 1800
    NoLimiter().charge_tokens("user", "ann", SLOW, 100)


async def test_what_was_spent_at_one_node_is_missing_at_the_other(redis: Redis) -> None:
    tools = [RedisTool(redis.url), RedisTool(redis.url)]
    await tools[0].call(lambda client: client.flushdb())
    here, there = (RedisLimiter(tool) for tool in tools)

    assert [await spent(here) for _ in range(5)] == [0] * 5
    # A node hears of it when it tells what was spent there: so with the first that is spent.
    assert await spent(there) == 0
    async with asyncio.timeout(10):
        while there._spent or (there._telling and not there._telling.done()):
            await asyncio.sleep(0.01)
    # It has spent one that it did not have, so there are two to wait for.
    assert await spent(there) == 600
    assert await spent(here) == 300
    for tool in tools:
        await tool.close()


async def test_while_redis_is_away_each_process_has_a_bucket() -> None:
    with Redis() as service:
        tool = RedisTool(service.url)
        limiter = RedisLimiter(tool)
        service.pause()
        began = asyncio.get_running_loop().time()
        assert [await spent(limiter) for _ in range(6)] == [0] * 5 + [300]
        assert asyncio.get_running_loop().time() - began < 0.1
        service.resume()
        await tool.close()
