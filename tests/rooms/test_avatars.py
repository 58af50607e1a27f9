"""Avatars: of a room, by its admins."""

from __future__ import annotations

import pytest

from tests.support.client import Refused, new_id
from tests.support.files import fetch, opened, picture, upload
from tests.support.matching import ObjectWith
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("no_errors_logged")


async def test_update_room_avatar(world: World) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    room = await ann.group(bob)
    path = f"/rooms/{room['id']}"
    attachment = await upload(ann, picture("JPEG", (900, 300), orientation=6), "me.jpg")
    changed = await ann.http("PATCH", path, {"avatar_id": attachment["id"]})
    url = changed["avatar_url"]
    heard = await bob.hear("room_updated", room=ObjectWith(avatar_url=url))
    assert heard["message"]["system"]["event"] == "changed"
    assert heard["message"]["system"]["avatar_url"] == url
    for size in (64, 128, 256):
        status, headers, body = await fetch(bob, url.replace("-256.", f"-{size}."))
        assert (status, headers["Content-Type"]) == (200, "image/webp")
        assert "immutable" in headers["Cache-Control"] and "public" in headers["Cache-Control"]
        assert opened(body).size == (size, size)
    assert (await bob.http("GET", path))["avatar_url"] == url
    again = await ann.call("update_room", room_id=room["id"], avatar_id=attachment["id"])
    assert again["room"]["avatar_url"] != url
    for size in (64, 128, 256):
        assert (await fetch(bob, url.replace("-256.", f"-{size}.")))[0] == 404
    cleared = await ann.http("PATCH", path, {"avatar_id": None})
    assert cleared["avatar_url"] is None
    assert (await fetch(ann, again["room"]["avatar_url"]))[0] == 404
    same = await ann.http("PATCH", path, {"avatar_id": None})
    assert same["version"] == cleared["version"]


async def test_users_me_avatar(world: World) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    await ann.group(bob)
    attachment = await upload(ann, picture("PNG", (300, 900)), "me.png")
    url = (await ann.http("PATCH", "/users/me", {"avatar_id": attachment["id"]}))["avatar_url"]
    await bob.hear("user_updated", user=ObjectWith(id=ann.id, avatar_url=url))
    for size in (64, 128, 256):
        status, headers, body = await fetch(bob, url.replace("-256.", f"-{size}."))
        assert (status, headers["Content-Type"]) == (200, "image/webp")
        assert opened(body).size == (size, size)
    bobs = (await upload(bob, picture()))["id"]
    for avatar_id in (bobs, (await upload(ann, b"no picture"))["id"], new_id()):
        with pytest.raises(Refused) as error:
            await ann.http("PATCH", "/users/me", {"avatar_id": avatar_id})
        assert (error.value.code, error.value.field) == ("not_found", "avatar_id")
    assert (await bob.http("GET", f"/users/{ann.id}"))["avatar_url"] == url
    assert (await ann.http("PATCH", "/users/me", {"avatar_id": None}))["avatar_url"] is None
    assert (await fetch(bob, url))[0] == 404


async def test_an_avatar_is_an_image_of_ones_own(world: World) -> None:
    ann, bob = [await world.user(name, connect=False) for name in ("ann", "bob")]
    room, direct = await ann.group(bob), await ann.direct(bob)
    bobs = (await upload(bob, picture()))["id"]
    text = (await upload(ann, b"no picture"))["id"]

    async def refused(user: object, room_id: str, avatar_id: str) -> tuple[str, str | None]:
        with pytest.raises(Refused) as error:
            await user.http("PATCH", f"/rooms/{room_id}", {"avatar_id": avatar_id})  # type: ignore[attr-defined]
        return error.value.code, error.value.field

    for avatar_id in (bobs, text, new_id()):
        assert await refused(ann, room["id"], avatar_id) == ("not_found", "avatar_id")
    assert (await refused(bob, room["id"], bobs))[0] == "forbidden"
    assert (await refused(bob, direct["id"], bobs))[0] == "forbidden"
    assert await refused(bob, new_id(), bobs) == ("not_found", None)
    assert (await ann.http("GET", f"/rooms/{room['id']}"))["version"] == room["version"]


async def test_an_avatars_address_names_nothing_else(world: World) -> None:
    ann = await world.user("ann", connect=False)
    key = (await upload(ann, picture()))["url"].split("/")[4]
    for name in (key, "x", "..%2Fsecret_key", "0" * 32 + "-256.webp", "0" * 32 + "-512.webp"):
        assert (await fetch(ann, f"{ann.node.url}/avatars/{name}"))[0] == 404


async def test_a_deleted_rooms_avatar_is_removed(world: World) -> None:
    ann = await world.user("ann", connect=False)
    room = await ann.group()
    body = {"avatar_id": (await upload(ann, picture()))["id"]}
    url = (await ann.http("PATCH", f"/rooms/{room['id']}", body))["avatar_url"]
    await ann.http("DELETE", f"/rooms/{room['id']}")
    assert (await fetch(ann, url))[0] == 404
