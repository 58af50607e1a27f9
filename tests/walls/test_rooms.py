"""What one user can make of rooms: how many, how large, how fast; and what they leave with others.

Two deployments with their limits on: one where seats run out, one where quotas do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.support.client import Refused, User, new_id, outcome
from tests.support.database import query, strangers
from tests.support.matching import ObjectWith
from tests.support.message_calls import HTTP, SOCKET, Via
from tests.support.node import KINDS, Node, clustered
from tests.support.room_calls import all_pages, get_room, make_invite, use_invite
from tests.support.services import Postgres, Redis
from tests.support.world import World, world_of

Json = dict[str, Any]
Deployment = Callable[[str], list[Node]]

GENEROUS = {
    "RATE_LIMITS": "on",
    "LIMIT_SIGNUP": "10000/h",
    "LIMIT_HTTP": "1000/s:10000",
    "LIMIT_EVENT": "1000/s:10000",
    "LIMIT_SEND_MESSAGE": "1000/s:10000",
}
SEATS = GENEROUS | {"LIMIT_SEATS": "120/h:120"}
QUOTAS = GENEROUS | {
    "LIMIT_SEATS": "1000/s:100000",
    "LIMIT_ROOMS_PER_USER": "5",
    "LIMIT_ROOMS_MADE_PER_USER": "3",
    "LIMIT_SEATS_PER_ROOM": "4",
    "LIMIT_INVITES_PER_ROOM": "2",
    "LIMIT_INVITES_PER_USER": "3",
    "LIMIT_INVITATIONS_PER_USER": "2",
    "LIMIT_NOTIFICATIONS_PER_USER": "10",
    "LIMIT_EMOJI_PER_MESSAGE": "5",
    "LIMIT_REACTIONS_PER_USER": "3",
}
EMOJI = ("👍", "🎉", "❤️", "😀", "🚀", "🍀")


@pytest.fixture(scope="module", params=KINDS)
def deployed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[dict[str, str]], list[Node]]]:
    """Nodes with these settings; where there is PostgreSQL, two of them."""
    started: dict[str, list[Node]] = {}

    def of(settings: dict[str, str]) -> list[Node]:
        name = f"walls_{'seats' if settings is SEATS else 'quotas'}"
        if name not in started:
            folder, names = tmp_path_factory.mktemp(name), ["one"]
            if request.param == "postgres":
                postgres: Postgres = request.getfixturevalue("postgres")
                redis: Redis = request.getfixturevalue("redis")
                names = ["one", "two"]
                # A database of its own in Redis: the limits are counted there.
                url = f"{redis.url.rsplit('/', 1)[0]}/{2 + len(started)}"
                settings = settings | clustered(postgres.create_database(name), url)
            started[name] = [Node(folder / each, **settings).start() for each in names]
        return started[name]

    yield of
    for nodes in started.values():
        for node in nodes:
            node.stop()


@pytest.fixture
async def scarce(deployed: Callable[[dict[str, str]], list[Node]]) -> AsyncIterator[World]:
    async with world_of(deployed(SEATS)) as world:
        yield world


@pytest.fixture
async def bounded(deployed: Callable[[dict[str, str]], list[Node]]) -> AsyncIterator[World]:
    async with world_of(deployed(QUOTAS)) as world:
        yield world


def a_group(*user_ids: str, **more: Any) -> Json:
    return {"kind": "group", "name": "a group", "member_ids": list(user_ids)} | more


async def refusal(call: Awaitable[Any]) -> tuple[str, str | None]:
    with pytest.raises(Refused) as refused:
        await call
    return refused.value.code, refused.value.field


async def rooms_of(user: User) -> list[str]:
    return [room["id"] for room in await all_pages(user, "/rooms?limit=100")]


def made_by(user: User, body: Json) -> tuple[Awaitable[Any], Awaitable[Any]]:
    """A room over HTTP, and over a socket."""
    return user.http("POST", "/rooms", body), user.call("create_room", **body)


# How fast


async def test_seats_are_counted_by_people_over_all_ways(scarce: World) -> None:
    ann = await scarce.user("ann")
    there = await ann.connect(scarce.nodes[-1])
    others = await strangers(ann.node, 100)
    repeat = a_group(*others, client_id=new_id())
    room = await ann.http("POST", "/rooms", repeat)
    assert room["member_count"] == 101
    # Nineteen are left.
    bob, cat = [await scarce.user("bob", connect=False) for _ in range(2)]
    for call in (
        *made_by(ann, a_group(*others)),
        there.call("create_room", **a_group(*others[:20])),
        ann.http("POST", f"/rooms/{room['id']}/members", {"user_ids": others[:20]}),
        there.call("add_members", room_id=room["id"], user_ids=others[:20]),
    ):
        with pytest.raises(Refused) as refused:
            await call
        assert refused.value.code == "rate_limited"
        # 30 seconds a seat.
        assert 0 < refused.value.error["retry_after"] <= 120 * 30
    assert await rooms_of(ann) == [room["id"]]
    # Small ones go on, and each way counts: 15 + 2 + 2.
    await ann.http("POST", "/rooms", a_group(*others[:14]))
    direct = await there.call("create_room", kind="direct", user_id=bob.id)
    await ann.call("add_members", room_id=room["id"], user_ids=[bob.id, cat.id])
    for body in (a_group(), {"kind": "direct", "user_id": cat.id}):
        for call in made_by(ann, body):
            assert await outcome(call) == "rate_limited"
    # What is there is found again, whatever is left.
    assert (await ann.http("POST", "/rooms", repeat))["id"] == room["id"]
    assert (await ann.direct(bob))["id"] == direct["room"]["id"]
    # Others are not concerned.
    assert (await bob.http("POST", "/rooms", a_group(*others)))["member_count"] == 101


async def test_seats_are_taken_by_joining(scarce: World) -> None:
    ann, bob = [await scarce.user(name) for name in ("ann", "bob")]
    room = await ann.group(visibility="public")
    code = (await make_invite(ann, room["id"]))["code"]
    others = await strangers(bob.node, 119)
    await bob.http("POST", "/rooms", a_group(*others[:118]))
    await bob.call("join_room", room_id=room["id"])
    # Who is in already needs none.
    await bob.http("POST", f"/rooms/{room['id']}/join")
    await use_invite(bob, code)
    await bob.call("leave_room", room_id=room["id"])
    for call in (
        bob.http("POST", f"/rooms/{room['id']}/join"),
        bob.call("join_room", room_id=room["id"]),
        use_invite(bob, code),
    ):
        assert await outcome(call) == "rate_limited"
    assert (await get_room(ann, room["id"]))["member_count"] == 1
    assert (await all_pages(ann, f"/rooms/{room['id']}/invites"))[0]["uses"] == 0


# How many


async def test_rooms_that_one_makes_are_bounded(bounded: World) -> None:
    ann, *others = [await bounded.user("ann") for _ in range(5)]
    made = [await ann.group(), await ann.direct(others[0]), await ann.direct(others[1])]
    for body in (a_group(), {"kind": "direct", "user_id": others[2].id}):
        for call in made_by(ann, body):
            assert await refusal(call) == ("conflict", None)
    assert set(await rooms_of(ann)) == {room["id"] for room in made}
    assert await rooms_of(others[2]) == []
    # What others make is theirs; and a room that is gone makes place.
    await others[2].direct(ann)
    await ann.http("DELETE", f"/rooms/{made[0]['id']}")
    assert await outcome(ann.group()) == "ok"


async def test_rooms_made_at_once_are_counted_exactly(bounded: World) -> None:
    ann = await bounded.user("ann")
    calls = [call for _ in range(6) for call in made_by(ann, a_group())]
    outcomes = [await each for each in asyncio.as_completed(map(outcome, calls))]
    assert sorted(outcomes) == ["conflict"] * 9 + ["ok"] * 3
    assert len(await rooms_of(ann)) == 3


async def full(bounded: World) -> tuple[User, list[User]]:
    """Somebody who is in as many rooms as one may be, and who added them, each one's owner."""
    owners = [await bounded.user("owner") for _ in range(5)]
    ann = await bounded.user("ann")
    for owner in owners:
        await owner.group(ann)
    return ann, owners


