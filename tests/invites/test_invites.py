"""Invites: codes that let into a group."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.client import PASSWORD, Http, Refused, User, outcome
from tests.support.database import query
from tests.support.node import Node
from tests.support.room_calls import (
    all_pages,
    events_of_room,
    get_room,
    make_invite,
    members_by_id,
    use_invite,
    version_and_seq,
)
from tests.support.shared_world import SharedWorld
from tests.support.world import settled, signup

Json = dict[str, Any]


async def preview(user: User, code: str) -> Json:
    shown: Json = await user.http("GET", f"/invites/{code}")
    return shown


async def listed(user: User, room_id: str) -> list[Json]:
    return await all_pages(user, f"/rooms/{room_id}/invites?limit=2")


async def refusals_of(user: User, code: str) -> set[str]:
    """What one is told of a code, as bodies without the request's own id."""
    found = set()
    for method in ("GET", "POST", "DELETE"):
        status, _, body = await user.http.raw(method, f"/invites/{code}")
        assert status == 404, (method, code, body)
        found.add(body.decode())
    return found


async def test_an_invite_lets_in_and_tells_as_any_join_does(shared_world: SharedWorld) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    room = await ann.group(cat, topic="tea")

    made = await make_invite(ann, room["id"])

    assert set(made) == {"code", "url", "expires_at", "max_uses", "uses"}
    assert (made["expires_at"], made["max_uses"], made["uses"]) == (None, None, 0)
    assert made["url"].endswith(f"/#invite={made['code']}") and "://" in made["url"]
    shown = {name: room[name] for name in ("id", "name", "topic", "avatar_url", "member_count")}
    assert (await preview(bob, made["code"]))["room"] == shown
    joined = await use_invite(bob, made["code"])
    assert joined == await get_room(bob, room["id"])
    assert (version_and_seq(joined), joined["member_count"]) == ((2, 2), 3)
    assert (joined["me"]["role"], joined["me"]["last_read_seq"]) == ("member", 2)
    for user in (ann, cat):
        alert = await user.hear("member_joined", room_id=room["id"])
        assert (alert["version"], alert["actor_id"]) == (2, bob.id)
        assert alert["member"] == (await members_by_id(ann, room["id"]))[bob.id]
        assert alert["message"] == joined["last_message"]
        assert alert["message"]["system"]["event"] == "joined"
    assert (await bob.hear("room_joined"))["room"] == joined
    await settled(bob, ann, bob, cat)
    assert events_of_room(cat.socket, room["id"]) == ["room_joined", "member_joined"]
    assert [(i["code"], i["uses"]) for i in await listed(ann, room["id"])] == [(made["code"], 1)]


async def test_a_stranger_sees_what_an_invite_leads_to_before_signing_in(node: Node) -> None:
    ann, *others = [await signup(node, "ann") for _ in range(8)]
    room = await ann.group(*others, topic="tea")
    await ann.http("PATCH", "/users/me", {"bio": "not for strangers"})
    code = (await make_invite(ann, room["id"]))["code"]
    faces = {
        user.id: {name: profile[name] for name in ("id", "username", "display_name", "avatar_url")}
        for user in (ann, *others)
        for profile in [await ann.http("GET", f"/users/{user.id}")]
    }

    stranger = Http(node)
    try:
        seen = await stranger("GET", f"/invites/{code}")
        assert seen["room"]["name"] == room["name"]
        assert seen["room"]["member_count"] == 8
        assert seen["inviter"] == faces[ann.id]
        assert len(seen["members"]) == 5
        assert len({member["id"] for member in seen["members"]}) == 5
        assert all(member == faces[member["id"]] for member in seen["members"])

        # Whoever has left, or has deleted the account, is not shown.
        first = next(user for user in others if user.id == seen["members"][1]["id"])
        await first.http("DELETE", f"/rooms/{room['id']}/members/{first.id}")
        await ann.http("DELETE", "/users/me", {"password": PASSWORD})
        seen = await stranger("GET", f"/invites/{code}")
        assert seen["inviter"] is None
        assert not {first.id, ann.id} & {member["id"] for member in seen["members"]}

        for bad in (code[::-1], "x" * 33):
            status, _, _ = await stranger.raw("GET", f"/invites/{bad}")
            assert status == 404
        status, _, _ = await stranger.raw("POST", f"/invites/{code}")
        assert status == 401
    finally:
        await stranger.close()
        for user in (ann, *others):
            await user.close()


