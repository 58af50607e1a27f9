"""A broadcast to many: it takes several turns of the loop, and nobody notices but by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from server.realtime import create_server, membership, outgoing, serve
from server.realtime.front import Front
from server.realtime.front import Served as Listening
from tests.support.engine import Recorder, Served, until
from tests.support.memory_clients import MemoryClient, packets

MEMBERS, REAL = 600, 12


@pytest.fixture
async def crowded(
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[Served, list[MemoryClient]]]:
    """A room of clients in memory, which takes tens of turns to reach."""
    monkeypatch.setattr(membership, "MOST_DELIVERED_AT_ONCE", 20)
    monkeypatch.setattr(membership, "DELIVERY_SLICE", 0.0)
    monkeypatch.setattr(outgoing, "WRITING_SLICE", 0.0)
    sio = create_server(rate_limits=None, cors_allowed_origins="*")
    rooms = Recorder("/rooms")
    sio.register_namespace(rooms)
    sio.register_namespace(Recorder("/notifications"))

    async def connect(sid: str, environ: dict[str, Any], auth: Any) -> bool:
        await sio.enter_room(sid, "all", "/rooms")
        return True

    rooms.connect = connect
    app = web.Application()
    sio.attach(app)
    listening: Listening = await serve(app, access_log=None, shutdown_timeout=1)
    async with aiohttp.ClientSession() as http:
        members = [MemoryClient(Front(listening), "40/rooms,") for _ in range(MEMBERS)]
        served = Served(sio, listening.port, http)
        await until(lambda: rooms.connected.qsize() == MEMBERS)
        yield served, members
    for member in members:
        member.close()
    await listening.close()
    await served.is_empty()


def news(member: MemoryClient) -> list[str]:
    return [each for each in packets(b"".join(member.written[1:])) if each.startswith("42")]


async def test_everybody_hears_everything_once_and_in_order(
    crowded: tuple[Served, list[MemoryClient]],
) -> None:
    served, members = crowded
    real = [await served.client() for _ in range(REAL)]
    last = real[-1].sid
    for burst in range(3):
        numbers = range(burst * 10, burst * 10 + 10)
        # Some to all, some to one, and one that leaves out one: as fast as they come.
        sent = [served.rooms.emit("all", number, room="all") for number in numbers]
        sent.append(served.rooms.emit("one", numbers[0], to=last))
        sent.append(served.rooms.emit("but", numbers[0], room="all", skip_sid=last))
        await asyncio.gather(*sent)
    to_all = [f'["all",{number}]' for number in range(30)]
    starts = range(0, 30, 10)

    expected = list[str]()
    for start in starts:
        expected += [f"42/rooms,{each}" for each in to_all[start : start + 10]]
        expected.append(f'42/rooms,["but",{start}]')
    for client in real[:-1]:
        assert [await client.receive() for _ in expected] == expected
    theirs = [each.replace('"but"', '"one"') for each in expected]
    assert [await real[-1].receive() for _ in theirs] == theirs
    await until(lambda: not served.sio.eio.writes._dirty)
    assert all(news(member) == expected for member in members)


async def test_who_comes_hears_what_is_sent_from_then_on_and_who_leaves_what_was_sent_before(
    crowded: tuple[Served, list[MemoryClient]],
) -> None:
    served, members = crowded
    ann, bob = await served.client(), await served.client()
    await served.rooms.leave_room(bob.sid, "all")
    before = asyncio.gather(*(served.rooms.emit("news", n, room="all") for n in range(5)))
    # The first of them has begun, and is far from its end.
    await asyncio.sleep(0)
    await served.rooms.enter_room(bob.sid, "all")
    await served.rooms.leave_room(ann.sid, "all")
    after = asyncio.gather(*(served.rooms.emit("news", n, room="all") for n in range(5, 8)))
    await asyncio.gather(before, after)

    assert [(await ann.event())[1] for _ in range(5)] == [0, 1, 2, 3, 4]
    assert [(await bob.event())[1] for _ in range(3)] == [5, 6, 7]
    assert (await ann.call("still"))["ok"] and (await bob.call("still"))["ok"]
    await until(lambda: not served.sio.eio.writes._dirty)
    assert {len(news(member)) for member in members} == {8}


async def test_members_that_go_in_the_middle_hold_up_nobody(
    crowded: tuple[Served, list[MemoryClient]],
) -> None:
    served, members = crowded
    sent = asyncio.gather(*(served.rooms.emit("news", n, room="all") for n in range(5)))
    for gone in members[::3]:
        await asyncio.sleep(0)
        gone.close()
    await sent
    await until(lambda: not served.sio.eio.writes._dirty)
    there = [member for member in members if not member.is_closing()]
    assert len(there) == MEMBERS - len(members[::3])
    expected = [f'42/rooms,["news",{number}]' for number in range(5)]
    assert all(news(member) == expected for member in there)
    for gone in members[::3]:
        heard = news(gone)
        assert heard == expected[: len(heard)]
