"""Rooms: making, finding, changing and deleting them. Who is in them is in test_members.py."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest

from tests.support.client import Refused, User, new_id, outcome, unique
from tests.support.database import query, strangers
from tests.support.matching import ObjectWith
from tests.support.room_calls import MEMBER_FIELDS, all_pages, get_room, version_and_seq
from tests.support.shared_world import SharedWorld
from tests.support.world import World, settled

Json = dict[str, Any]
ROOM = {
    *("id", "kind", "name", "topic", "avatar_url", "visibility", "created_by", "created_at"),
    *("version", "last_seq", "member_count", "last_message", "peer", "me"),
}
ME = {"role", "joined_at", "last_read_seq", "unread_count", "notify", "muted_until"}


async def post(user: User, body: Json) -> tuple[int, Json]:
    status, _, raw = await user.http.raw("POST", "/rooms", json=body)
    return status, json.loads(raw)


def names(rooms: Iterable[Json]) -> list[str]:
    return [room["name"] for room in rooms]


# Direct rooms


async def test_create_room_direct_tells_both_with_marks_at_0(ann: User, bob: User) -> None:
    room = await ann.direct(bob)

    for me, peer in ((ann, bob), (bob, ann)):
        told = (await me.hear("room_joined"))["room"]
        assert told == await get_room(me, room["id"])
        assert set(told) == ROOM and set(told["me"]) == ME
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
    assert set(room) == ROOM
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


# Finding rooms


async def test_list_rooms_shows_the_latest_activity_first(world: World) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    first, second, third = [await ann.group(bob, name=name) for name in ("1st", "2nd", "3rd")]
    await ann.direct(bob)
    assert names(await all_pages(ann, "/rooms")) == [None, "3rd", "2nd", "1st"]

    message = await bob.send(first["id"], "hello")
    await ann.http("PATCH", f"/rooms/{second['id']}", {"topic": "also an activity"})
    # What has no message of its own moves nothing.
    await bob.call("edit_message", room_id=first["id"], seq=message["seq"], text="hello!")
    await ann.http("PATCH", f"/rooms/{third['id']}/members/{bob.id}", {"role": "admin"})

    rooms = await all_pages(ann, "/rooms")
    assert names(rooms) == ["2nd", "1st", None, "3rd"]
    for room in rooms:
        assert room == await get_room(ann, room["id"])
    assert rooms[1]["last_message"]["text"] == "hello!"
    assert rooms[1]["me"]["unread_count"] == 1


async def test_list_rooms_pages_hide_no_room_that_did_not_move(world: World) -> None:
    ann = await world.user("ann", connect=False)
    rooms = [await ann.group(name=str(n)) for n in range(5)]
    page = await ann.http("GET", "/rooms?limit=2")
    assert (names(page["items"]), page["has_more"]) == (["4", "3"], True)

    await ann.http("PATCH", f"/rooms/{rooms[1]['id']}", {"topic": "moves to the top"})

    page = await ann.http("GET", f"/rooms?limit=2&cursor={page['next']}")
    assert (names(page["items"]), page["has_more"], page["next"]) == (["2", "0"], False, None)
    assert names(await all_pages(ann, "/rooms?limit=2")) == ["1", "4", "3", "2", "0"]
    assert names(await all_pages(ann, "/rooms?limit=5")) == ["1", "4", "3", "2", "0"]


async def test_lists_of_rooms_hide_none_of_one_moment_or_one_name(world: World) -> None:
    ann = await world.user("ann", connect=False)
    name = unique("Twins")
    rooms = [await ann.group(name=name, visibility="public") for _ in range(5)]
    # However quick they were made, no two requests are sure to fall into one millisecond.
    await query(ann.node, "UPDATE rooms SET active_at = 1 WHERE created_by = $1", ann.id)

    for path in ("/rooms?limit=2", f"/rooms/public?q={name}&limit=2"):
        listed = await all_pages(ann, path)
        assert sorted(room["id"] for room in listed) == sorted(room["id"] for room in rooms)


async def test_lists_of_rooms_refuse_cursors_and_limits_of_others(
    shared_world: SharedWorld,
) -> None:
    ann = await shared_world.user(connect=False)
    room = await ann.group()
    for path in ("/rooms", "/rooms/public", f"/rooms/{room['id']}/members"):
        for asked, field in (
            ("cursor=x", "cursor"),
            ("cursor=WyJ4Il0x", "cursor"),
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=ten", "limit"),
            ("page=2", "page"),
        ):
            with pytest.raises(Refused) as refused:
                await ann.http("GET", f"{path}?{asked}")
            assert (refused.value.code, refused.value.field) == ("validation_failed", field), asked


async def test_list_public_finds_by_the_beginning_of_the_name(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(connect=False), await shared_world.user(connect=False)
    word = unique("Zoo")
    for name in ("B", "a", "C_c", "Cxc"):
        await ann.group(name=f"{word} {name}", visibility="public")
    await ann.group(name=f"{word} hidden")
    gone = await ann.group(name=f"{word} gone", visibility="public")
    await ann.http("DELETE", f"/rooms/{gone['id']}")
    path = f"/rooms/public?q={word}"

    found = await all_pages(bob, path.upper().replace("/ROOMS/PUBLIC?Q", "/rooms/public?q"))
    assert names(found) == [f"{word} {name}" for name in ("a", "B", "C_c", "Cxc")]
    assert names(await all_pages(bob, f"{path}&limit=3")) == names(found)
    assert names(await all_pages(bob, f"{path}%20C_")) == [f"{word} C_c"]
    assert names(await all_pages(bob, f"{path}%20%25")) == []
    for room in found:
        assert set(room) == ROOM
        assert (room["me"], room["last_message"], room["member_count"]) == (None, None, 1)


async def test_get_room_of_a_public_group_shows_a_stranger_no_messages(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user(connect=False), await shared_world.user()
    room = await ann.group(visibility="public", topic="for all")

    shown = await get_room(bob, room["id"])
    ack = await bob.call("get_room", room_id=room["id"])

    assert shown == ack["room"] == room | {"me": None, "last_message": None}
    assert ack["members"] == []
    for path in ("members", "messages", "pins"):
        assert await outcome(bob.http("GET", f"/rooms/{room['id']}/{path}")) == "not_found"


async def test_get_room_gives_the_members_with_their_read_marks(shared_world: SharedWorld) -> None:
    ann, bob, _ = users = [await shared_world.user() for _ in range(3)]
    room = await ann.group(*users[1:])
    seq = (await ann.send(room["id"], "hello"))["seq"]
    await bob.call("mark_read", room_id=room["id"], seq=seq)

    ack = await bob.call("get_room", room_id=room["id"].upper())

    assert ack["room"] == await get_room(bob, room["id"])
    assert ack["room"]["me"]["unread_count"] == 0
    marks = {m["user"]["id"]: (m["role"], m["last_read_seq"]) for m in ack["members"]}
    assert list(marks.values()).count(("member", seq)) == 1
    assert marks == {
        ann.id: ("owner", seq),
        bob.id: ("member", seq),
        users[2].id: ("member", 1),
    }
    for member in ack["members"]:
        assert set(member) == MEMBER_FIELDS
        assert member["user"] == await ann.http("GET", f"/users/{member['user']['id']}")
    assert ack["members"] == await all_pages(ann, f"/rooms/{room['id']}/members?limit=2")


async def test_get_room_gives_the_first_100_members(shared_world: SharedWorld) -> None:
    ann = await shared_world.user()
    room_id = (await ann.group())["id"]
    ids = await strangers(ann.node, 120)
    for start in (0, 60):
        await ann.call("add_members", room_id=room_id, user_ids=ids[start : start + 60])

    ack = await ann.call("get_room", room_id=room_id)
    listed = await all_pages(ann, f"/rooms/{room_id}/members?limit=50")

    assert ack["room"]["member_count"] == 121
    assert [m["user"]["id"] for m in listed] == [ann.id, *ids]
    assert ack["members"] == listed[:100]


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


# Another user's room


async def test_what_one_may_not_see_looks_like_what_does_not_exist(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    foreign = {
        "a private group": (await ann.group(bob))["id"],
        "a direct room": (await ann.direct(bob))["id"],
        "one that was left": (await ann.group(bob, cat))["id"],
        "one that cat was removed from": (await ann.group(bob, cat))["id"],
        "a deleted one": (await ann.group(bob, cat))["id"],
    }
    await cat.call("leave_room", room_id=foreign["one that was left"])
    removed_from = foreign["one that cat was removed from"]
    await ann.call("remove_member", room_id=removed_from, user_id=cat.id)
    await ann.http("DELETE", f"/rooms/{foreign['a deleted one']}")
    nothing = await answers(cat, new_id(), ann.id)
    assert len(nothing) == len(CALLS) + len(EVENTS)
    for call, answer in nothing.items():
        code = answer["error"]["code"] if "error" in answer else answer["code"]
        assert code == "not_found", call

    for what, room_id in foreign.items():
        assert await answers(cat, room_id, ann.id) == nothing, what

    # None of this has done anything, nor was it heard.
    await settled(cat, ann, bob)
    for what in ("a private group", "one that cat was removed from"):
        room = await get_room(ann, foreign[what])
        heard = {name for name, data in ann.socket.of_room(room["id"])}
        assert heard <= {"room_joined", "member_left"}, what
        assert room["member_count"] == 2


CLIENT_ID = new_id()
CALLS: list[tuple[str, str, Json | None]] = [
    ("GET", "", None),
    ("PATCH", "", {"name": "mine"}),
    ("DELETE", "", None),
    ("POST", "/join", None),
    ("GET", "/members", None),
    ("POST", "/members", {"user_ids": ["{user_id}"]}),
    ("PATCH", "/members/{user_id}", {"role": "member"}),
    ("DELETE", "/members/{user_id}", None),
    ("GET", "/messages", None),
    ("GET", "/messages?around_seq=1", None),
    ("POST", "/messages", {"client_id": CLIENT_ID, "text": "hello"}),
    ("GET", "/messages/1", None),
    ("PATCH", "/messages/1", {"text": "mine"}),
    ("DELETE", "/messages/1", None),
    ("PUT", "/messages/1/reactions/%F0%9F%91%8D", None),
    ("DELETE", "/messages/1/reactions/%F0%9F%91%8D", None),
    ("PUT", "/messages/1/pin", None),
    ("DELETE", "/messages/1/pin", None),
    ("GET", "/pins", None),
    ("PUT", "/read", {"seq": 1}),
]
EVENTS: list[tuple[str, Json]] = [
    ("get_room", {}),
    ("join_room", {}),
    ("leave_room", {}),
    ("add_members", {"user_ids": ["{user_id}"]}),
    ("remove_member", {"user_id": "{user_id}"}),
    ("set_role", {"user_id": "{user_id}", "role": "admin"}),
    ("update_room", {"name": "mine"}),
    ("get_messages", {}),
    ("send_message", {"client_id": CLIENT_ID, "text": "hello"}),
    ("edit_message", {"seq": 1, "text": "mine"}),
    ("delete_message", {"seq": 1}),
    ("react", {"seq": 1, "emoji": "👍", "on": True}),
    ("pin_message", {"seq": 1, "on": True}),
    ("mark_read", {"seq": 1}),
    ("typing", {"typing": True}),
]


async def answers(user: User, room_id: str, user_id: str) -> dict[str, Json]:
    """What the user gets for each call and event about a room, as a whole."""
    found: dict[str, Json] = {}
    for method, path, body in CALLS:
        url = f"/rooms/{room_id}{path}".replace("{user_id}", user_id)
        given = json.loads(json.dumps(body).replace("{user_id}", user_id))
        status, headers, raw = await user.http.raw(method, url, **({"json": given} if body else {}))
        found[f"{method} {path}"] = json.loads(raw) | {
            "answered": status,
            "type of content": headers["Content-Type"],
        }
    for event, payload in EVENTS:
        given = json.loads(json.dumps(payload).replace("{user_id}", user_id))
        found[event] = await user.socket.emit(event, {"room_id": room_id, **given})
    return found
