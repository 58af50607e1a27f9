"""Who blocks whom, and what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.client import Refused, User, new_id, outcome
from tests.support.matching import ObjectWith
from tests.support.message_calls import HTTP, SOCKET, Via, all_settled, over_both
from tests.support.world import World, settled


async def block(user: User, other: User) -> None:
    assert await user.http("PUT", f"/users/me/blocks/{other.id}") is None


async def unblock(user: User, other: User) -> None:
    assert await user.http("DELETE", f"/users/me/blocks/{other.id}") is None


async def blocked(user: User, query: str = "") -> Any:
    return await user.http("GET", f"/users/me/blocks{query}")


async def refused(user: User, method: str, path: str, body: Any = None) -> tuple[str, str | None]:
    with pytest.raises(Refused) as error:
        await user.http(method, path, body)
    return error.value.code, error.value.field


async def test_blocks_are_listed_latest_first(world: World) -> None:
    ann, *others = [await world.user(connect=False) for _ in range(4)]
    for other in others:
        await block(ann, other)
        await block(ann, other)
    seen: list[str] = []
    query = "?limit=2"
    while query:
        page = await blocked(ann, query)
        seen += [user["id"] for user in page["items"]]
        query = f"?limit=2&cursor={page['next']}" if page["next"] else ""
    assert seen == [other.id for other in reversed(others)]
    assert (await blocked(others[0]))["items"] == []

    await unblock(ann, others[1])
    await unblock(ann, others[1])
    expected = [await ann.http("GET", f"/users/{other.id}") for other in (others[2], others[0])]
    assert await blocked(ann) == {"items": expected, "has_more": False, "next": None}


async def test_blocks_of_oneself_and_of_nobody(ann: User) -> None:
    for method in ("PUT", "DELETE"):
        own = await refused(ann, method, f"/users/me/blocks/{ann.id}")
        assert own == ("validation_failed", "user_id")
        assert await refused(ann, method, f"/users/me/blocks/{new_id()}") == ("not_found", None)


async def test_blocked_from_making_a_direct_room(ann: User, bob: User) -> None:
    await block(ann, bob)
    for user, peer in ((ann, bob), (bob, ann)):
        body = {"kind": "direct", "user_id": peer.id}
        assert await refused(user, "POST", "/rooms", body) == ("blocked", "user_id")
    await unblock(ann, bob)
    room = await bob.direct(ann)
    await block(ann, bob)
    # What is there is given back.
    assert (await ann.direct(bob))["id"] == room["id"]


async def test_blocked_from_adding_to_a_group(world: World) -> None:
    ann, bob, carol = [await world.user(name, connect=False) for name in ("ann", "bob", "carol")]
    await block(ann, bob)
    for user, other in ((ann, bob), (bob, ann)):
        group = await user.group()
        path, ids = f"/rooms/{group['id']}", [carol.id, other.id]
        answer = await refused(user, "POST", f"{path}/members", {"user_ids": ids})
        assert answer == ("blocked", "user_ids")
        body = {"kind": "group", "name": "both", "member_ids": ids}
        assert await refused(user, "POST", "/rooms", body) == ("blocked", "member_ids")
        assert (await user.http("GET", path))["member_count"] == 1
    # A third person may bring them together.
    assert (await carol.group(ann, bob))["member_count"] == 3


async def test_blocked_presence_is_offline_at_once(ann: User, bob: User) -> None:
    await ann.group(bob)
    offline = {"status": "offline", "last_seen_at": None}
    for watcher, watched in ((ann, bob), (bob, ann)):
        ack = await watcher.call("watch_presence", user_ids=[watched.id])
        assert ack["presence"][watched.id]["status"] == "online"

    await block(ann, bob)
    for watcher, watched in ((ann, bob), (bob, ann)):
        told = await watcher.hear("presence", user_id=watched.id, status="offline")
        assert told == {"user_id": watched.id, **offline}
        ack = await watcher.call("watch_presence", user_ids=[watched.id])
        assert ack["presence"][watched.id] == offline

    await unblock(ann, bob)
    for watcher, watched in ((ann, bob), (bob, ann)):
        await watcher.hear("presence", user_id=watched.id, status="online")


# In their direct room


async def talked(ann: User, bob: User) -> tuple[str, int, int]:
    """A direct room where both have written and read, and what each wrote there: ann 1, bob 2."""
    room_id = (await ann.direct(bob))["id"]
    first = (await ann.send(room_id, "hello"))["seq"]
    second = (await bob.send(room_id, "hello yourself"))["seq"]
    await HTTP.mark_read(ann, room_id, second)
    return room_id, first, second


@over_both
@pytest.mark.parametrize("blocker", [0, 1])
async def test_blocked_in_the_direct_room(ann: User, bob: User, via: Via, blocker: int) -> None:
    """Whoever blocked: neither edits, reacts or pins before the other's eyes."""
    room_id, first, second = await talked(ann, bob)
    await via.react(bob, room_id, first, "👍")
    await via.pin(bob, room_id, first)
    await all_settled((ann, bob))
    one, other = ((ann, bob), (bob, ann))[blocker]
    await block(one, other)
    before = (await ann.http("GET", f"/rooms/{room_id}"))["version"]
    for user, own, others in ((ann, first, second), (bob, second, first)):
        for call in (
            via.send(user, room_id, text="still there?"),
            via.edit(user, room_id, own, "any text at all"),
            via.react(user, room_id, others, "🎉"),
            via.react(user, room_id, first, "👍", False),
            via.pin(user, room_id, others),
            via.pin(user, room_id, first, False),
        ):
            assert await outcome(call) == "blocked"
    assert (await ann.http("GET", f"/rooms/{room_id}"))["version"] == before
    # One's own text may be taken away, and one may read.
    assert (await via.delete(bob, room_id, second))["deleted_at"]
    assert (await via.mark_read(ann, room_id, second))["unread_count"] == 0

    await unblock(one, other)
    assert (await via.edit(ann, room_id, first, "friends again"))["text"] == "friends again"
    assert (await via.react(ann, room_id, first, "🎉"))["reactions"][-1]["me"]
    await via.pin(ann, room_id, first, False)


