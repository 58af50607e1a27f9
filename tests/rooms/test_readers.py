"""Who has read a message: only who has opened it."""

from __future__ import annotations

from typing import Any

from tests.support.client import User, new_id, outcome
from tests.support.database import strangers
from tests.support.message_calls import SOCKET
from tests.support.world import World


async def readers(user: User, room_id: str, seq: int, text: str = "") -> tuple[int, list[str]]:
    page = await user.http("GET", f"/rooms/{room_id}/messages/{seq}/readers{text}")
    assert set(page) == {"count", "items", "has_more", "next"}
    return page["count"], [each["user"]["id"] for each in page["items"]]


async def members(user: User, room_id: str) -> dict[str, Any]:
    page = await user.http("GET", f"/rooms/{room_id}/members")
    return {each["user"]["id"]: each for each in page["items"]}


async def test_readers_are_those_who_have_opened_the_message(world: World) -> None:
    room, (ann, bob, carol) = await world.room("ann", "bob", "carol")
    room_id = room["id"]
    # Nobody has opened what tells of the group's creation. Their marks begin there.
    assert await readers(ann, room_id, 1) == (0, [])
    sent = await ann.send(room_id, "hello")
    assert await readers(ann, room_id, sent["seq"]) == (0, [])
    await SOCKET.mark_read(bob, room_id, sent["seq"])
    assert await readers(ann, room_id, sent["seq"]) == (1, [bob.id])
    answer = await carol.send(room_id, "hello")
    assert await readers(ann, room_id, sent["seq"]) == (2, [bob.id, carol.id])
    # That an author has read their own message goes without saying.
    assert await readers(carol, room_id, answer["seq"]) == (0, [])

    # Who comes later has not read what was there.
    dan = await world.user("dan")
    await ann.call("add_members", room_id=room_id, user_ids=[dan.id])
    seats = await members(ann, room_id)
    assert seats[dan.id]["last_read_seq"] == seats[dan.id]["joined_seq"] == answer["seq"] + 1
    assert {seats[user.id]["joined_seq"] for user in (ann, bob, carol)} == {1}
    assert await readers(ann, room_id, sent["seq"]) == (2, [bob.id, carol.id])
    later = await ann.send(room_id, "welcome")
    await SOCKET.mark_read(dan, room_id, later["seq"])
    assert await readers(bob, room_id, later["seq"]) == (1, [dan.id])
    # Nor has who comes back.
    await bob.call("leave_room", room_id=room_id)
    assert await readers(ann, room_id, sent["seq"]) == (1, [carol.id])
    await ann.call("add_members", room_id=room_id, user_ids=[bob.id])
    assert await readers(ann, room_id, sent["seq"]) == (1, [carol.id])


async def test_readers_of_a_large_group_are_counted(world: World) -> None:
    ann, bob, carol = [await world.user(name) for name in ("ann", "bob", "carol")]
    others = await strangers(ann.node, 120)
    member_ids = [bob.id, carol.id, *others[:50]]
    body = {"kind": "group", "name": "large", "client_id": new_id(), "member_ids": member_ids}
    room_id = (await ann.http("POST", "/rooms", body))["id"]
    for start in (50, 85):
        more = others[start : start + 35]
        await ann.http("POST", f"/rooms/{room_id}/members", {"user_ids": more})
    sent = await ann.send(room_id, "hello")
    for user in (bob, carol):
        await SOCKET.mark_read(user, room_id, sent["seq"])
    count, first = await readers(ann, room_id, sent["seq"], "?limit=1")
    assert count == 2 and len(first) == 1
    page = await ann.http("GET", f"/rooms/{room_id}/messages/{sent['seq']}/readers?limit=1")
    assert page["has_more"]
    text = f"?limit=1&cursor={page['next']}"
    count, second = await readers(ann, room_id, sent["seq"], text)
    assert count == 2 and {*first, *second} == {bob.id, carol.id}


async def test_readers_of_a_direct_message(world: World) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    room_id = (await ann.direct(bob))["id"]
    sent = await ann.send(room_id, "hello")
    await SOCKET.mark_read(bob, room_id, sent["seq"])
    assert await readers(ann, room_id, sent["seq"]) == (1, [bob.id])
    await bob.http("PUT", f"/users/me/blocks/{ann.id}")
    assert await readers(ann, room_id, sent["seq"]) == (0, [])


async def test_readers_of_nothing(world: World) -> None:
    room, (ann,) = await world.room("ann")
    eve = await world.user("eve")
    path = f"/rooms/{room['id']}/messages"
    assert await outcome(ann.http("GET", f"{path}/2/readers")) == "not_found"
    assert await outcome(ann.http("GET", f"{path}/0/readers")) == "not_found"
    assert await outcome(eve.http("GET", f"{path}/1/readers")) == "not_found"