async def test_an_invite_used_by_who_is_in_already_counts_no_use(shared_world: SharedWorld) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    room_id = (await ann.group(bob))["id"]
    made = await make_invite(ann, room_id, max_uses=1)

    for user in (ann, bob):
        assert await use_invite(user, made["code"]) == await get_room(user, room_id)
    assert (await listed(ann, room_id))[0]["uses"] == 0
    assert version_and_seq(await use_invite(cat, made["code"])) == (2, 2)
    # As after a lost answer: the last use was one's own.
    assert await use_invite(cat, made["code"]) == await get_room(cat, room_id)
    assert version_and_seq(await get_room(ann, room_id)) == (2, 2)


async def test_invites_are_listed_newest_first_to_admins(shared_world: SharedWorld) -> None:
    ann, bob, cat, dan = [await shared_world.user(connect=False) for _ in range(4)]
    room_id = (await ann.group(bob, cat))["id"]
    await ann.http("PATCH", f"/rooms/{room_id}/members/{bob.id}", {"role": "admin"})

    made = [await make_invite(user, room_id, max_uses=7) for user in (ann, bob, ann, bob, ann)]

    codes = [each["code"] for each in made]
    assert [each["code"] for each in await listed(bob, room_id)] == codes[::-1]
    assert await listed(ann, room_id) == await listed(ann, room_id.upper())
    assert len(set(codes)) == 5
    assert all(len(each["code"]) >= 16 for each in made)
    for user, code in ((cat, "forbidden"), (dan, "not_found")):
        assert await outcome(listed(user, room_id)) == code
        assert await outcome(make_invite(user, room_id)) == code