@pytest.mark.parametrize("blocker", [0, 1])
async def test_blocked_typing(world: World, blocker: int) -> None:
    ann, bob = [await world.user(name) for name in ("ann", "bob")]
    room_id, *_ = await talked(ann, bob)
    one, other = ((ann, bob), (bob, ann))[blocker]
    await bob.call("typing", room_id=room_id, typing=True)
    await ann.hear("typing", room_id=room_id, user_id=bob.id, typing=True)
    await block(one, other)
    # What had begun ends.
    await ann.hear("typing", room_id=room_id, user_id=bob.id, typing=False)
    for user in (ann, bob):
        for typing in (True, False):
            call = user.call("typing", room_id=room_id, typing=typing)
            assert await outcome(call) == "blocked"
    await all_heard(world, ann, bob)
    assert len(ann.socket.all("typing", room_id=room_id)) == 2
    assert bob.socket.all("typing", room_id=room_id) == []
    await unblock(one, other)
    await bob.call("typing", room_id=room_id, typing=True)
    await ann.hear("typing", room_id=room_id, user_id=bob.id, typing=True)


async def test_blocked_typing_in_a_group_goes_on(world: World) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    await block(ann, bob)
    await bob.call("typing", room_id=room["id"], typing=True)
    await ann.hear("typing", room_id=room["id"], user_id=bob.id)


async def all_heard(world: World, *listeners: User) -> None:
    """As ``all_settled``, for users who cannot add each other: a third one on each node does."""
    for _ in world.nodes:
        await settled(await world.user("cat", connect=False), *listeners)


async def marks(user: User, room_id: str) -> list[tuple[int | None, dict[str, int]]]:
    """How far the other one has read, and everybody, in each way to ask."""
    path = f"/rooms/{room_id}"
    lists = [
        (await user.http("GET", f"{path}/members"))["items"],
        (await user.call("get_room", room_id=room_id))["members"],
    ]
    ack = await user.call("sync", rooms={room_id: 0}, scope="listed")
    lists.append(ack["rooms"][0]["members"])
    peer = ack["reads"][room_id]["peer_last_read_seq"]
    return [(peer, {m["user"]["id"]: m["last_read_seq"] for m in found}) for found in lists]


