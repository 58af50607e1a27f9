"""Read marks: they only move forward, and who is in the room is told of them."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import pytest

from tests.support.client import Refused, User, new_id
from tests.support.database import strangers
from tests.support.field_kinds import BIGGEST, SOME_ID
from tests.support.matching import ObjectWith
from tests.support.message_calls import (
    HTTP,
    SOCKET,
    Via,
    group_of,
    other_device,
    over_both,
    over_either,
    refusals,
)
from tests.support.room_calls import get_room
from tests.support.shared_world import SharedWorld

Json = dict[str, Any]
# ``read`` comes at most once in so many seconds for each user and room.
EVERY = 1.0


async def mark_of(user: User, room_id: str) -> int:
    return int((await get_room(user, room_id))["me"]["last_read_seq"])


async def marks(user: User, room_id: str) -> dict[str, int]:
    """How far each member has read."""
    members = (await user.http("GET", f"/rooms/{room_id}/members"))["items"]
    return {member["user"]["id"]: member["last_read_seq"] for member in members}


async def chat(shared_world: SharedWorld, count: int) -> tuple[str, list[User]]:
    """A room with ``count`` messages by ann, the first of which has seq 2."""
    room_id, (ann, bob) = await group_of(shared_world)
    for n in range(count):
        await ann.send(room_id, f"message {n}")
    return room_id, [ann, bob]


@over_both
async def test_mark_read_moves_the_mark_forward_only(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob) = await chat(shared_world, 5)
    version = (await get_room(bob, room_id))["version"]

    async def mark(seq: int) -> tuple[int, int]:
        answer = await via.mark_read(bob, room_id, seq)
        assert set(answer) == {"last_read_seq", "unread_count"}
        me = (await get_room(bob, room_id))["me"]
        assert answer == {name: me[name] for name in answer}
        return answer["last_read_seq"], answer["unread_count"]

    assert await mark(3) == (3, 3)
    assert await mark(2) == (3, 3)
    assert await mark(0) == (3, 3)
    assert await mark(3) == (3, 3)
    assert await mark(5) == (5, 1)
    # Past the end is the end, not what is yet to come.
    assert await mark(7) == (6, 0)
    assert await mark(BIGGEST) == (6, 0)
    await ann.send(room_id, "one more")
    assert await mark(4) == (6, 1)
    assert await marks(ann, room_id) == {ann.id: 7, bob.id: 6}
    # A mark is no change of the room.
    assert (await get_room(bob, room_id))["version"] == version + 1


@over_both
async def test_mark_read_tells_the_room_once(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, bob) = await chat(shared_world, 3)
    there = await other_device(shared_world, bob)
    await via.mark_read(bob, room_id.upper(), 3)
    told = {"room_id": room_id, "user_id": bob.id, "last_read_seq": 3}
    for user in (ann, bob, there):
        assert await user.hear("read", room_id=room_id, user_id=bob.id) == told
    # What does not move is not told: the next to be heard is the one after.
    await via.mark_read(bob, room_id, 3)
    await via.mark_read(bob, room_id, 2)
    await via.mark_read(bob, room_id, 4)
    for user in (ann, bob, there):
        assert await user.hear("read", room_id=room_id, user_id=bob.id) == told | {
            "last_read_seq": 4
        }


async def test_mark_read_of_a_direct_room_tells_the_peer(ann: User, bob: User) -> None:
    room_id = (await ann.direct(bob))["id"]
    assert (await mark_of(ann, room_id), await mark_of(bob, room_id)) == (0, 0)
    await bob.hear("room_joined")
    await ann.send(room_id, "hello")
    # Nothing is unread to who has read nothing but what they wrote.
    assert await SOCKET.mark_read(bob, room_id, 1) == {"last_read_seq": 1, "unread_count": 0}
    assert (await ann.hear("read", user_id=bob.id))["last_read_seq"] == 1


async def test_mark_read_in_an_empty_room_stays_at_0(ann: User, bob: User) -> None:
    room_id = (await ann.direct(bob))["id"]
    for via in (SOCKET, HTTP):
        answer = await via.mark_read(bob, room_id, 5)
        assert answer == {"last_read_seq": 0, "unread_count": 0}


async def test_mark_read_is_told_once_a_second_and_the_last_is_true(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, bob) = await chat(shared_world, 20)
    began = time.monotonic()
    for seq in range(2, 22):
        await SOCKET.mark_read(bob, room_id, seq)
    for user in (ann, bob):
        await user.hear("read", room_id=room_id, user_id=bob.id, last_read_seq=21)
        # Each window lets one through, and the first opens no sooner than we began.
        most = (time.monotonic() - began) / EVERY + 1
        events = user.socket.all("read", room_id=room_id, user_id=bob.id)
        assert len(events) <= most
        told = [event["last_read_seq"] for event in events]
        assert told == sorted(set(told)) and told[-1] == 21


async def test_mark_read_is_told_apart_for_each_user_and_room(shared_world: SharedWorld) -> None:
    """One who has just been told does not hold up another."""
    room_id, (ann, bob, cat) = await group_of(shared_world, count=3)
    other_id = (await ann.group(bob, cat))["id"]
    for where in (room_id, other_id):
        for n in range(2):
            await ann.send(where, f"message {n}")
    for where in (room_id, other_id):
        for user in (bob, cat):
            await SOCKET.mark_read(user, where, 2)
    for where in (room_id, other_id):
        for user in (bob, cat):
            await ann.hear("read", room_id=where, user_id=user.id, last_read_seq=2)


@over_both
async def test_send_message_moves_the_authors_mark(shared_world: SharedWorld, via: Via) -> None:
    """The message itself tells of it, and no ``read`` does, also on the author's other devices."""
    room_id, (ann, bob) = await chat(shared_world, 2)
    there = await other_device(shared_world, bob)
    client_id = new_id()
    sent = await via.send(bob, room_id, client_id=client_id, text="hello")
    assert sent.message["seq"] == 4
    me = (await get_room(bob, room_id))["me"]
    assert (me["last_read_seq"], me["unread_count"]) == (4, 0)
    # What ann reads now is told after whatever there was to tell of bob.
    await via.mark_read(ann, room_id, 4)
    for user in (ann, bob, there):
        await user.hear("message_created", room_id=room_id, message=ObjectWith(seq=4))
        await user.hear("read", room_id=room_id, user_id=ann.id, last_read_seq=4)
        assert user.socket.all("read", room_id=room_id, user_id=bob.id) == []
    unread = await there.hear("unread", room_id=room_id, last_read_seq=4)
    assert unread["unread_count"] == 0
    # A repeat is no send, and moves nothing.
    await ann.send(room_id, "after it")
    await via.send(bob, room_id, client_id=client_id, text="hello")
    assert await mark_of(bob, room_id) == 4


