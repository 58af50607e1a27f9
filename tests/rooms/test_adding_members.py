"""Adding members to a room and removing them, with the alerts, versions and seqs that this
takes."""

from __future__ import annotations

import pytest

from tests.support.client import Refused, new_id, outcome
from tests.support.database import strangers
from tests.support.matching import ObjectWith
from tests.support.room_calls import (
    events_of_room,
    get_room,
    latest_message,
    members_by_id,
    version_and_seq,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import settled

# Adding


async def test_add_members_takes_one_version_and_one_alert_a_person(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat, dan, eve = [await shared_world.user() for _ in range(5)]
    room_id = (await ann.group(bob))["id"]

    # Bob is a member, and adds; who is in already is skipped, who is named twice is added once.
    await bob.call(
        "add_members", room_id=room_id, user_ids=[cat.id, ann.id, dan.id, cat.id, eve.id]
    )

    room = await get_room(ann, room_id)
    assert (version_and_seq(room), room["member_count"]) == ((4, 4), 5)
    for user in (ann, bob):
        for version, added in ((2, cat), (3, dan), (4, eve)):
            alert = await user.hear("member_joined", room_id=room_id)
            assert (alert["version"], alert["actor_id"]) == (version, bob.id)
            assert alert["member"]["user"]["id"] == added.id
            assert (alert["message"]["seq"], alert["message"]["version"]) == (version, version)
            assert alert["message"]["system"]["event"] == "joined"
            assert alert["message"]["system"]["user_ids"] == [added.id]
    stored = await members_by_id(ann, room_id)
    for version, added in ((2, cat), (3, dan), (4, eve)):
        told = (await added.hear("room_joined", room=ObjectWith(id=room_id)))["room"]
        assert (told["me"]["role"], told["me"]["last_read_seq"]) == ("member", version)
        assert stored[added.id]["version"] == stored[added.id]["last_read_seq"] == version
    await settled(bob, cat, dan, eve)
    for added in (cat, dan, eve):
        assert events_of_room(added.socket, room_id)[0] == "room_joined"
        assert events_of_room(added.socket, room_id).count("room_joined") == 1


async def test_add_members_over_http(shared_world: SharedWorld) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    room_id = (await ann.group(bob))["id"]

    answer = await bob.http("POST", f"/rooms/{room_id}/members", {"user_ids": [cat.id.upper()]})

    assert answer["items"] == [(await members_by_id(ann, room_id))[cat.id]]
    await cat.hear("room_joined", room=ObjectWith(id=room_id))
    assert (await ann.hear("member_joined", room_id=room_id))["actor_id"] == bob.id
    again = await ann.http("POST", f"/rooms/{room_id}/members", {"user_ids": [cat.id, bob.id]})
    assert again["items"] == []
    assert version_and_seq(await get_room(ann, room_id)) == (2, 2)


async def test_add_members_with_an_unknown_id_fails_whole(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room = await ann.group()

    with pytest.raises(Refused) as over_socket:
        await ann.call("add_members", room_id=room["id"], user_ids=[bob.id, new_id()])
    with pytest.raises(Refused) as over_http:
        await ann.http("POST", f"/rooms/{room['id']}/members", {"user_ids": [new_id(), bob.id]})

    for refused in (over_socket.value, over_http.value):
        assert (refused.code, refused.field) == ("not_found", "user_ids")
    assert await get_room(ann, room["id"]) == room
    await settled(ann, bob)
    assert bob.socket.of_room(room["id"]) == []


async def test_add_members_takes_1_to_100_a_call(shared_world: SharedWorld) -> None:
    ann = await shared_world.user()
    room_id = (await ann.group())["id"]
    ids = await strangers(ann.node, 101)
    for user_ids in ([], ids):
        with pytest.raises(Refused) as refused:
            await ann.call("add_members", room_id=room_id, user_ids=user_ids)
        assert (refused.value.code, refused.value.field) == ("validation_failed", "user_ids")

    await ann.call("add_members", room_id=room_id, user_ids=ids[:100])

    room = await get_room(ann, room_id)
    assert (version_and_seq(room), room["member_count"]) == ((101, 101), 101)
    alerts = ann.socket.all("member_joined", room_id=room_id)
    assert [alert["version"] for alert in alerts] == list(range(2, 102))


# Removing


async def test_remove_member_alerts_the_room_and_tells_who_is_removed(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    room_id = (await ann.group(bob, cat))["id"]

    ack = await ann.call("remove_member", room_id=room_id, user_id=bob.id)

    assert ack == {"ok": True}
    for user in (ann, cat):
        alert = await user.hear("member_left", room_id=room_id)
        message = await latest_message(user, room_id)
        assert alert == {
            "room_id": room_id,
            "version": 2,
            "user_id": bob.id,
            "actor_id": ann.id,
            "reason": "removed",
            "message": message,
        }
        system = message["system"]
        assert (system["event"], system["actor_id"]) == ("removed", ann.id)
        assert system["user_ids"] == [bob.id]
    told = await bob.hear("room_left", room_id=room_id)
    assert told == {"room_id": room_id, "version": 2, "reason": "removed"}
    assert list(await members_by_id(ann, room_id)) == [ann.id, cat.id]


async def test_remove_member_repeated_is_not_found(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room_id = (await ann.group(bob))["id"]
    path = f"/rooms/{room_id}/members/{bob.id}"

    assert (await ann.http.raw("DELETE", path))[0] == 204

    assert await outcome(ann.http("DELETE", path)) == "not_found"
    repeated = ann.call("remove_member", room_id=room_id, user_id=bob.id)
    assert await outcome(repeated) == "not_found"
    unknown = ann.call("remove_member", room_id=room_id, user_id=new_id())
    assert await outcome(unknown) == "not_found"
    assert version_and_seq(await get_room(ann, room_id)) == (2, 2)
