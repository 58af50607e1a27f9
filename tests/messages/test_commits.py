"""What becomes of sends that share a commit, also with one that fails."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.kernel.database import Database
from server.kernel.errors import Unavailable
from server.messages.entity import SendOutcome
from server.messages.send.lane import MOST_IN_A_GROUP
from tests.support.client import new_id
from tests.support.commits import Room, make_room, submitted
from tests.support.database import opened_database


@pytest.fixture
async def room(database: Database) -> Room:
    return await make_room(database)


async def test_sends_that_wait_share_a_commit(room: Room) -> None:
    commits = room.commits()
    sends = [room.send(f"message {n}") for n in range(MOST_IN_A_GROUP + 50)]
    outcomes = await submitted(commits, sends)
    assert room.groups == [MOST_IN_A_GROUP, 50]
    assert all(isinstance(each, SendOutcome) and each.outcome == "sent" for each in outcomes)
    expected = {send.client_id: (n, n) for n, send in enumerate(sends, start=2)}
    assert await room.stored() == expected
    assert commits.committed == len(sends)


async def test_a_short_text_passes_long_ones_of_others(room: Room) -> None:
    """And one author's keep their order, however long each is."""
    commits = room.commits()
    long = [room.send("東" * (8000 if n % 2 else 100)) for n in range(40)]
    waiting = [asyncio.ensure_future(commits.submit(send)) for send in long]
    await asyncio.sleep(0)
    # Of somebody who is not in the room: what matters is when the answer comes.
    short = await commits.submit(room.send("short", author_id=new_id()))
    assert short.outcome == "not_found"
    assert sum(each.done() for each in waiting) <= 4
    await asyncio.gather(*waiting)
    assert list(await room.stored()) == [send.client_id for send in long]
    assert max(room.groups) < 20


# By dialect: what a database refuses of a send that the server's own checks did not see.
POISON: dict[str, dict[str, dict[str, Any]]] = {
    "sqlite": {
        "no text": {"text": None},
        "a text that is no UTF-8": {"text": "\ud800"},
        "a number that is too big": {"reply_to_seq": 2**63},
    },
    "postgres": {
        "no text": {"text": None},
        "a text that is no UTF-8": {"text": "\ud800"},
        "a number that is too big": {"reply_to_seq": 2**63},
        "a NUL": {"text": "a\0b"},
        "an author that is no id": {"author_id": "nobody"},
    },
}


@pytest.mark.parametrize("place", (0, 5, 9), ids=("first", "amid", "last"))
async def test_a_send_that_the_database_refuses_fails_alone(database: Database, place: int) -> None:
    for what, values in POISON[database.dialect].items():
        room = await make_room(database)
        commits = room.commits()
        sends = [room.send(f"message {n}") for n in range(10)]
        sends[place] = room.send(**values)

        outcomes = await submitted(commits, sends)

        assert isinstance(outcomes.pop(place), Exception), what
        assert all(isinstance(each, SendOutcome) and each.outcome == "sent" for each in outcomes), (
            what
        )
        assert room.groups == [10, *[1] * 10], what
        sends.pop(place)
        expected = {send.client_id: (n, n) for n, send in enumerate(sends, start=2)}
        assert await room.stored() == expected, what
        assert await room.counters() == (10, 10), what
        assert commits.committed == 9, what
        # And whoever comes later finds nothing of it in the way.
        late = await commits.submit(room.send("late"))
        assert (late.outcome, late.seq, late.version) == ("sent", 11, 11), what


async def test_a_send_that_is_refused_takes_no_number(room: Room) -> None:
    """A duplicate, a stranger's, one to a room that is not there, a reply to nothing: each gets
    its answer in the same commit as the others."""
    commits = room.commits()
    first = room.send("first")
    await commits.submit(first)
    sends = [
        room.send("second"),
        first,
        room.send(author_id=new_id()),
        room.send(room_id=new_id()),
        room.send(reply_to_seq=99),
        room.send("third", reply_to_seq=2),
    ]
    sends.append(sends[0])
    outcomes = await submitted(commits, sends)
    assert room.groups == [1, 7]
    assert [(each.outcome, each.seq) for each in outcomes if isinstance(each, SendOutcome)] == [
        ("sent", 3),
        ("duplicate", 2),
        ("not_found", None),
        ("not_found", None),
        ("no_original", None),
        ("sent", 4),
        ("duplicate", 3),
    ]
    assert await room.counters() == (4, 4)
    assert commits.committed == 3


async def test_a_send_that_nobody_waits_for_any_more_is_not_begun(room: Room) -> None:
    """Its client was told that it failed; it may come again."""
    commits = room.commits()
    sends = [room.send(f"message {n}") for n in range(3)]
    waiting = [asyncio.ensure_future(commits.submit(send)) for send in sends]
    # One turn of the loop: they are in the queue, and none is under way.
    await asyncio.sleep(0)
    waiting[1].cancel()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(done[1], asyncio.CancelledError)
    assert list(await room.stored()) == [sends[0].client_id, sends[2].client_id]
    again = await commits.submit(sends[1])
    assert (again.outcome, again.seq) == ("sent", 4)


async def test_the_rooms_of_a_commit_are_numbered_each_for_itself(database: Database) -> None:
    rooms = [await make_room(database) for _ in range(5)]
    commits = rooms[0].commits()
    sends = [room.send(f"message {n}") for n in range(20) for room in rooms]
    outcomes = await submitted(commits, sends)
    assert all(isinstance(each, SendOutcome) and each.outcome == "sent" for each in outcomes)
    for room in rooms:
        own = [send.client_id for send in sends if send.room_id == room.id]
        assert await room.stored() == {each: (n, n) for n, each in enumerate(own, start=2)}


async def test_sends_while_the_database_is_away_fail_together() -> None:
    """None of them is tried alone, nor those that wait behind them: there is nobody to answer."""
    async with opened_database("postgres://nobody@127.0.0.1:1/nowhere") as database:
        room = Room(database, new_id(), new_id())
        sends = [room.send(f"message {n}") for n in range(MOST_IN_A_GROUP + 5)]
        outcomes = await submitted(room.commits(), sends)
    assert {type(each) for each in outcomes} == {Unavailable}
    assert room.groups == [MOST_IN_A_GROUP]


async def test_once_the_database_goes_away_nobody_else_is_tried(room: Room) -> None:
    """While each of a group that failed has a try of its own."""
    commits = room.commits(gone_after=3)
    sends = [room.send(None), *(room.send(f"message {n}") for n in range(MOST_IN_A_GROUP + 5))]
    poison, first, *others = await submitted(commits, sends)
    assert isinstance(poison, Exception) and not isinstance(poison, Unavailable)
    assert isinstance(first, SendOutcome) and (first.outcome, first.seq) == ("sent", 2)
    assert {type(each) for each in others} == {Unavailable}
    assert room.groups == [MOST_IN_A_GROUP, 1, 1]
    assert list(await room.stored()) == [sends[1].client_id]
