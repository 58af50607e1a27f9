"""Changing oneself, and who hears of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.client import PASSWORD, Refused, User, unique
from tests.support.database import strangers
from tests.support.matching import ObjectWith
from tests.support.message_calls import all_settled
from tests.support.world import World


async def change(user: User, **fields: Any) -> dict[str, Any]:
    me: dict[str, Any] = await user.http("PATCH", "/users/me", fields)
    return me


async def refused(user: User, **fields: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as error:
        await change(user, **fields)
    return error.value.code, error.value.field


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


async def test_users_me_changes_what_is_given(ann: User, bob: User) -> None:
    before = ann.session["user"]
    status = {"emoji": "🏖", "text": " away ", "expires_at": in_seconds(60)}
    me = await change(ann, display_name=" Ann B. ", bio="hello", status=status)

    assert me["status"]["emoji"] == "🏖️"
    assert me["status"]["text"] == "away"
    changed = {"display_name": "Ann B.", "bio": "hello", "status": me["status"]}
    assert me == before | changed == await ann.http("GET", "/users/me")
    seen = await bob.http("GET", f"/users/{ann.id}")
    assert seen == {key: me[key] for key in seen}
    found = await bob.http("GET", "/users?q=ann%20b.")
    assert ann.id in [user["id"] for user in found["items"]]


async def test_users_me_clears_with_null(ann: User) -> None:
    before = await ann.http("GET", "/users/me")
    await change(ann, bio="hello", status={"text": "here"}, preferences={"theme": "dark"})
    cleared = dict.fromkeys(("display_name", "bio", "status", "avatar_id", "preferences"))
    assert await change(ann, **cleared) == before | {"display_name": ann.username}


async def test_status_expires(ann: User, bob: User) -> None:
    await change(ann, status={"text": "soon", "expires_at": in_seconds(1)})
    assert (await bob.http("GET", f"/users/{ann.id}"))["status"]["text"] == "soon"
    # The one thing to wait for here is the clock.
    await asyncio.sleep(1.1)
    assert (await bob.http("GET", f"/users/{ann.id}"))["status"] is None
    assert (await ann.http("GET", "/users/me"))["status"] is None


async def test_preferences_are_merged_per_key(ann: User) -> None:
    await change(ann, preferences={"theme": "dark", "list": [1, {"a": None}], "old": 1})
    me = await change(ann, preferences={"theme": "light", "old": None, "new": {"x": "y"}})
    expected = {"theme": "light", "list": [1, {"a": None}], "new": {"x": "y"}}
    assert me["preferences"] == expected
    keys = [f"key{n}" for n in range(8)]
    await asyncio.gather(*(change(ann, preferences={key: key}) for key in keys))
    me = await ann.http("GET", "/users/me")
    assert me["preferences"] == expected | {key: key for key in keys}


def nested(levels: int) -> Any:
    return {"x": nested(levels - 1)} if levels else 1


async def test_users_me_names_the_wrong_field(ann: User, bob: User) -> None:
    before = await ann.http("GET", "/users/me")
    for field, value, named in (
        ("display_name", " ", None),
        ("display_name", "a\nb", None),
        ("display_name", "x" * 65, None),
        ("bio", "x" * 501, None),
        ("username", "a", None),
        ("username", "ann@home", None),
        ("username", None, None),
        ("email", "ann", None),
        ("email", None, None),
        ("status", {}, None),
        ("status", {"text": "x" * 101}, "status.text"),
        ("status", {"emoji": "x"}, "status.emoji"),
        ("status", {"text": "x", "expires_at": "2020-01-01T00:00:00Z"}, "status.expires_at"),
        ("status", {"text": "x", "expires_at": "soon"}, "status.expires_at"),
        ("status", {"text": "x", "extra": 1}, "status.extra"),
        ("preferences", {"": 1}, None),
        ("preferences", {"x": "y" * 17_000}, None),
        ("preferences", nested(9), None),
        ("preferences", {"x": 2**60}, None),
        ("password", "another one", None),
    ):
        answer = await refused(ann, **{"bio": "not kept", field: value})
        assert answer == ("validation_failed", named or field), (field, value)
    assert await refused(ann, bio="x", avatar_id=bob.id) == ("not_found", "avatar_id")
    assert await ann.http("GET", "/users/me") == before


async def test_username_conflict(ann: User, bob: User) -> None:
    taken = bob.session["user"]
    assert await refused(ann, username=taken["username"].upper()) == ("conflict", "username")
    name = unique("new")
    me = await change(ann, username=name.upper())
    assert me["username"] == name.upper()
    # One's own name in another case is nobody else's.
    assert (await change(ann, username=name))["username"] == name


async def test_an_email_waits_where_there_is_no_mail(ann: User, bob: User) -> None:
    """No link can prove it: so it stays as it is, whoever has the address."""
    email = ann.session["user"]["email"]
    for wanted in (bob.session["user"]["email"], f"{unique('new')}@example.com"):
        me = await change(ann, email=wanted, current_password=PASSWORD)
        assert (me["email"], me["pending_email"]) == (email, wanted)
    assert (await change(ann, email=email, current_password=PASSWORD))["pending_email"] is None


async def test_a_race_for_a_name_has_one_winner(ann: User, bob: User) -> None:
    name = unique("race")
    answers = await asyncio.gather(
        *(change(user, username=name) for user in (ann, bob)), return_exceptions=True
    )
    (lost,) = [answer for answer in answers if isinstance(answer, Refused)]
    assert (lost.code, lost.field) == ("conflict", "username")


async def test_user_updated_is_told_once(world: World) -> None:
    ann, bob, carol, dave = [await world.user(name) for name in ("ann", "bob", "carol", "dave")]
    await ann.group(bob)
    await ann.direct(bob)
    await ann.group(bob, carol)
    for user, count in ((bob, 3), (carol, 1), (ann, 3)):
        for _ in range(count):
            await user.hear("room_joined")
    await change(ann, bio="news", email=f"{unique('ann')}@example.com", current_password=PASSWORD)

    expected = await bob.http("GET", f"/users/{ann.id}")
    for user in (ann, bob, carol):
        assert await user.hear("user_updated") == {"user": expected}
    # What others do not see is not told, nor what stays the same.
    await change(ann, preferences={"theme": "dark"})
    await change(ann, bio="news")
    await all_settled([ann, bob, carol, dave])
    assert [len(user.socket.all("user_updated")) for user in (ann, bob, carol, dave)] == [
        *(1, 1, 1, 0)
    ]


async def test_user_updated_in_large_rooms_is_for_who_watches(world: World) -> None:
    ann, bob, carol = [await world.user(name) for name in ("ann", "bob", "carol")]
    # A room beyond the limit needs members, not sockets.
    crowd = await strangers(ann.node, 98)
    await ann.group(member_ids=[bob.id, carol.id, *crowd])
    for user in (bob, carol):
        await user.hear("room_joined")
    await carol.call("watch_presence", user_ids=[ann.id])
    await change(ann, bio="news")
    await carol.hear("user_updated", user=ObjectWith(bio="news"))
    await all_settled([ann, bob, carol])
    assert bob.socket.all("user_updated") == []
