"""Who blocks whom, and what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import Refused, User, World, new_id


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
