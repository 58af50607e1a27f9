"""A username that was given up is nobody else's for a while, and old mentions stay its owner's."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.client import PASSWORD, Http, Refused, User, outcome, unique
from tests.support.database import query
from tests.support.message_calls import HTTP, SOCKET, get_message, unread_of
from tests.support.notification_calls import notifications_about
from tests.support.world import World

DAY = 24 * 3_600_000


async def rename(user: User, name: str) -> None:
    assert (await user.http("PATCH", "/users/me", {"username": name}))["username"] == name


async def days_pass(user: User, name: str, days: float) -> None:
    """The name was given up so many days earlier."""
    later = "UPDATE freed_usernames SET freed_at = freed_at - $2 WHERE username_key = $1"
    await query(user.node, later, name.lower(), int(days * DAY))


async def signs_up(user: User, name: str) -> str:
    http = Http(user.node)
    body = {"username": name, "email": f"{unique('new')}@example.com", "password": PASSWORD}
    try:
        return await outcome(http("POST", "/auth/signup", body))
    finally:
        await http.close()


async def test_a_freed_username_rests_for_30_days(ann: User, bob: User) -> None:
    old, new = ann.username, unique("new")
    await rename(ann, new)
    with pytest.raises(Refused) as refused:
        await bob.http("PATCH", "/users/me", {"username": old.upper()})
    assert (refused.value.code, refused.value.field) == ("conflict", "username")
    assert await signs_up(bob, old.title()) == "conflict"
    await days_pass(ann, old, 29.9)
    assert await outcome(bob.http("PATCH", "/users/me", {"username": old})) == "conflict"
    # It stays its owner's, who may come back to it.
    await rename(ann, old)
    await rename(ann, unique("newer"))
    # Now the other one rests, from then on; and this one again, from now on.
    assert await outcome(bob.http("PATCH", "/users/me", {"username": new})) == "conflict"
    await days_pass(ann, old, 30)
    mine = bob.username
    await rename(bob, old)
    assert await outcome(ann.http("PATCH", "/users/me", {"username": old})) == "conflict"
    assert await outcome(ann.http("PATCH", "/users/me", {"username": mine})) == "conflict"
    await days_pass(ann, new, 30)
    assert await signs_up(bob, new) == "ok"


async def test_a_username_that_is_given_up_meanwhile_is_not_taken(ann: User, bob: User) -> None:
    for _ in range(3):
        old = ann.username
        ann.session["user"]["username"] = unique("next")
        ends = await asyncio.gather(
            rename(ann, ann.username),
            *(outcome(bob.http("PATCH", "/users/me", {"username": old})) for _ in range(3)),
        )
        assert ends[1:] == ["conflict"] * 3


async def test_nobody_keeps_many_usernames(ann: User) -> None:
    for _ in range(20):
        await rename(ann, unique("many"))
    with pytest.raises(Refused) as refused:
        await rename(ann, unique("more"))
    assert refused.value.code == "rate_limited"
    assert 29 * DAY / 1000 < refused.value.error["retry_after"] <= 30 * DAY / 1000


async def test_a_mention_survives_a_rename_and_an_edit(world: World) -> None:
    room, (ann, bob, carol) = await world.room("ann", "bob", "carol")
    room_id, old = room["id"], bob.username
    sent = await ann.send(room_id, f"@{old} and @nobody, helo")
    assert sent["mentions"] == [bob.id]
    assert sent["mention_names"] == {old.lower(): bob.id}
    await rename(bob, unique("robert"))

    edited = await SOCKET.edit(ann, room_id, sent["seq"], f"@{old} and @nobody, hello")
    assert edited["mentions"] == [bob.id]
    assert edited["mention_names"] == {old.lower(): bob.id}
    assert await get_message(bob, room_id, sent["seq"]) == edited
    [found] = await notifications_about(bob, room_id, kind="mention")
    assert found["preview"] == edited["text"]
    assert (await unread_of(bob))["mentions"] == 1

    # Even if somebody else has that name by then. In a new text it means them.
    await days_pass(ann, old, 30)
    await rename(carol, old)
    edited = await HTTP.edit(ann, room_id, sent["seq"], f"@{old}: hello")
    assert edited["mentions"] == [bob.id]
    assert await notifications_about(carol, room_id, kind="mention") == []
    assert (await ann.send(room_id, f"@{old}"))["mentions"] == [carol.id]
    # A name that was taken out of a text and put in again is a new one.
    await HTTP.edit(ann, room_id, sent["seq"], "hello")
    edited = await HTTP.edit(ann, room_id, sent["seq"], f"hello @{old}")
    assert edited["mention_names"] == {old.lower(): carol.id}


async def test_a_mention_of_an_older_server_survives_too(world: World) -> None:
    """Messages that were sent before names were stored."""
    room, (ann, bob) = await world.room("ann", "bob")
    old = bob.username
    sent = await ann.send(room["id"], f"@{old} helo")
    forget = "UPDATE messages SET mention_names = NULL WHERE id = $1"
    await query(ann.node, forget, sent["id"])
    shown = await get_message(ann, room["id"], sent["seq"])
    assert (shown["mentions"], shown["mention_names"]) == ([bob.id], {})
    await rename(bob, unique("robert"))
    edited = await HTTP.edit(ann, room["id"], sent["seq"], f"@{old} hello")
    assert edited["mention_names"] == {old.lower(): bob.id}