async def test_the_last_read_told_is_true_whichever_node_tells_it(
    shared_world: SharedWorld,
) -> None:
    """Two devices read at once: of the two marks, the higher one is told last."""
    ann, bob = await shared_world.user(), await shared_world.user()
    there = await other_device(shared_world, bob)
    rooms = [(await ann.group(bob))["id"] for _ in range(10)]
    for room_id in rooms:
        for text in ("read me", "and me"):
            await ann.send(room_id, text)
        await asyncio.gather(SOCKET.mark_read(there, room_id, 2), SOCKET.mark_read(bob, room_id, 3))
    for room_id in rooms:
        for user in (ann, bob, there):
            await user.hear("read", room_id=room_id, user_id=bob.id, last_read_seq=3)
    # Had a lower mark been put off, it would come within the next second.
    await asyncio.sleep(EVERY + 0.2)
    for room_id in rooms:
        for user in (ann, bob, there):
            told = user.socket.all("read", room_id=room_id, user_id=bob.id)
            assert [each["last_read_seq"] for each in told] in ([3], [2, 3])


async def test_mark_read_20_times_at_once_ends_at_the_furthest(shared_world: SharedWorld) -> None:
    room_id, (ann, bob) = await chat(shared_world, 20)
    there = await other_device(shared_world, bob)
    seqs = random.Random(20).sample(range(2, 22), 20)
    answers = await asyncio.gather(
        *(
            (SOCKET, HTTP)[n % 2].mark_read((bob, there)[n // 2 % 2], room_id, seq)
            for n, seq in enumerate(seqs)
        )
    )
    for seq, answer in zip(seqs, answers, strict=True):
        assert answer["last_read_seq"] >= seq
        assert answer["unread_count"] == 21 - answer["last_read_seq"]
    assert await mark_of(bob, room_id) == 21
    await ann.hear("read", room_id=room_id, user_id=bob.id, last_read_seq=21)


@over_either
async def test_mark_read_of_a_room_that_one_is_not_in_is_not_found(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, (ann, bob) = await chat(shared_world, 2)
    cat = await shared_world.user()
    public = (await ann.group(visibility="public"))["id"]
    await bob.call("leave_room", room_id=room_id)
    assert (
        await refusals(
            via.mark_read(bob, room_id, 2),
            via.mark_read(cat, room_id, 2),
            via.mark_read(cat, public, 1),
            via.mark_read(cat, SOME_ID, 1),
        )
        == ["not_found"] * 4
    )


@over_either
async def test_mark_read_refuses_what_is_no_seq(shared_world: SharedWorld, via: Via) -> None:
    room_id, (ann, _) = await group_of(shared_world)
    for seq in (-1, BIGGEST + 1):
        with pytest.raises(Refused) as refused:
            await via.mark_read(ann, room_id, seq)
        assert (refused.value.code, refused.value.field) == ("validation_failed", "seq")


async def test_a_mark_starts_at_the_message_that_tells_of_ones_joining(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, bob) = await chat(shared_world, 3)
    cat, dan = await shared_world.user(), await shared_world.user()
    public = await ann.group(visibility="public")
    await ann.send(public["id"], "hello")
    joined = (await cat.call("join_room", room_id=public["id"]))["room"]
    assert joined["last_message"]["system"]["event"] == "joined"
    assert (joined["me"]["last_read_seq"], joined["me"]["unread_count"]) == (3, 0)

    await ann.call("add_members", room_id=room_id, user_ids=[cat.id, dan.id])
    for user, seq in ((cat, 5), (dan, 6)):
        told = await user.hear("room_joined", room=ObjectWith(id=room_id))
        me = (await get_room(user, room_id))["me"]
        assert (me["last_read_seq"], me["unread_count"]) == (seq, 0)
        assert told["room"]["me"] == me
    # Those who were there first have read nothing by it.
    assert await marks(ann, room_id) == {ann.id: 4, bob.id: 1, cat.id: 5, dan.id: 6}

    # Who comes back starts anew.
    await bob.call("leave_room", room_id=room_id)
    await ann.send(room_id, "while bob is out")
    await ann.call("add_members", room_id=room_id, user_ids=[bob.id])
    me = (await get_room(bob, room_id))["me"]
    assert (me["last_read_seq"], me["unread_count"]) == (9, 0)


@pytest.mark.parametrize("count", (100, 101))
async def test_read_is_told_to_the_room_while_it_has_at_most_100_members(
    shared_world: SharedWorld, count: int
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    there = await other_device(shared_world, bob)
    others = await strangers(ann.node, count - 2)
    room_id = (await ann.group(member_ids=[bob.id, *others]))["id"]
    small_id = (await ann.group(bob))["id"]
    for where in (room_id, small_id):
        await ann.send(where, "hello")
    await SOCKET.mark_read(bob, room_id, 2)
    for user in (bob, there):
        await user.hear("read", room_id=room_id, user_id=bob.id, last_read_seq=2)
    # What comes of a later mark has come after whatever there was to tell of this one.
    await SOCKET.mark_read(bob, small_id, 2)
    await ann.hear("read", room_id=small_id, user_id=bob.id, last_read_seq=2)
    assert len(ann.socket.all("read", room_id=room_id, user_id=bob.id)) == (count == 100)