async def test_rooms_that_one_is_in_are_bounded(bounded: World) -> None:
    ann, (owner, *_) = await full(bounded)
    public = await owner.group(visibility="public")
    code = (await make_invite(owner, public["id"]))["code"]
    before = await rooms_of(ann)
    for call in (
        *made_by(ann, a_group()),
        *made_by(ann, {"kind": "direct", "user_id": owner.id}),
        ann.http("POST", f"/rooms/{public['id']}/join"),
        ann.call("join_room", room_id=public["id"]),
        use_invite(ann, code),
    ):
        assert await refusal(call) == ("conflict", None)
    # Whoever adds them is told by the field.
    bob = await bounded.user("bob")
    for call in made_by(owner, a_group(bob.id, ann.id)):
        assert await refusal(call) == ("conflict", "member_ids")
    for call in made_by(owner, {"kind": "direct", "user_id": ann.id}):
        assert await refusal(call) == ("conflict", "user_id")
    ids = [bob.id, ann.id]
    for call in (
        owner.http("POST", f"/rooms/{public['id']}/members", {"user_ids": ids}),
        owner.call("add_members", room_id=public["id"], user_ids=ids),
    ):
        assert await refusal(call) == ("conflict", "user_ids")
    assert (await rooms_of(ann), await rooms_of(bob)) == (before, [])
    # What one is in stays open, and who leaves one may join another.
    assert (await ann.http("POST", f"/rooms/{before[0]}/join"))["id"] == before[0]
    await ann.call("leave_room", room_id=before[0])
    assert (await use_invite(ann, code))["id"] == public["id"]


