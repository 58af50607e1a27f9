"""``seq`` and ``version`` when many clients write at once: no gap, no repeat, on whatever node and
over whatever transport."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.client import User, outcome
from tests.support.matching import ObjectWith
from tests.support.message_calls import (
    HTTP,
    SOCKET,
    all_settled,
    get_message,
    group_of,
    room_and_messages,
    versioned_events,
    whole_history,
)
from tests.support.room_calls import get_room
from tests.support.shared_world import SharedWorld

Json = dict[str, Any]


async def test_6_clients_write_20_messages_each_at_once_into_one_room(
    shared_world: SharedWorld,
) -> None:
    """Half of them on each node where there are two: 120 acks, ``seq`` without a gap, and every
    client hears each message exactly once."""
    room_id, users = await group_of(shared_world, count=6)

    async def write(user: User, n: int) -> Json:
        return await user.send(room_id, f"{user.id} {n}")

    sent = await asyncio.gather(*(write(user, n) for n in range(20) for user in users))

    assert len(sent) == 120
    assert sorted(each["seq"] for each in sent) == list(range(2, 122))
    assert sorted(each["version"] for each in sent) == list(range(2, 122))
    by_seq = sorted(sent, key=lambda each: int(each["seq"]))
    await all_settled(users)
    for user in users:
        heard = [each["message"] for each in user.socket.all("message_created", room_id=room_id)]
        assert len(heard) == 120
        assert sorted(heard, key=lambda each: int(each["seq"])) == by_seq
        assert await whole_history(user, room_id) == [await get_message(user, room_id, 1), *by_seq]
        # One client's messages stand in the order in which it sent them.
        own = [each["text"] for each in by_seq if each["author_id"] == user.id]
        assert own == [f"{user.id} {n}" for n in range(20)]
    room = await get_room(users[0], room_id)
    assert (room["version"], room["last_seq"]) == (121, 121)


async def test_versions_have_no_gap_whatever_6_clients_do_at_once(
    shared_world: SharedWorld,
) -> None:
    """Sends over both transports, edits, reactions, pins, deletions and new names: each change is
    one version, which everybody hears once, and what was heard last of a message is the message."""
    room_id, users = await group_of(shared_world, count=6)
    ann = users[0]
    everybodys = (await ann.send(room_id, "everybody's"))["seq"]
    seqs = [(await user.send(room_id, f"@{ann.username}"))["seq"] for user in users]
    start = (await get_room(ann, room_id))["version"]
    outcomes: list[str] = []

    async def play(n: int, user: User) -> None:
        own, others = seqs[n], seqs[n - 1]
        for step in range(4):
            via = (SOCKET, HTTP)[step % 2]
            await via.send(user, room_id, text=f"message {step}", reply_to_seq=others)
            await via.edit(user, room_id, own, f"edit {step} @{ann.username}")
            await via.react(user, room_id, everybodys, "👍", on=step % 2 == 0)
            await via.react(user, room_id, everybodys, "🎉")
            outcomes.append(await outcome(via.react(user, room_id, others, "👀")))
        await SOCKET.delete(user, room_id, own)

    async def govern() -> None:
        for step in range(4):
            await HTTP.pin(ann, room_id, everybodys, on=step % 2 == 0)
            await HTTP.edit(ann, room_id, everybodys, f"everybody's {step}")
            await ann.call("update_room", room_id=room_id, name=f"name {step}")

    await asyncio.gather(*(play(n, user) for n, user in enumerate(users)), govern())

    # A message may be deleted before the last reactions to it come.
    assert set(outcomes) <= {"ok", "conflict"}
    await all_settled(users)
    room, history = await room_and_messages(ann, room_id)
    assert [each["seq"] for each in history] == list(range(1, room["last_seq"] + 1))
    assert room["last_seq"] == 1 + 7 + 6 * 4 + 4
    (party,) = history[everybodys - 1]["reactions"]
    assert (party["emoji"], party["count"]) == ("🎉", 6)
    assert set(party["user_ids"]) == {user.id for user in users}
    for user in users:
        told = [
            data for _, data in await versioned_events(user, room_id) if data["version"] > start
        ]
        assert [data["version"] for data in told] == list(range(start + 1, room["version"] + 1))
        assert [data["message"]["version"] for data in told] == [data["version"] for data in told]
        latest = {data["message"]["seq"]: data["message"] for data in told}
        for each in history[1:]:
            heard = latest[each["seq"]]
            for name in ("version", "text", "mentions", "pinned_at", "edited_at", "deleted_at"):
                assert heard[name] == each[name]
        assert all(latest[seq]["deleted_at"] for seq in seqs)


async def test_send_message_racing_with_deletions_and_leaving_leaves_no_gap(
    shared_world: SharedWorld,
) -> None:
    """Members come and go while others write: each change has its own number."""
    room_id, (ann, bob, cat) = await group_of(shared_world, count=3)

    async def come_and_go() -> None:
        for _ in range(4):
            await cat.call("leave_room", room_id=room_id)
            await ann.call("add_members", room_id=room_id, user_ids=[cat.id])

    async def write(user: User) -> None:
        for n in range(8):
            seq = (await user.send(room_id, f"message {n}"))["seq"]
            await HTTP.delete(user, room_id, seq)

    await asyncio.gather(come_and_go(), write(ann), write(bob))

    await all_settled((ann, bob))
    room, history = await room_and_messages(ann, room_id)
    assert [each["seq"] for each in history] == list(range(1, room["last_seq"] + 1))
    assert (room["last_seq"], room["version"]) == (1 + 8 + 16, 1 + 8 + 32)
    for user in (ann, bob):
        versions = [data["version"] for _, data in await versioned_events(user, room_id)]
        assert versions == list(range(2, room["version"] + 1))


async def test_who_gets_into_a_busy_room_misses_nothing_or_is_told_to_sync(
    shared_world: SharedWorld,
) -> None:
    """``room_joined`` is a fresh start at a version; what comes between that and the moment from
    which the sockets hear the room, nobody told them."""
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    for _ in range(12):
        # Cat is where Ann is; that she got in comes from Bob's node, where there are two.
        room_id = (await ann.group(bob))["id"]
        sends = [ann.send(room_id, f"message {n}") for n in range(10)]
        await asyncio.gather(*sends, bob.call("add_members", room_id=room_id, user_ids=[cat.id]))
        await all_settled((ann, bob, cat))
        started = await cat.hear("room_joined", room=ObjectWith(id=room_id))
        heard = {data["version"] for _, data in await versioned_events(cat, room_id)}
        wanted = range(
            started["room"]["version"] + 1, (await get_room(ann, room_id))["version"] + 1
        )
        if not heard.issuperset(wanted):
            await cat.hear("resync")
