"""Who is there: by user, then by device."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.client import PATIENCE, Refused, Socket, User, new_id
from tests.support.presence import HIDDEN, is_recent, moment, statuses_told, watch
from tests.support.raw_sockets import raw_user
from tests.support.world import World, settled

# Seconds: how long what must not come is waited for. There is no event of its absence.
ABSENT = 0.3


# Who may see whom


async def test_watch_presence_answers_everybody_as_one_may_see_them(world: World) -> None:
    ann, bob, dan = [await world.user(name) for name in ("ann", "bob", "dan")]
    cat = await world.user("cat", connect=False)
    await ann.group(bob, cat)
    # A public room that both can see is not one that both are in.
    await dan.group(visibility="public")
    unknown = new_id()

    ack = await ann.call(
        "watch_presence", user_ids=[ann.id, bob.id.upper(), bob.id, cat.id, dan.id, unknown]
    )

    presence = ack["presence"]
    assert set(presence) == {ann.id, bob.id, cat.id, dan.id, unknown}
    for user in (ann, bob):
        assert presence[user.id]["status"] == "online"
        assert is_recent(presence[user.id]["last_seen_at"])
    # Cat was never there, dan may not be seen, and nobody may know which of these it is.
    assert presence[cat.id] == presence[dan.id] == presence[unknown] == HIDDEN


async def test_watch_presence_takes_at_most_500(world: World) -> None:
    ann = await world.user("ann")
    ids = [new_id() for _ in range(501)]

    with pytest.raises(Refused) as refused:
        await ann.call("watch_presence", user_ids=ids)

    assert (refused.value.code, refused.value.field) == ("validation_failed", "user_ids")
    ack = await ann.call("watch_presence", user_ids=ids[:500])
    assert ack["presence"] == dict.fromkeys(ids[:500], HIDDEN)


async def test_presence_follows_who_gets_acquainted(ann: User, bob: User) -> None:
    assert await watch(ann, bob) == {bob.id: HIDDEN}

    first = await bob.direct(ann)

    now = await ann.hear("presence", user_id=bob.id)
    assert set(now) == {"user_id", "status", "last_seen_at"}
    assert now["status"] == "online" and is_recent(now["last_seen_at"])
    # A second room changes nothing, nor does its end.
    second = await bob.group(ann)
    await bob.http("DELETE", f"/rooms/{second['id']}")
    await ann.hear("room_left", room_id=second["id"])
    assert (await watch(ann, bob))[bob.id]["status"] == "online"
    assert statuses_told(ann.socket, bob) == ["online"]
    assert first["kind"] == "direct"


@pytest.mark.parametrize("way", ["leave", "be removed", "be left", "delete"])
async def test_presence_hides_who_shares_no_room_any_more(ann: User, bob: User, way: str) -> None:
    room_id = (await bob.group(ann))["id"]
    assert (await watch(ann, bob))[bob.id]["status"] == "online"
    device = await bob.connect()

    if way == "leave":
        await ann.call("leave_room", room_id=room_id)
    elif way == "be removed":
        await bob.call("remove_member", room_id=room_id, user_id=ann.id)
    elif way == "be left":
        await bob.call("leave_room", room_id=room_id)
    else:
        await bob.http("DELETE", f"/rooms/{room_id}")

    assert await ann.hear("presence", user_id=bob.id) == {"user_id": bob.id, **HIDDEN}
    # Nothing that bob does is seen from now on.
    for socket in (bob.socket, device):
        await socket.close()
    await bob.connect()
    await settled(bob, bob)
    assert not await heard_more_of(ann.socket, bob)
    assert await watch(ann, bob) == {bob.id: HIDDEN}
    # Until they meet again, and then at once.
    await bob.direct(ann)
    assert (await ann.hear("presence", user_id=bob.id))["status"] == "online"


async def heard_more_of(socket: Socket, user: User) -> bool:
    """Whether anything else is told of a user, within the short wait that is worth it."""
    before = len(statuses_told(socket, user))
    await asyncio.sleep(ABSENT)
    return len(statuses_told(socket, user)) > before


# Coming and going


async def test_presence_is_told_when_a_user_comes_and_goes(world: World) -> None:
    ann, bob = await world.user("ann"), await world.user("bob", connect=False)
    await ann.direct(bob)
    assert await watch(ann, bob) == {bob.id: HIDDEN}

    device = await bob.connect()

    now = await ann.hear("presence", user_id=bob.id)
    assert now["status"] == "online" and is_recent(now["last_seen_at"])
    left_at = datetime.now(UTC)
    await device.close()
    now = await ann.hear("presence", user_id=bob.id)
    assert now["status"] == "offline"
    # Times have milliseconds, and here is one clock.
    assert moment(now["last_seen_at"]) >= left_at - timedelta(milliseconds=1)
    assert is_recent(now["last_seen_at"])
    assert (await watch(ann, bob))[bob.id] == {
        "status": "offline",
        "last_seen_at": now["last_seen_at"],
    }
    await bob.connect()
    assert (await ann.hear("presence", user_id=bob.id))["status"] == "online"
    assert statuses_told(ann.socket, bob) == ["online", "offline", "online"]


async def test_presence_ends_with_a_connection_that_breaks(ann: User, bob: User) -> None:
    await ann.direct(bob)
    await watch(ann, bob)

    await bob.socket.lose()

    assert (await ann.hear("presence", user_id=bob.id))["status"] == "offline"


async def test_presence_ends_with_the_session(ann: User, bob: User) -> None:
    await ann.direct(bob)
    await watch(ann, bob)

    await bob.http("POST", "/auth/signout")

    now = await ann.hear("presence", user_id=bob.id)
    assert now["status"] == "offline" and is_recent(now["last_seen_at"])


async def test_presence_ends_with_the_last_device_on_any_node(ann: User, bob: User) -> None:
    await ann.direct(bob)
    await watch(ann, bob)
    phone, desk = await bob.connect(ann.node), await bob.connect(bob.node)

    for device in (bob.socket, desk):
        await device.close()
        assert not await heard_more_of(ann.socket, bob)
        assert (await watch(ann, bob))[bob.id]["status"] == "online"

    await phone.close()
    assert (await ann.hear("presence", user_id=bob.id))["status"] == "offline"
    assert statuses_told(ann.socket, bob) == ["offline"]


async def test_presence_lasts_while_a_device_is_in_either_namespace(world: World) -> None:
    ann, bob = await world.user("ann"), await world.user("bob", connect=False)
    await ann.direct(bob)
    await watch(ann, bob)

    async with raw_user(bob, "/rooms", "/notifications") as device:
        await ann.hear("presence", user_id=bob.id, status="online")
        await device.send("41/rooms,")
        assert not await heard_more_of(ann.socket, bob)
        assert (await watch(ann, bob))[bob.id]["status"] == "online"
        await device.send("41/notifications,")
        await ann.hear("presence", user_id=bob.id, status="offline")


async def test_presence_is_right_after_devices_come_and_go_at_once(ann: User, bob: User) -> None:
    await ann.direct(bob)
    await watch(ann, bob)
    for _ in range(3):
        coming = [bob.connect(node) for node in (ann.node, bob.node) for _ in range(2)]
        devices = await asyncio.gather(*coming)
        await asyncio.gather(*[device.close() for device in (*devices, *bob.sockets[:-4])])

    # However these crossed, the end is told, and is what one is answered.
    async with asyncio.timeout(PATIENCE):
        while (
            await heard_more_of(ann.socket, bob) or statuses_told(ann.socket, bob)[-1] != "offline"
        ):
            pass
    last_seen = (await watch(ann, bob))[bob.id]
    assert last_seen["status"] == "offline" and is_recent(last_seen["last_seen_at"])


# What a socket watches


async def test_watch_presence_replaces_the_list(world: World) -> None:
    ann, bob, cat, dan = [await world.user(name) for name in ("ann", "bob", "cat", "dan")]
    await ann.group(bob, cat, dan)
    # Another socket at ann's node, which tells when bob has gone.
    witness = await dan.connect(ann.node)
    await watch(ann, bob)
    await watch(witness, bob)

    assert list(await watch(ann, cat)) == [cat.id]

    await bob.socket.close()
    await witness.hear("presence", user_id=bob.id, status="offline")
    await cat.socket.close()
    await ann.hear("presence", user_id=cat.id, status="offline")
    assert statuses_told(ann.socket, bob) == []
    assert (await watch(ann)) == {}
    await watch(witness, cat)
    await cat.connect()
    await witness.hear("presence", user_id=cat.id, status="online")
    assert statuses_told(ann.socket, cat) == ["offline"]


async def test_watch_presence_is_of_one_socket(world: World) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    other, gone = await ann.connect(), await ann.connect()
    await ann.direct(bob)
    for socket in (ann.socket, gone):
        await watch(socket, bob)
    await gone.close()

    await bob.socket.close()

    await ann.hear("presence", user_id=bob.id, status="offline")
    assert statuses_told(other, bob) == statuses_told(gone, bob) == []