async def test_a_direct_room_takes_no_invites(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(connect=False), await shared_world.user(connect=False)
    room_id = (await ann.direct(bob))["id"]
    assert await outcome(make_invite(ann, room_id)) == "forbidden"
    assert await outcome(listed(ann, room_id)) == "forbidden"


async def test_an_invite_that_is_no_more_good_is_like_one_that_never_was(
    shared_world: SharedWorld, node: Node
) -> None:
    ann, bob, cat = [await shared_world.user(connect=False) for _ in range(3)]
    room_id = (await ann.group())["id"]
    expired, used_up, revoked = [
        (await make_invite(ann, room_id, **body))["code"]
        for body in ({"expires_in": 3600}, {"max_uses": 1}, {})
    ]
    assert (await preview(bob, expired))["room"]["id"] == room_id

    await query(node, f"UPDATE invites SET expires_at = 1 WHERE code = '{expired}'")
    await use_invite(cat, used_up)
    assert await ann.http("DELETE", f"/invites/{revoked}") is None

    answers = [await refusals_of(bob, code) for code in (expired, used_up, revoked, "x" * 22)]
    assert len(answers[0]) == 1 and all(answer == answers[0] for answer in answers)
    assert await listed(ann, room_id) == []
    assert (await get_room(ann, room_id))["member_count"] == 2


async def test_an_invite_ends_when_its_time_is_over(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(connect=False), await shared_world.user(connect=False)
    made = await make_invite(ann, (await ann.group())["id"], expires_in=1)
    assert made["expires_at"].endswith("Z")

    async with asyncio.timeout(10):
        while await outcome(preview(bob, made["code"])) == "ok":
            await asyncio.sleep(0.1)
    assert await outcome(use_invite(bob, made["code"])) == "not_found"


async def test_revoking_is_for_admins_of_the_room(shared_world: SharedWorld) -> None:
    ann, bob, cat, dan = [await shared_world.user(connect=False) for _ in range(4)]
    room_id = (await ann.group(bob, cat))["id"]
    await ann.http("PATCH", f"/rooms/{room_id}/members/{bob.id}", {"role": "admin"})
    await cat.group()
    code = (await make_invite(ann, room_id))["code"]

    for user in (cat, dan):
        assert await outcome(user.http("DELETE", f"/invites/{code}")) == "not_found"
    assert (await preview(dan, code))["room"]["id"] == room_id
    assert await outcome(bob.http("DELETE", f"/invites/{code}")) == "ok"
    assert await outcome(bob.http("DELETE", f"/invites/{code}")) == "not_found"


async def test_deleting_the_room_ends_its_invites(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(connect=False), await shared_world.user(connect=False)
    deleted, emptied = [(await ann.group())["id"] for _ in range(2)]
    codes = [(await make_invite(ann, room_id))["code"] for room_id in (deleted, emptied)]

    await ann.http("DELETE", f"/rooms/{deleted}")
    await ann.http("DELETE", f"/rooms/{emptied}/members/{ann.id}")

    for code in codes:
        assert len(await refusals_of(bob, code)) == 1
        assert len(await refusals_of(ann, code)) == 1


async def test_an_invite_lets_back_in_who_was_removed(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room_id = (await ann.group(bob))["id"]
    code = (await make_invite(ann, room_id, max_uses=1))["code"]
    await ann.call("remove_member", room_id=room_id, user_id=bob.id)

    assert version_and_seq(await use_invite(bob, code)) == (3, 3)
    assert (await listed(ann, room_id)) == []


async def test_an_invite_with_one_use_raced_by_five_admits_one(shared_world: SharedWorld) -> None:
    ann = await shared_world.user()
    racers = [await shared_world.user() for _ in range(5)]
    room_id = (await ann.group())["id"]
    code = (await make_invite(ann, room_id, max_uses=1))["code"]

    # Each more than once, as impatient clients do.
    outcomes = await asyncio.gather(*[outcome(use_invite(user, code)) for user in racers * 3])

    by_user = [set(outcomes[n::5]) for n in range(5)]
    assert sorted(map(sorted, by_user)) == [["not_found"]] * 4 + [["ok"]]
    room = await get_room(ann, room_id)
    assert (version_and_seq(room), room["member_count"]) == ((2, 2), 2)
    assert (await ann.hear("member_joined", room_id=room_id))["version"] == 2


async def test_an_invite_with_three_uses_raced_by_five_admits_three(
    shared_world: SharedWorld,
) -> None:
    ann = await shared_world.user()
    racers = [await shared_world.user() for _ in range(5)]
    room_id = (await ann.group())["id"]
    code = (await make_invite(ann, room_id, max_uses=3))["code"]

    outcomes = await asyncio.gather(*[outcome(use_invite(user, code)) for user in racers])

    assert sorted(outcomes) == ["not_found"] * 2 + ["ok"] * 3
    room = await get_room(ann, room_id)
    assert (version_and_seq(room), room["member_count"]) == ((4, 4), 4)


async def test_revoking_racing_a_join_lets_in_or_not(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    for _ in range(5):
        room_id = (await ann.group())["id"]
        code = (await make_invite(ann, room_id))["code"]
        joined, revoked = await asyncio.gather(
            outcome(use_invite(bob, code)), outcome(ann.http("DELETE", f"/invites/{code}"))
        )
        assert revoked == "ok"
        assert (await get_room(ann, room_id))["member_count"] == (2 if joined == "ok" else 1)


@pytest.mark.parametrize(
    "code", ["%00", "%FF", "%C3%A9", "x" * 33, "x" * 5000, "%20", "..%2F", "'"]
)
async def test_no_code_is_not_found(shared_world: SharedWorld, code: str) -> None:
    ann = await shared_world.user(connect=False)
    with pytest.raises(Refused) as refused:
        await use_invite(ann, code)
    assert (refused.value.code, refused.value.field) == ("not_found", None)
    assert len(await refusals_of(ann, code)) == 1


async def test_a_room_has_no_more_invites_than_it_can_use(
    shared_world: SharedWorld, node: Node
) -> None:
    ann = await shared_world.user(connect=False)
    room_id = (await ann.group())["id"]
    rows = ", ".join(
        f"('{room_id[:26]}{n:06}', '{room_id}', '{ann.id}', 0, NULL, NULL, 0)" for n in range(1000)
    )
    columns = "code, room_id, created_by, created_at, expires_at, max_uses, uses"
    await query(node, f"INSERT INTO invites ({columns}) VALUES {rows}")
    assert await outcome(make_invite(ann, room_id)) == "conflict"
    # Those of no use do not count, and go.
    await query(node, f"UPDATE invites SET expires_at = 1 WHERE room_id = '{room_id}'")
    assert await outcome(make_invite(ann, room_id)) == "ok"
    left = await query(node, f"SELECT code FROM invites WHERE room_id = '{room_id}'")
    assert len(left) == 1
