"""Making rooms: direct ones and groups. Who is in them is in test_members.py."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.support.client import Refused, User, new_id, outcome
from tests.support.matching import ObjectWith
from tests.support.room_calls import (
    ROOM_FIELDS,
    all_pages,
    get_room,
    version_and_seq,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import settled

Json = dict[str, Any]

ME = {"role", "joined_at", "last_read_seq", "unread_count", "notify", "muted_until"}


async def post(user: User, body: Json) -> tuple[int, Json]:
    status, _, raw = await user.http.raw("POST", "/rooms", json=body)
    return status, json.loads(raw)


# Direct rooms


async def test_create_room_direct_tells_both_with_marks_at_0(ann: User, bob: User) -> None:
    room = await ann.direct(bob)

    for me, peer in ((ann, bob), (bob, ann)):
        told = (await me.hear("room_joined"))["room"]
        assert told == await get_room(me, room["id"])
        assert set(told) == ROOM_FIELDS and set(told["me"]) == ME
        assert (told["kind"], told["visibility"], told["name"]) == ("direct", "private", None)
        assert (told["created_by"], told["member_count"]) == (ann.id, 2)
        assert (*version_and_seq(told), told["last_message"]) == (1, 0, None)
        assert told["peer"] == await me.http("GET", f"/users/{peer.id}")
        assert (told["me"]["last_read_seq"], told["me"]["unread_count"]) == (0, 0)


async def test_create_room_direct_gives_back_the_existing_one(ann: User, bob: User) -> None:
    status, room = await post(ann, {"kind": "direct", "user_id": bob.id})
    again, same = await post(bob, {"kind": "direct", "user_id": ann.id.upper()})
    ack = await ann.call("create_room", kind="direct", user_id=bob.id)

    assert (status, again) == (201, 200)
    assert same == await get_room(bob, room["id"])
    assert ack["room"] == room
    for user in (ann, bob):
        await settled(user, ann, bob)
    assert len(ann.socket.of_room(room["id"])) == len(bob.socket.of_room(room["id"])) == 1


async def test_create_room_direct_is_one_per_pair_whoever_races(ann: User, bob: User) -> None:
    over_http, over_socket = [], []
    for user, peer in ((ann, bob), (bob, ann)):
        wanted = {"kind": "direct", "user_id": peer.id}
        over_http += [post(user, wanted) for _ in range(5)]
        over_socket += [user.call("create_room", **wanted) for _ in range(5)]
    answers, acks = await asyncio.gather(asyncio.gather(*over_http), asyncio.gather(*over_socket))

    assert len({room["id"] for _, room in answers} | {ack["room"]["id"] for ack in acks}) == 1
    assert sorted(status for status, _ in answers) in ([200] * 10, [200] * 9 + [201])
    (room,) = (await ann.http("GET", "/rooms"))["items"]
    for user in (ann, bob):
        await settled(user, ann, bob)
    for user in (ann, bob):
        assert [name for name, _ in user.socket.of_room(room["id"])] == ["room_joined"]


async def test_create_room_direct_with_oneself_is_refused(ann: User) -> None:
    with pytest.raises(Refused) as over_http:
        await ann.direct(ann)
    with pytest.raises(Refused) as over_socket:
        await ann.call("create_room", kind="direct", user_id=ann.id.upper())

    for refused in (over_http.value, over_socket.value):
        assert (refused.code, refused.field) == ("validation_failed", "user_id")
    assert (await ann.http("GET", "/rooms"))["items"] == []


async def test_a_direct_room_has_no_roles_no_members_to_manage_and_no_name(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    room_id = (await ann.direct(bob))["id"]
    before = await get_room(ann, room_id)
    member = {"room_id": room_id, "user_id": bob.id}

    for event, payload in (
        ("leave_room", {"room_id": room_id}),
        ("add_members", {"room_id": room_id, "user_ids": [cat.id]}),
        ("remove_member", member),
        ("set_role", {**member, "role": "admin"}),
        ("update_room", {"room_id": room_id, "name": "ours"}),
    ):
        assert await outcome(ann.call(event, **payload)) == "forbidden", event
    assert await outcome(ann.http("DELETE", f"/rooms/{room_id}")) == "forbidden"
    assert await outcome(cat.call("join_room", room_id=room_id)) == "not_found"
    assert await get_room(ann, room_id) == before


# Groups


async def test_create_room_group_begins_with_one_message_that_names_everybody(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat = users = [await shared_world.user() for _ in range(3)]

    room = await ann.group(bob, cat, name="  Book club ", topic="Novels")

    created = room["last_message"]
    assert set(room) == ROOM_FIELDS
    assert (room["kind"], room["name"], room["topic"]) == ("group", "Book club", "Novels")
    assert (room["visibility"], room["created_by"], room["member_count"]) == ("private", ann.id, 3)
    assert version_and_seq(room) == (created["version"], created["seq"]) == (1, 1)
    assert (created["kind"], created["author_id"], created["client_id"]) == ("system", None, None)
    assert (created["system"]["event"], created["system"]["actor_id"]) == ("created", ann.id)
    assert set(created["system"]["user_ids"]) == {user.id for user in users}
    for user in users:
        told = (await user.hear("room_joined", room=ObjectWith(id=room["id"])))["room"]
        assert told == await get_room(user, room["id"])
        assert told["me"]["role"] == ("owner" if user is ann else "member")
        assert (told["me"]["last_read_seq"], told["me"]["unread_count"]) == (1, 0)
    await settled(ann, *users)
    for user in users:
        assert [name for name, _ in user.socket.of_room(room["id"])] == ["room_joined"]


async def test_create_room_group_over_a_socket(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()

    ack = await ann.call(
        "create_room", kind="group", name="Open", visibility="public", member_ids=[bob.id]
    )

    assert ack["room"] == await get_room(ann, ack["room"]["id"])
    assert ack["room"]["visibility"] == "public"
    told = (await bob.hear("room_joined", room=ObjectWith(id=ack["room"]["id"])))["room"]
    assert (told["me"]["role"], told["peer"]) == ("member", None)


async def test_create_room_group_alone(shared_world: SharedWorld) -> None:
    ann = await shared_world.user()

    status, room = await post(ann, {"kind": "group", "name": "Notes"})

    assert (status, room["member_count"], room["topic"]) == (201, 1, None)
    assert room["last_message"]["system"]["user_ids"] == [ann.id]


async def test_create_room_counts_everybody_once(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(connect=False), await shared_world.user(connect=False)

    room = await ann.group(bob, ann, bob)

    assert room["member_count"] == 2
    members = await all_pages(ann, f"/rooms/{room['id']}/members")
    assert sorted(m["user"]["id"] for m in members) == sorted([ann.id, bob.id])


async def test_create_room_with_an_unknown_member_fails_whole(ann: User, bob: User) -> None:
    for user_id in (new_id(), "00000000-0000-0000-0000-000000000000"):
        wanted = {"kind": "group", "name": "g", "member_ids": [bob.id, user_id]}
        with pytest.raises(Refused) as refused:
            await ann.call("create_room", **wanted)
        assert (refused.value.code, refused.value.field) == ("not_found", "member_ids")
        assert await outcome(ann.http("POST", "/rooms", wanted)) == "not_found"
        direct = {"kind": "direct", "user_id": user_id}
        assert await outcome(ann.http("POST", "/rooms", direct)) == "not_found"

    await settled(ann, bob)
    for user in (ann, bob):
        assert len((await user.http("GET", "/rooms"))["items"]) == 1
        assert len(user.socket.all("room_joined")) == 1


async def test_create_room_refuses_what_does_not_go_together(ann: User, bob: User) -> None:
    direct, group = {"kind": "direct", "user_id": bob.id}, {"kind": "group", "name": "g"}
    for wanted, field in (
        ({"kind": "direct"}, "user_id"),
        ({**direct, "name": "ours"}, "name"),
        ({**direct, "member_ids": [bob.id]}, "member_ids"),
        ({**direct, "visibility": "public"}, "visibility"),
        ({"kind": "group"}, "name"),
        ({**group, "name": " \t"}, "name"),
        ({**group, "name": "x" * 101}, "name"),
        ({**group, "topic": "x" * 501}, "topic"),
        ({**group, "user_id": bob.id}, "user_id"),
        ({**group, "member_ids": [bob.id] * 1001 + [new_id() for _ in range(1001)]}, "member_ids"),
    ):
        with pytest.raises(Refused) as over_http:
            await ann.http("POST", "/rooms", wanted)
        with pytest.raises(Refused) as over_socket:
            await ann.call("create_room", **wanted)
        for refused in (over_http.value, over_socket.value):
            assert (refused.code, refused.field) == ("validation_failed", field), wanted

    assert (await ann.http("GET", "/rooms"))["items"] == []


async def test_create_room_with_a_repeated_client_id_gives_back_the_first(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    other_node = await ann.connect(bob.node)
    wanted: Json = {"kind": "group", "name": "once", "client_id": new_id(), "member_ids": [bob.id]}

    status, first = await post(ann, wanted)
    again, same = await post(ann, wanted | {"name": "twice", "member_ids": []})
    ack = await other_node.call(
        "create_room", **wanted | {"client_id": wanted["client_id"].upper()}
    )
    _, bobs = await post(bob, wanted | {"member_ids": []})

    assert (status, again) == (201, 200)
    assert first == same == ack["room"]
    assert bobs["id"] != first["id"]
    for user in (ann, bob):
        await settled(user, bob)
    assert len(bob.socket.of_room(first["id"])) == 1


async def test_create_room_with_one_client_id_is_one_room_whoever_races(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    other_node = await ann.connect(bob.node)
    wanted: Json = {"kind": "group", "name": "once", "client_id": new_id(), "member_ids": [bob.id]}

    answers, acks = await asyncio.gather(
        asyncio.gather(*[post(ann, wanted) for _ in range(10)]),
        asyncio.gather(*[s.call("create_room", **wanted) for s in (ann.socket, other_node) * 5]),
    )

    ids = {room["id"] for _, room in answers} | {ack["room"]["id"] for ack in acks}
    assert len(ids) == 1
    assert sorted(status for status, _ in answers)[:9] == [200] * 9
    assert version_and_seq(await get_room(ann, ids.pop())) == (1, 1)