async def test_seats_of_a_room_are_bounded(bounded: World) -> None:
    ann = await bounded.user("ann")
    late = [await bounded.user("late") for _ in range(2)]
    others = await strangers(ann.node, 4)
    for call in made_by(ann, a_group(*others)):
        assert await refusal(call) == ("conflict", "member_ids")
    room = await ann.http("POST", "/rooms", a_group(*others[:2], visibility="public"))
    code = (await make_invite(ann, room["id"]))["code"]
    ids = [user.id for user in late]
    for call in (
        ann.http("POST", f"/rooms/{room['id']}/members", {"user_ids": ids}),
        ann.call("add_members", room_id=room["id"], user_ids=ids),
    ):
        assert await outcome(call) == "conflict"
    assert (await get_room(ann, room["id"]))["version"] == room["version"]
    # Of two who come at once, one gets in.
    joins = [late[0].call("join_room", room_id=room["id"]), use_invite(late[1], code)]
    assert sorted(await asyncio.gather(*map(outcome, joins))) == ["conflict", "ok"]
    assert (await get_room(ann, room["id"]))["member_count"] == 4
    # Who is in already needs no seat.
    again = {"user_ids": others[:2]}
    assert (await ann.http("POST", f"/rooms/{room['id']}/members", again))["items"] == []


async def test_invites_are_bounded(bounded: World) -> None:
    ann = await bounded.user("ann", connect=False)
    first, second = await ann.group(), await ann.group()
    made = [await make_invite(ann, first["id"]) for _ in range(2)]
    assert await refusal(make_invite(ann, first["id"])) == ("conflict", None)
    await make_invite(ann, second["id"])
    # A second one would be one too many of hers.
    assert await refusal(make_invite(ann, second["id"])) == ("conflict", None)
    await ann.http("DELETE", f"/invites/{made[0]['code']}")
    await make_invite(ann, second["id"])


@pytest.mark.parametrize("via", (SOCKET, HTTP), ids=lambda via: via.name)
async def test_reactions_of_one_user_are_bounded(bounded: World, via: Via) -> None:
    room, (ann, bob) = await bounded.room("ann", "bob")
    seq = (await ann.send(room["id"], "hello"))["seq"]
    for emoji in EMOJI[:3]:
        await via.react(bob, room["id"], seq, emoji)
    assert await refusal(via.react(bob, room["id"], seq, EMOJI[3])) == ("conflict", "emoji")
    for emoji in EMOJI[3:5]:
        await via.react(ann, room["id"], seq, emoji)
    # Five different ones are all that a message has.
    assert await refusal(via.react(ann, room["id"], seq, EMOJI[5])) == ("conflict", "emoji")
    await via.react(bob, room["id"], seq, EMOJI[0], False)
    reactions = (await via.react(bob, room["id"], seq, EMOJI[3]))["reactions"]
    assert [each["emoji"] for each in reactions] == list(EMOJI[1:5])


async def test_notifications_are_bounded_and_the_oldest_go(bounded: World) -> None:
    room, (ann, bob) = await bounded.room("ann", "bob")
    mentions = [(await ann.send(room["id"], f"{n} @{bob.username}"))["seq"] for n in range(14)]
    own = [(await bob.send(room["id"], "hello"))["seq"] for _ in range(3)]
    for seq in own:
        await SOCKET.react(ann, room["id"], seq, "👍")
    newest = await all_pages(bob, "/notifications?limit=4")
    assert [each["seq"] for each in newest] == [*reversed(own), *reversed(mentions[7:])]
    stored = await query(bob.node, "SELECT id FROM notifications WHERE user_id = $1", bob.id)
    assert len(stored) == 10
    # Being added counts too.
    await ann.group(bob)
    stored = await query(bob.node, "SELECT id FROM notifications WHERE user_id = $1", bob.id)
    assert len(stored) == 10


async def test_invitations_are_bounded_and_the_oldest_goes(bounded: World) -> None:
    owners = [await bounded.user("owner") for _ in range(3)]
    bob = await bounded.user("bob")
    await bob.http("PATCH", "/users/me", {"preferences": {"add_to_groups": "nobody"}})
    rooms = [await owner.group(bob) for owner in owners]
    kept = [each["room_id"] for each in await all_pages(bob, "/notifications")]
    assert kept == [rooms[2]["id"], rooms[1]["id"]]
    assert await outcome(bob.call("join_room", room_id=rooms[0]["id"])) == "not_found"
    await bob.hear("notifications_read", up_to=None)
    # They take seats: who is invited may come.
    others = await strangers(owners[1].node, 3)
    body = {"user_ids": others}
    call = owners[1].http("POST", f"/rooms/{rooms[1]['id']}/members", body)
    assert await refusal(call) == ("conflict", None)
    joined = await bob.call("join_room", room_id=rooms[1]["id"])
    assert joined["room"] == ObjectWith(id=rooms[1]["id"], member_count=2)
