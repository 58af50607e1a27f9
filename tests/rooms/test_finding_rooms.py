"""Finding rooms: one's own, the public ones, and one room with its members."""

from __future__ import annotations

from collections.abc import Iterable
from secrets import token_hex
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.client import Refused, outcome, unique
from tests.support.database import query, strangers
from tests.support.room_calls import (
    MEMBER_FIELDS,
    ROOM_FIELDS,
    all_pages,
    get_room,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import World

Json = dict[str, Any]


def names(rooms: Iterable[Json]) -> list[str]:
    return [room["name"] for room in rooms]


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
        assert set(room) == ROOM_FIELDS
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
    for path in ("members", "messages", "pins", "attachments"):
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


async def test_list_members_finds_by_names(world: World) -> None:
    word = token_hex(5)
    ann = await world.user("ann")
    people = {
        username: await world.user(
            connect=False, username=username, email=f"{username}@example.com", display_name=shown
        )
        for username, shown in (
            (f"c_{word}", f"Łucja {word}"),
            (f"{word}_b", "Bob"),
            (f"a_{word}", f"Őz {word}"),
            (f"d_{word}", word),
            (f"e_{word}", "Eve"),
        )
    }
    outsider = await world.user("out", connect=False, display_name=word)
    room = await ann.group(*people.values())
    path = f"/rooms/{room['id']}/members"
    for limit in (1, 2, 50):
        found = await all_pages(ann, f"{path}?q=@{word.upper()}&limit={limit}")
        names = [member["user"]["username"] for member in found]
        assert names == [f"d_{word}", f"{word}_b", f"a_{word}", f"c_{word}"]
        assert all(set(member) == MEMBER_FIELDS for member in found)
    found = await all_pages(ann, f"{path}?q=lucja")
    assert [member["user"]["username"] for member in found] == [f"c_{word}"]
    assert await all_pages(ann, f"{path}?q=%25") == await all_pages(ann, f"{path}?q=zzz") == []
    assert len(await all_pages(ann, f"{path}?q=")) == 6
    assert await outcome(outsider.http("GET", f"{path}?q={word}")) == "not_found"
    await ann.http("DELETE", f"{path}/{people[f'd_{word}'].id}")
    assert len(await all_pages(ann, f"{path}?q={word}")) == 3


async def test_list_public_finds_without_accents(shared_world: SharedWorld) -> None:
    ann, word = await shared_world.user("ann"), token_hex(5)
    room = await ann.group(name=f"Café {word}", visibility="public")
    for q in (f"cafe {word}", f"CAFE\u0301 {word}", f"ｃａｆｅ {word}"):
        found = await all_pages(ann, f"/rooms/public?q={quote(q)}")
        assert [each["id"] for each in found] == [room["id"]], q
    await ann.http("PATCH", f"/rooms/{room['id']}", {"name": f"Łódź {word}"})
    assert await all_pages(ann, f"/rooms/public?q=cafe%20{word}") == []
    assert len(await all_pages(ann, f"/rooms/public?q=lodz%20{word}")) == 1