@pytest.mark.parametrize("blocker", [0, 1])
async def test_blocked_marks_are_hidden(ann: User, bob: User, blocker: int) -> None:
    room_id, _, second = await talked(ann, bob)
    one, other = ((ann, bob), (bob, ann))[blocker]
    await block(one, other)
    for user, peer in ((ann, bob), (bob, ann)):
        hidden = (None, {user.id: second, peer.id: 0})
        assert await marks(user, room_id) == [hidden] * 3
    await unblock(one, other)
    for user, peer in ((ann, bob), (bob, ann)):
        assert await marks(user, room_id) == [(second, {user.id: second, peer.id: second})] * 3


async def test_blocked_marks_in_a_group_are_seen(world: World) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    await block(ann, bob)
    seq = (await bob.send(room["id"], "hello"))["seq"]
    for _, found in await marks(ann, room["id"]):
        assert found == {ann.id: 1, bob.id: seq}
    again = (await ann.send(room["id"], "hello yourself"))["seq"]
    await bob.call("mark_read", room_id=room["id"], seq=again)
    await ann.hear("read", room_id=room["id"], user_id=bob.id, last_read_seq=again)


@over_both
async def test_blocked_reading_is_not_told(world: World, via: Via) -> None:
    ann, bob = [await world.user(name) for name in ("ann", "bob")]
    room_id = (await ann.direct(bob))["id"]
    seq = (await ann.send(room_id, "hello"))["seq"]
    await bob.hear("message_created", room_id=room_id)
    there = await bob.connect(ann.node)
    await block(ann, bob)
    assert (await via.mark_read(bob, room_id, seq))["last_read_seq"] == seq
    # One's own devices hear of it.
    for socket in (bob.socket, there):
        await socket.hear("read", room_id=room_id, user_id=bob.id, last_read_seq=seq)
    await all_heard(world, ann, bob)
    assert ann.socket.all("read", room_id=room_id, user_id=bob.id) == []


async def test_nothing_comes_after_a_block_is_answered(ann: User, bob: User) -> None:
    """Whatever races a block is stored before it, or is refused."""
    room_id, first, second = await talked(ann, bob)
    path = f"/rooms/{room_id}"

    async def version() -> int:
        return int((await ann.http("GET", path))["version"])

    async def going_on(do: Callable[[int], Awaitable[Any]], seen: list[str]) -> None:
        for n in range(40):
            seen.append(await outcome(do(n)))
            if seen[-1] == "blocked":
                return

    for _ in range(3):
        outcomes: list[list[str]] = [[], [], []]
        calls: list[Callable[[int], Awaitable[Any]]] = [
            lambda n: SOCKET.edit(bob, room_id, second, f"again {n} {new_id()}"),
            lambda n: HTTP.react(bob, room_id, first, "👍", n % 2 == 0),
            lambda n: HTTP.pin(bob, room_id, first, n % 2 == 0),
        ]
        work = [
            asyncio.create_task(going_on(do, seen))
            for do, seen in zip(calls, outcomes, strict=True)
        ]
        await ann.hear("message_updated", room_id=room_id)
        await block(ann, bob)
        after = await version()
        await asyncio.gather(*work)
        assert [seen[-1] for seen in outcomes] == ["blocked"] * 3
        assert await version() == after
        await unblock(ann, bob)


async def test_blocked_while_a_direct_room_is_made(world: World) -> None:
    """Once a block is answered, no direct room of the two begins."""
    ann = await world.user("ann", connect=False)
    for _ in range(5):
        bob = await world.user("bob", connect=False)
        make = bob.http("POST", "/rooms", {"kind": "direct", "user_id": ann.id})
        made, _ = await asyncio.gather(outcome(make), block(ann, bob))
        rooms = (await ann.http("GET", "/rooms"))["items"]
        theirs = [room for room in rooms if room["peer"] == ObjectWith(id=bob.id)]
        assert (made == "ok") == bool(theirs)
        # It is the one that was made before, or none.
        assert len(theirs) == (await outcome(bob.direct(ann)) == "ok")
