"""Sends to a room that is locked, or whose commit takes long, do not hold up those to others."""

from __future__ import annotations

import asyncio

import pytest

from server.kernel.database import Database
from server.kernel.errors import Busy
from server.messages.entity import SendOutcome
from tests.support.commits import locked, make_room, submitted
from tests.support.engine import until
from tests.support.node import Node


@pytest.mark.parametrize("kind", ("postgres",))
async def test_a_room_that_is_locked_does_not_hold_up_the_others(
    node: Node, database: Database
) -> None:
    """Its sends are refused, for a client to try again; those to other rooms are committed."""
    held, free = await make_room(database), await make_room(database)
    commits = free.commits()
    sends = [room.send(f"message {n}") for n in range(3) for room in (held, free)]
    async with locked(node, held):
        outcomes = await submitted(commits, sends)
    assert [type(each) for each in outcomes] == [Busy, SendOutcome] * 3
    assert free.groups == [6, 3, 3]
    assert list(await free.stored()) == [send.client_id for send in sends[1::2]]
    again = await submitted(commits, sends[::2])
    assert [each.seq for each in again if isinstance(each, SendOutcome)] == [2, 3, 4]


@pytest.mark.parametrize("kind", ("postgres",))
async def test_nobody_waits_long_for_a_commit_of_another_room(
    node: Node, database: Database
) -> None:
    """While the sends to its own room wait, and keep their order."""
    slow, free = await make_room(database), await make_room(database)
    commits = free.commits(at_once=2)
    loop = asyncio.get_running_loop()
    async with locked(node, slow):
        waiting = [asyncio.ensure_future(commits.submit(slow.send())) for _ in range(2)]
        await until(lambda: free.groups)
        waiting += [asyncio.ensure_future(commits.submit(slow.send())) for _ in range(2)]
        began = loop.time()
        for seq in (2, 3):
            assert (await commits.submit(free.send())).seq == seq
        assert loop.time() - began < 1.0
        assert not any(each.done() for each in waiting)
    assert [(await each).seq for each in waiting] == [2, 3, 4, 5]


@pytest.mark.parametrize("kind", ("postgres",))
async def test_a_room_that_was_locked_is_tried_alone_until_it_is_free(
    node: Node, database: Database
) -> None:
    held, free = await make_room(database), await make_room(database)
    commits = free.commits()
    async with locked(node, held):
        with pytest.raises(Busy):
            await commits.submit(held.send())
        again = asyncio.ensure_future(commits.submit(held.send()))
        other = asyncio.ensure_future(commits.submit(free.send()))
        assert (await other).seq == 2
        assert not again.done()
    assert (await again).seq == 2
    # From now on they share commits again.
    await submitted(commits, [held.send(), free.send()])
    assert free.groups == [1, 1, 1, 2]


async def test_sends_that_were_set_aside_come_before_later_ones(database: Database) -> None:
    """Also if nothing else has waited in between."""
    slow, other = await make_room(database), await make_room(database)
    go_on = asyncio.Event()
    commits = slow.commits(at_once=2, first=go_on)
    sends = [slow.send(f"message {n}") for n in range(6)]
    waiting = [asyncio.ensure_future(commits.submit(sends[0]))]
    await until(lambda: slow.groups)
    for send in sends[1:5]:
        waiting.append(asyncio.ensure_future(commits.submit(send)))
    # It does not wait for the first commit, and what is in its way is set aside.
    assert (await commits.submit(other.send())).seq == 2
    go_on.set()
    waiting.append(asyncio.ensure_future(commits.submit(sends[5])))
    assert [(await each).seq for each in waiting] == list(range(2, 8))
    assert list(await slow.stored()) == [send.client_id for send in sends]
