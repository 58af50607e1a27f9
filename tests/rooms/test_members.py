"""Getting into rooms and out of them, with the alerts, versions and seqs that this takes."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.support.client import Refused, User, new_id, outcome
from tests.support.database import strangers
from tests.support.matching import ObjectWith
from tests.support.room_calls import (
    MEMBER_FIELDS,
    events_of_room,
    get_room,
    members_by_id,
    version_and_seq,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import settled

Json = dict[str, Any]
ALERTS = ("member_joined", "member_left", "member_updated")


async def history(user: User, room_id: str) -> list[Json]:
    """All messages of a room, the oldest first."""
    path = f"/rooms/{room_id}/messages?limit=100&after_seq="
    messages: list[Json] = []
    more = True
    while more:
        after = messages[-1]["seq"] if messages else 0
        page = await user.http("GET", f"{path}{after}")
        messages += page["items"]
        more = page["has_more"]
    return messages


async def latest(user: User, room_id: str) -> Json:
    messages: list[Json] = (await user.http("GET", f"/rooms/{room_id}/messages?limit=1"))["items"]
    return messages[0]


# Joining


async def test_join_room_alerts_the_room_and_tells_the_joiner_of_it(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    room = await ann.group(cat, visibility="public")

    ack = await bob.call("join_room", room_id=room["id"])

    joined = ack["room"]
    assert joined == await get_room(bob, room["id"])
    assert (version_and_seq(joined), joined["member_count"]) == ((2, 2), 3)
    assert (joined["me"]["role"], joined["me"]["last_read_seq"]) == ("member", 2)
    assert joined["me"]["unread_count"] == 0
    for user in (ann, cat):
        alert = await user.hear("member_joined", room_id=room["id"])
        assert set(alert) == {"room_id", "version", "member", "actor_id", "message"}
        assert (alert["version"], alert["actor_id"]) == (2, bob.id)
        assert set(alert["member"]) == MEMBER_FIELDS
        assert alert["member"] == (await members_by_id(ann, room["id"]))[bob.id]
        assert (alert["member"]["version"], alert["member"]["last_read_seq"]) == (2, 2)
        system = alert["message"]["system"]
        assert (system["event"], system["actor_id"]) == ("joined", bob.id)
        assert system["user_ids"] == [bob.id]
        assert alert["message"] == joined["last_message"] == await latest(user, room["id"])
    assert (await bob.hear("room_joined", room=ObjectWith(id=room["id"])))["room"] == joined
    # The system message came with the alert, and comes no second time.
    await settled(bob, ann, bob, cat)
    assert events_of_room(cat.socket, room["id"]) == ["room_joined", "member_joined"]
    assert events_of_room(bob.socket, room["id"])[0] == "room_joined"
    assert "message_created" not in events_of_room(bob.socket, room["id"])


async def test_join_room_over_http_lets_read_from_the_start(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room = await ann.group(visibility="public")
    await ann.send(room["id"], "before bob")

    joined = await bob.http("POST", f"/rooms/{room['id']}/join")

    assert joined == await get_room(bob, room["id"])
    assert [m["seq"] for m in await history(bob, room["id"])] == [1, 2, 3]
    assert (joined["me"]["last_read_seq"], joined["me"]["unread_count"]) == (3, 0)
    await ann.send(room["id"], "after bob")
    assert (await get_room(bob, room["id"]))["me"]["unread_count"] == 1


async def test_join_room_again_changes_nothing(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room = await ann.group(bob, visibility="public")

    ack = await bob.call("join_room", room_id=room["id"])

    assert ack["room"] == await get_room(bob, room["id"])
    assert version_and_seq(ack["room"]) == (1, 1)
    await settled(bob, ann, bob)
    assert (
        events_of_room(ann.socket, room["id"])
        == events_of_room(bob.socket, room["id"])
        == ["room_joined"]
    )


async def test_join_room_racing_is_joining_once(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    other_node = await bob.connect(ann.node)
    room_id = (await ann.group(visibility="public"))["id"]

    await asyncio.gather(
        *[s.call("join_room", room_id=room_id) for s in (bob.socket, other_node) * 3],
        *[bob.http("POST", f"/rooms/{room_id}/join") for _ in range(4)],
    )

    room = await get_room(ann, room_id)
    assert (version_and_seq(room), room["member_count"]) == ((2, 2), 2)
    for user in (ann, bob):
        await settled(user, ann, bob)
    assert events_of_room(ann.socket, room_id) == ["room_joined", "member_joined"]


async def test_join_room_of_a_group_that_was_made_private_is_refused(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room = await ann.group(visibility="public")
    assert (await get_room(bob, room["id"]))["me"] is None

    await ann.call("update_room", room_id=room["id"], visibility="private")

    assert await outcome(bob.call("join_room", room_id=room["id"])) == "not_found"
    assert await outcome(get_room(bob, room["id"])) == "not_found"


# Leaving


async def test_leave_room_alerts_the_room_and_tells_the_leaver_apart(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    room_id = (await ann.group(bob, cat))["id"]

    ack = await bob.call("leave_room", room_id=room_id)

    assert ack == {"ok": True}
    for user in (ann, cat):
        alert = await user.hear("member_left", room_id=room_id)
        message = await latest(user, room_id)
        assert alert == {
            "room_id": room_id,
            "version": 2,
            "user_id": bob.id,
            "actor_id": bob.id,
            "reason": "left",
            "message": message,
        }
        assert (message["system"]["event"], message["system"]["user_ids"]) == ("left", [bob.id])
        assert (message["seq"], message["version"]) == (2, 2)
    room = await get_room(ann, room_id)
    assert (version_and_seq(room), room["member_count"]) == ((2, 2), 2)
    told = await bob.hear("room_left", room_id=room_id)
    assert told == {"room_id": room_id, "version": 2, "reason": "left"}
    await settled(bob, ann, bob, cat)
    assert events_of_room(cat.socket, room_id) == ["room_joined", "member_left"]
    assert events_of_room(bob.socket, room_id) == ["room_joined", "room_left"]


async def test_leave_room_over_http_is_removing_oneself(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room_id = (await ann.group(bob))["id"]
    path = f"/rooms/{room_id}/members/{bob.id.upper()}"

    status, _, body = await bob.http.raw("DELETE", path)

    assert (status, body) == (204, b"")
    alert = await ann.hear("member_left", room_id=room_id)
    assert (alert["reason"], alert["user_id"]) == ("left", bob.id)
    assert (await bob.hear("room_left", room_id=room_id))["reason"] == "left"
    # Repeated, after a lost answer say: done.
    assert await outcome(bob.http("DELETE", path)) == "not_found"
    assert await outcome(bob.call("leave_room", room_id=room_id)) == "not_found"
    assert version_and_seq(await get_room(ann, room_id)) == (2, 2)


async def test_after_room_left_nothing_of_the_room_is_heard_on_any_node(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    bobs = [bob.socket, await bob.connect(ann.node)]
    left, removed = [(await ann.group(bob, cat))["id"] for _ in range(2)]

    await bob.call("leave_room", room_id=left)
    await ann.call("remove_member", room_id=removed, user_id=bob.id)
    for room_id in (left, removed):
        for socket in bobs:
            await socket.hear("room_left", room_id=room_id)
        # From both nodes.
        for user in (ann, cat):
            await user.send(room_id, "not for bob")
            await user.call("typing", room_id=room_id, typing=True)
        await ann.call("update_room", room_id=room_id, topic="not for bob")
        await cat.call("leave_room", room_id=room_id)

    for user in (ann, bob):
        await settled(user, bob)
    for socket in bobs:
        for room_id in (left, removed):
            assert events_of_room(socket, room_id)[-1] == "room_left"
            assert events_of_room(socket, room_id).count("room_left") == 1
            assert "member_left" not in events_of_room(socket, room_id)


async def test_join_room_after_leaving_is_a_fresh_start(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room_id = (await ann.group(bob, visibility="public"))["id"]
    await ann.call("set_role", room_id=room_id, user_id=bob.id, role="admin")
    await bob.call("leave_room", room_id=room_id)
    await bob.hear("room_left", room_id=room_id)
    await ann.send(room_id, "while bob is away")

    room = (await bob.call("join_room", room_id=room_id))["room"]

    assert (version_and_seq(room), room["member_count"]) == ((5, 4), 2)
    me = room["me"]
    assert (me["role"], me["last_read_seq"], me["unread_count"]) == ("member", 4, 0)
    assert (await members_by_id(ann, room_id))[bob.id]["version"] == 5
    await bob.hear("room_joined", room=ObjectWith(id=room_id, version=5))
    await ann.send(room_id, "now bob is back")
    await bob.hear("message_created", room_id=room_id, version=6)
    assert len(await history(bob, room_id)) == 5
    heard = events_of_room(bob.socket, room_id)
    assert heard[heard.index("room_left") + 1] == "room_joined"


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
        message = await latest(user, room_id)
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


# Several sockets


async def test_all_sockets_of_a_user_hear_on_every_node(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    bobs = [bob.socket, await bob.connect(ann.node), await bob.connect()]

    room_id = (await ann.group(bob))["id"]
    for socket in bobs:
        await socket.hear("room_joined", room=ObjectWith(id=room_id))
    await ann.send(room_id, "hello")
    for socket in bobs:
        await socket.hear("message_created", room_id=room_id)
    # One that comes later hears the room as well, and is told of no joining.
    bobs.append(await bob.connect(ann.node))
    await ann.call("update_room", room_id=room_id, name="new")
    for socket in bobs:
        await socket.hear("room_updated", room_id=room_id)
    assert bobs[-1].all("room_joined", room=ObjectWith(id=room_id)) == []

    await bobs[1].call("leave_room", room_id=room_id)

    for socket in bobs:
        told = await socket.hear("room_left", room_id=room_id)
        assert told["version"] == 4


async def test_a_socket_hears_its_rooms_from_before_its_connect_is_answered(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user(connect=False)
    room_id = (await ann.group(bob))["id"]

    connecting = asyncio.create_task(bob.connect())
    sent = []
    while not connecting.done():
        sent.append(await ann.send(room_id, "while bob comes"))
    answered = len(sent)
    sent.append(await ann.send(room_id, "bob is there"))

    await bob.hear("message_created", message=ObjectWith(id=sent[-1]["id"]))
    heard = [told["message"]["seq"] for told in bob.socket.all("message_created", room_id=room_id)]
    # Whatever came before the first one may be synced by then; after it there is no hole.
    assert heard == list(range(heard[0], sent[-1]["seq"] + 1))
    assert heard[0] <= sent[answered - 1]["seq"] + 1


# Races


async def test_members_racing_keep_versions_seqs_and_counts_right(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    movers = [await shared_world.user() for _ in range(5)]
    room_id = (await ann.group(bob, visibility="public"))["id"]
    await ann.call("set_role", room_id=room_id, user_id=bob.id, role="owner")

    for _ in range(2):
        calls = []
        for mover in movers:
            member = {"room_id": room_id, "user_id": mover.id}
            calls += [
                mover.http("POST", f"/rooms/{room_id}/join"),
                mover.call("leave_room", room_id=room_id),
                ann.call("add_members", room_id=room_id, user_ids=[mover.id]),
                bob.call("remove_member", **member),
            ]
        outcomes = await asyncio.gather(*[outcome(call) for call in calls])
        assert set(outcomes) <= {"ok", "not_found"}

    room = await get_room(ann, room_id)
    messages = await history(ann, room_id)
    # One of the versions is bob's new role.
    assert version_and_seq(room) == (len(messages) + 1, len(messages))
    assert [m["seq"] for m in messages] == list(range(1, len(messages) + 1))
    assert [m["version"] for m in messages[1:]] == list(range(3, room["version"] + 1))
    inside = who_is_in(messages)
    assert set(await members_by_id(ann, room_id)) == inside
    assert room["member_count"] == len(inside)
    for user in (ann, bob):
        await alerted(user, room_id, room["version"])
    # Who is in hears the room, and who is not does not, whatever came first on their node.
    for sender in (ann, bob):
        await sender.send(room_id, "done")
        await settled(sender, *movers)
    for mover in movers:
        heard = mover.socket.all("message_created", room_id=room_id)
        assert len(heard) == (2 if mover.id in inside else 0)


def who_is_in(messages: list[Json]) -> set[str]:
    """As the system messages tell it; nobody comes twice or goes without being there."""
    inside: Counter[str] = Counter()
    for system in (message["system"] for message in messages):
        if system is not None:
            step = 1 if system["event"] in ("created", "joined") else -1
            inside.update({user_id: step for user_id in system["user_ids"]})
            assert set(inside.values()) <= {0, 1}
    return {user_id for user_id, times in inside.items() if times}


async def alerted(user: User, room_id: str, version: int) -> None:
    """The user has heard of each version up to this one, once."""
    alerts: list[int] = []
    while len(alerts) < version - 1:
        told = [data for name, data in user.socket.of_room(room_id) if name in ALERTS]
        alerts = sorted(data["version"] for data in told)
        if len(alerts) < version - 1:
            assert await user.socket.more(len(user.socket.heard)), alerts
    assert alerts == list(range(2, version + 1))


async def test_leave_room_of_everybody_at_once_leaves_no_room(shared_world: SharedWorld) -> None:
    users = [await shared_world.user() for _ in range(6)]
    room = await users[0].group(*users[1:], visibility="public")
    for user in users:
        await user.hear("room_joined", room=ObjectWith(id=room["id"]))

    await asyncio.gather(*[user.call("leave_room", room_id=room["id"]) for user in users])

    for user in users:
        told = await user.hear("room_left", room_id=room["id"])
        assert told["reason"] == "left"
        assert await outcome(get_room(user, room["id"])) == "not_found"
    assert await outcome(users[0].call("join_room", room_id=room["id"])) == "not_found"
