"""Changing rooms and deleting them."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.client import Refused, outcome, unique
from tests.support.room_calls import (
    all_pages,
    get_room,
    version_and_seq,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import settled

# Changing rooms


async def test_update_room_tells_the_room(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room = await ann.group(bob, name="old", topic="any")

    answer = await ann.http("PATCH", f"/rooms/{room['id']}", {"name": " new ", "topic": None})

    assert (answer["name"], answer["topic"], version_and_seq(answer)) == ("new", None, (2, 2))
    assert answer == await get_room(ann, room["id"])
    for user in (ann, bob):
        told = await user.hear("room_updated", room_id=room["id"])
        assert set(told) == {"room_id", "version", "room", "message"}
        assert told["version"] == told["message"]["version"] == told["message"]["seq"] == 2
        system = told["message"]["system"]
        assert (system["event"], system["actor_id"], system["user_ids"]) == ("renamed", ann.id, [])
        assert system["name"] == "new"
        assert told["room"] == answer | {"me": None, "peer": None}
    page = await bob.http("GET", f"/rooms/{room['id']}/messages?limit=1")
    assert page["items"] == [told["message"]]
    # Its system message stands in the history, and is not told twice.
    await settled(ann, bob)
    assert [name for name, _ in bob.socket.of_room(room["id"])] == ["room_joined", "room_updated"]


async def test_update_room_over_a_socket_changes_what_it_names_and_nothing_else(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room = await ann.group(bob, name="Name", topic="Topic")

    ack = await ann.call("update_room", room_id=room["id"], visibility="public")

    assert (ack["room"]["name"], ack["room"]["topic"]) == ("Name", "Topic")
    told = await bob.hear("room_updated", room_id=room["id"], version=2)
    assert told["room"]["visibility"] == "public"
    assert told["message"]["system"]["event"] == "changed"
    assert told["message"]["system"]["visibility"] == "public"


async def test_update_room_with_nothing_different_takes_no_version(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room = await ann.group(bob, name="Name", topic="Topic")

    same = {"name": "Name ", "topic": "Topic", "visibility": "private"}
    for changes in (same, {}):
        answer = await ann.http("PATCH", f"/rooms/{room['id']}", changes)
        assert answer == room
        assert (await ann.call("update_room", room_id=room["id"], **changes))["room"] == room

    await settled(ann, bob)
    assert bob.socket.all("room_updated", room_id=room["id"]) == []


async def test_update_room_refuses_names_and_topics_that_do_not_fit(
    shared_world: SharedWorld,
) -> None:
    ann = await shared_world.user()
    room = await ann.group(name="Name")
    for changes, field in (
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"name": "é" * 101}, "name"),
        ({"topic": "x" * 501}, "topic"),
        ({"topic": "fits", "visibility": None}, "visibility"),
        ({"topic": "fits", "kind": "direct"}, "kind"),
    ):
        with pytest.raises(Refused) as over_http:
            await ann.http("PATCH", f"/rooms/{room['id']}", changes)
        with pytest.raises(Refused) as over_socket:
            await ann.call("update_room", room_id=room["id"], **changes)
        for refused in (over_http.value, over_socket.value):
            assert (refused.code, refused.field) == ("validation_failed", field), changes

    assert await get_room(ann, room["id"]) == room


async def test_update_room_takes_every_name_of_100_characters(shared_world: SharedWorld) -> None:
    ann = await shared_world.user(connect=False)
    # Some are two characters in lower case, and each is four bytes or two UTF-16 units somewhere.
    for name in ("İ" * 100, "👍" * 100, "ß" * 100):
        room = await ann.group(name=name, visibility="public")
        assert room["name"] == name
        renamed = await ann.http("PATCH", f"/rooms/{room['id']}", {"name": name[::-1] + " "})
        assert renamed == room


async def test_update_room_racing_keeps_versions_gapless(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room_id = (await ann.group(bob))["id"]
    await ann.call("set_role", room_id=room_id, user_id=bob.id, role="admin")

    await asyncio.gather(
        *[ann.call("update_room", room_id=room_id, name=f"a{n}") for n in range(5)],
        *[bob.call("update_room", room_id=room_id, name=f"b{n}") for n in range(5)],
        *[bob.http("PATCH", f"/rooms/{room_id}", {"topic": f"t{n}"}) for n in range(10)],
    )

    room = await get_room(ann, room_id)
    # Beside the creation, and a role without a message.
    assert version_and_seq(room) == (22, 21)
    for user in (ann, bob):
        told = [await user.hear("room_updated", room_id=room_id) for _ in range(20)]
        assert sorted(t["version"] for t in told) == list(range(3, 23))
        last = max(told, key=lambda t: t["version"])
        assert last["room"]["name"] == room["name"] and last["room"]["topic"] == room["topic"]


async def test_delete_room_tells_every_member(shared_world: SharedWorld) -> None:
    ann, bob, cat = users = [await shared_world.user() for _ in range(3)]
    other_node = await cat.connect(ann.node)
    room = await ann.group(bob, cat, name=unique("gone"), visibility="public")
    await bob.send(room["id"], "hello")

    status, _, body = await ann.http.raw("DELETE", f"/rooms/{room['id']}")

    assert (status, body) == (204, b"")
    for socket in (ann.socket, bob.socket, cat.socket, other_node):
        told = await socket.hear("room_left", room_id=room["id"])
        assert told == {"room_id": room["id"], "version": 3, "reason": "deleted"}
    for user in users:
        assert await outcome(get_room(user, room["id"])) == "not_found"
        assert room["id"] not in [r["id"] for r in await all_pages(user, "/rooms")]
    assert await all_pages(bob, f"/rooms/public?q={room['name']}") == []
    assert await outcome(ann.http("DELETE", f"/rooms/{room['id']}")) == "not_found"
    assert await outcome(bob.call("join_room", room_id=room["id"])) == "not_found"
