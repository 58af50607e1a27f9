"""Who is typing where."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.support.client import Socket, User, new_id, outcome
from tests.support.database import strangers
from tests.support.shared_world import SharedWorld

# Seconds after which typing fades by itself.
FADES = 6.0


async def type_in(typist: User | Socket, room_id: str, typing: bool = True) -> None:
    ack = await typist.call("typing", room_id=room_id, typing=typing)
    assert ack == {"ok": True}


def heard(socket: Socket, room_id: str) -> list[bool]:
    return [told["typing"] for told in socket.all("typing", room_id=room_id)]


async def mark(user: User, listener: User, room_id: str) -> None:
    """Something that the listener hears after all that came before from the user's node."""
    topic = new_id()
    await user.call("update_room", room_id=room_id, topic=topic)
    while True:
        told = await listener.hear("room_updated", room_id=room_id)
        if told["room"]["topic"] == topic:
            return


async def test_typing_tells_the_others_of_each_beginning_and_end(shared_world: SharedWorld) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    own = await ann.connect(bob.node)
    room_id = (await ann.group(bob, cat))["id"]

    for typing in (True, False, True, False):
        await type_in(ann, room_id, typing)
        # Twice is told once. A node may leave out what was over before it could be told, so each
        # change is heard before the next is made.
        await type_in(ann, room_id, typing)
        for user in (bob, cat):
            told = await user.hear("typing", room_id=room_id)
            assert told == {"room_id": room_id, "user_id": ann.id, "typing": typing}
    await mark(ann, bob, room_id)
    assert heard(bob.socket, room_id) == [True, False, True, False]
    assert heard(ann.socket, room_id) == heard(own, room_id) == []


async def test_typing_in_a_direct_room(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room_id = (await ann.direct(bob))["id"]

    await type_in(bob, room_id)

    assert (await ann.hear("typing", room_id=room_id))["user_id"] == bob.id


async def test_typing_lasts_while_any_device_types(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    other_node = await ann.connect(bob.node)
    room_id = (await ann.group(bob))["id"]
    await type_in(ann, room_id)
    await type_in(other_node, room_id)
    await bob.hear("typing", room_id=room_id, typing=True)

    await type_in(ann, room_id, False)

    await mark(ann, bob, room_id)
    assert heard(bob.socket, room_id) == [True]
    await type_in(other_node, room_id, False)
    await bob.hear("typing", room_id=room_id, typing=False)
    assert heard(ann.socket, room_id) == heard(other_node, room_id) == []


async def test_typing_of_two_users_is_told_apart(shared_world: SharedWorld) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    room_id = (await ann.group(bob, cat))["id"]
    for typist in (ann, bob):
        await type_in(typist, room_id)
        await cat.hear("typing", room_id=room_id, user_id=typist.id, typing=True)

    await type_in(bob, room_id, False)

    await cat.hear("typing", room_id=room_id, user_id=bob.id, typing=False)
    await mark(ann, bob, room_id)
    assert len(cat.socket.all("typing", room_id=room_id, user_id=ann.id)) == 1
    assert [told["user_id"] for told in bob.socket.all("typing", room_id=room_id)] == [ann.id]


@pytest.mark.parametrize("way", ["socket", "http"])
async def test_typing_ends_at_that_users_message(shared_world: SharedWorld, way: str) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    other_node = await ann.connect(bob.node)
    room_id = (await ann.group(bob, cat))["id"]
    for device in (ann.socket, other_node):
        await type_in(device, room_id)
    for user in (bob, cat):
        await user.hear("typing", room_id=room_id, typing=True)

    # Another's message ends nothing.
    await bob.send(room_id, "meanwhile")
    await mark(ann, bob, room_id)
    assert heard(bob.socket, room_id) == [True]
    for device in (ann.socket, other_node):
        await type_in(device, room_id)
    message = {"client_id": new_id(), "text": "there"}
    if way == "socket":
        await ann.call("send_message", room_id=room_id, **message)
    else:
        await ann.http("POST", f"/rooms/{room_id}/messages", message)

    # At once, long before it would have faded.
    for user in (bob, cat):
        await mark(ann, user, room_id)
        assert heard(user.socket, room_id) == [True, False]


# Each node lets it fade for itself, so one deployment is worth the wait.
@pytest.mark.parametrize("kind", ["postgres"], indirect=True)
async def test_typing_fades_by_itself(shared_world: SharedWorld) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    room_id = (await ann.group(bob, cat))["id"]

    began = time.monotonic()
    await type_in(ann, room_id)

    for user in (bob, cat):
        await user.hear("typing", room_id=room_id, typing=True)
    for user in (bob, cat):
        await user.hear("typing", room_id=room_id, typing=False)
        assert time.monotonic() - began >= FADES
    await type_in(ann, room_id)
    await bob.hear("typing", room_id=room_id, typing=True)


@pytest.mark.long
async def test_typing_goes_on_while_it_is_repeated(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room_id = (await ann.group(bob))["id"]

    for _ in range(4):
        last = time.monotonic()
        await type_in(ann, room_id)
        # Half the time after which it would fade.
        await asyncio.sleep(FADES / 2)

    await bob.hear("typing", room_id=room_id, typing=False)
    assert time.monotonic() - last >= FADES
    assert heard(bob.socket, room_id) == [True, False]


async def test_typing_is_off_in_rooms_of_more_than_100(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    last, *others = await strangers(ann.node, 99)
    room_id = (await ann.group(bob, member_ids=[bob.id, *others]))["id"]
    await type_in(ann, room_id)
    await bob.hear("typing", room_id=room_id, typing=True)
    await type_in(ann, room_id, False)
    await bob.hear("typing", room_id=room_id, typing=False)

    await ann.call("add_members", room_id=room_id, user_ids=[last])

    await type_in(ann, room_id)
    await mark(ann, bob, room_id)
    assert heard(bob.socket, room_id) == [True, False]
    await ann.call("remove_member", room_id=room_id, user_id=last)
    await type_in(ann, room_id)
    await bob.hear("typing", room_id=room_id, typing=True)


async def test_typing_in_a_foreign_room_is_not_found_and_told_to_nobody(
    shared_world: SharedWorld,
) -> None:
    ann, bob, cat = [await shared_world.user() for _ in range(3)]
    private = (await ann.group(bob))["id"]
    public = (await ann.group(bob, visibility="public"))["id"]
    left = (await ann.group(bob, cat))["id"]
    await cat.call("leave_room", room_id=left)

    for room_id in (private, public, left, new_id()):
        assert await outcome(type_in(cat, room_id)) == "not_found"

    for room_id in (private, public, left):
        await mark(ann, bob, room_id)
        assert heard(bob.socket, room_id) == []
