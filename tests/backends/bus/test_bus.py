"""Two buses in one process, over a real Redis: order, repeats, and what is lost."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
import redis.asyncio as redis_client

from server.backends.bus import bus as bus_module
from server.backends.bus import directory
from server.backends.bus.bundles import Kind, pack_bundle
from server.backends.bus.bus import Bus
from tests.support.client import PATIENCE
from tests.support.services import Redis

TEA, MILK = os.urandom(16), os.urandom(16)


class Station:
    """One bus, and what it heard."""

    def __init__(self, url: str) -> None:
        self.id = os.urandom(16)
        self.heard: list[bytes] = []
        self.gaps = 0
        self.bus = Bus(
            url,
            "chat:5",
            self.id.hex(),
            take=self._take,
            take_older=self._take_older,
            on_gap=self._on_gap,
            on_lost=self._on_gap,
        )

    @property
    def directory(self) -> directory.Directory:
        return self.bus.directory

    async def _take(self, kind: int, body: bytes) -> None:
        self.heard.append(body)

    async def _take_older(self, raw: bytes) -> None:
        raise AssertionError("nobody is older")

    async def _on_gap(self) -> None:
        self.gaps += 1

    def put(self, body: bytes, about: list[bytes] | None = None) -> None:
        if self.bus.wanted(about):
            self.bus.put(about, Kind.SIGNAL, body)

    def knows(self, other: Station) -> bool:
        known = self.directory.others.get(other.id)
        return known is not None and known.sure and known.acked == self.directory.interest.number


async def until(found: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not found():
            await asyncio.sleep(0.01)


@pytest.fixture
def url(redis: Redis) -> str:
    return f"{redis.url.removesuffix('/0')}/5"


@pytest.fixture
async def pair(url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Station]]:
    """Two buses that know each other."""
    for module in (bus_module, directory):
        monkeypatch.setattr(module, "SETTLING", 0.2)
    async with AsyncExitStack() as stack:
        stations = [Station(url) for _ in range(2)]
        for station in stations:
            station.bus.start()
            stack.push_async_callback(station.bus.close)
            await station.bus.listening.wait()
        one, two = stations
        await until(lambda: one.knows(two) and two.knows(one))
        await asyncio.sleep(0.3)
        one.gaps = two.gaps = 0
        yield stations


async def test_what_nobody_wants_is_not_queued(pair: list[Station]) -> None:
    one, two = pair
    two.directory.add_interest(TEA)
    assert await two.directory.confirmed(PATIENCE)
    assert one.bus.wanted([TEA]) and one.bus.wanted([MILK, TEA]) and one.bus.wanted(None)
    assert not one.bus.wanted([MILK]) and not two.bus.wanted([TEA])
    for n in range(10):
        one.put(b"tea %d" % n, [TEA])
        one.put(b"milk %d" % n, [MILK])
    one.put(b"end")
    await until(lambda: b"end" in two.heard)
    assert two.heard == [*(b"tea %d" % n for n in range(10)), b"end"]
    assert one.heard == []


async def test_the_order_of_one_node_is_kept_in_doubt_and_out_of_it(pair: list[Station]) -> None:
    one, two = pair
    two.directory.add_interest(TEA)
    await two.directory.confirmed(PATIENCE)
    for n in range(1_000):
        if n == 300:
            one.directory.joined(None)
        one.put(b"%d" % n, [TEA] if n % 3 else None)
        if n % 50 == 0:
            await asyncio.sleep(0.01)
    await until(lambda: len(two.heard) >= 1_000)
    assert two.heard == [b"%d" % n for n in range(1_000)]


async def test_a_change_that_was_lost_is_noticed(pair: list[Station]) -> None:
    one, two = pair
    two.directory.interest.add(TEA)
    two.directory.interest.take_changes()
    two.directory.add_interest(MILK)
    await until(lambda: two.gaps)
    assert two.gaps == 1 and two.knows(one) and one.bus.wanted([TEA])
    assert not one.bus.wanted([os.urandom(16)])


async def test_a_beat_shows_that_the_last_change_was_lost(pair: list[Station]) -> None:
    one, two = pair
    two.directory.interest.add(TEA)
    two.directory.interest.take_changes()
    two.directory.sweep()
    await until(lambda: one.bus.wanted([TEA]) and two.gaps == 1)
    known = one.directory.others.get(two.id)
    assert known is not None and known.sure


async def test_a_bundle_that_comes_twice_is_heard_once(pair: list[Station], url: str) -> None:
    one, _ = pair
    stranger = os.urandom(16)
    async with redis_client.Redis.from_url(url) as client:
        for serial in (1, 2, 1, 2, 3):
            raw = pack_bundle(stranger, serial, [(Kind.SIGNAL, b"%d" % serial), (99, b"newer")])
            await client.publish("chat:5:nodes", raw)
        for bad in (b"", b"\x02", raw[:-1], b"\x03" + raw[1:]):
            await client.publish("chat:5:nodes", bad)
        await client.publish("chat:5:nodes", pack_bundle(stranger, 4, [(Kind.SIGNAL, b"end")]))
    await until(lambda: b"end" in one.heard)
    known = [body for body in one.heard if body != b"newer"]
    assert known == [b"1", b"2", b"3", b"end"]


async def test_a_node_that_was_forgotten_while_it_lived_is_told(pair: list[Station]) -> None:
    one, two = pair
    one.directory.others.remove(two.id)
    assert not one.bus.wanted(None)
    two.directory.sweep()
    await until(lambda: two.gaps == 1)
    assert one.knows(two)


async def test_a_node_that_ends_is_forgotten_at_once(pair: list[Station]) -> None:
    one, two = pair
    await two.bus.close()
    await until(lambda: not len(one.directory.others))
    assert not one.bus.wanted(None)


async def test_who_waits_is_not_held_up_by_a_node_that_is_gone(pair: list[Station]) -> None:
    one, two = pair
    # It ends without a word.
    await two.bus._tasks.close()
    began = asyncio.get_running_loop().time()
    one.directory.add_interest(TEA)
    assert not await one.directory.confirmed(PATIENCE)
    assert asyncio.get_running_loop().time() - began < PATIENCE / 2


async def test_many_interests_at_once_take_few_messages(pair: list[Station]) -> None:
    one, two = pair
    before = two.directory.interest.number
    for id in (os.urandom(16) for _ in range(5_000)):
        two.directory.add_interest(id)
    assert await two.directory.confirmed(PATIENCE)
    assert two.directory.interest.number - before == 2
    known = one.directory.others.get(two.id)
    assert known is not None and len(known.ids) == 5_000
