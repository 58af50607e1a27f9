"""What a room is to oneself: how much one wants to hear of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.client import Refused, User, outcome
from tests.support.field_kinds import TIME
from tests.support.room_calls import get_room, version_and_seq
from tests.support.shared_world import SharedWorld
from tests.support.world import settled

Json = dict[str, Any]
LATER = "2031-05-06T07:08:09.123Z"


async def set_me(user: User, room_id: str, **changes: Any) -> Json:
    me: Json = await user.http("PATCH", f"/rooms/{room_id}/me", changes)
    return me


async def test_room_me_is_told_to_all_of_ones_own_sockets(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    other_node = await bob.connect(ann.node)
    room_id = (await ann.group(bob))["id"]

    me = await set_me(bob, room_id, notify="mentions", muted_until="2031-05-06T09:08:09.1239+02:00")

    assert (me["notify"], me["muted_until"]) == ("mentions", LATER)
    room = await get_room(bob, room_id)
    assert room["me"] == me
    # Nobody else's concern, so no version.
    assert version_and_seq(room) == (1, 1)
    for socket in (bob.socket, other_node):
        assert await socket.hear("room_me") == {"room_id": room_id, "me": me}
    await settled(bob, ann, bob)
    assert ann.socket.all("room_me") == []
    assert (await get_room(ann, room_id))["me"]["notify"] == "all"
    synced = await ann.call("sync", rooms={room_id: 1})
    assert synced["reads"][room_id]["notify"] == "all"
    synced = await bob.call("sync", rooms={room_id: 1})
    assert synced["reads"][room_id] == me | {"peer_last_read_seq": None}


async def test_room_me_changes_what_is_named_and_nothing_else(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user(connect=False)
    for room in (await ann.group(), await ann.direct(bob)):
        await set_me(ann, room["id"], notify="none", muted_until=LATER)
        assert (await set_me(ann, room["id"], notify="all"))["muted_until"] == LATER
        me = await set_me(ann, room["id"], muted_until=None)
        assert (me["notify"], me["muted_until"]) == ("all", None)
        # Nothing is different: nothing is told.
        assert await set_me(ann, room["id"], notify="all", muted_until=None) == me
        assert await set_me(ann, room["id"]) == me
        await settled(ann, ann)
        told = [each["me"] for each in ann.socket.all("room_me", room_id=room["id"])]
        assert [(each["notify"], each["muted_until"]) for each in told] == [
            ("none", LATER),
            ("all", LATER),
            ("all", None),
        ]


async def test_room_me_begins_anew_with_a_new_seat(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room_id = (await ann.group(bob, visibility="public"))["id"]
    await set_me(bob, room_id, notify="none", muted_until=LATER)
    await bob.call("leave_room", room_id=room_id)
    assert await outcome(set_me(bob, room_id, notify="all")) == "not_found"

    me = (await bob.call("join_room", room_id=room_id))["room"]["me"]

    assert (me["notify"], me["muted_until"]) == ("all", None)


async def test_room_me_of_no_member_does_not_exist(shared_world: SharedWorld) -> None:
    ann, bob = await shared_world.user(connect=False), await shared_world.user(connect=False)
    public = (await ann.group(visibility="public"))["id"]
    deleted = (await ann.group())["id"]
    await ann.http("DELETE", f"/rooms/{deleted}")
    assert await outcome(set_me(bob, public, notify="none")) == "not_found"
    assert await outcome(set_me(ann, deleted, notify="none")) == "not_found"


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59.999Z", "1970-01-01T00:00:00.000Z"])
async def test_room_me_takes_every_time_that_can_be_told(
    shared_world: SharedWorld, time: str
) -> None:
    ann = await shared_world.user(connect=False)
    room_id = (await ann.group())["id"]
    assert (await set_me(ann, room_id, muted_until=time))["muted_until"] == time


async def test_room_me_that_is_wrong_in_one_field_changes_nothing(
    shared_world: SharedWorld,
) -> None:
    ann = await shared_world.user(connect=False)
    room_id = (await ann.group())["id"]
    for value in TIME.wrong:
        with pytest.raises(Refused) as refused:
            await set_me(ann, room_id, notify="none", muted_until=value)
        assert (refused.value.code, refused.value.field) == ("validation_failed", "muted_until")
    with pytest.raises(Refused) as refused:
        await set_me(ann, room_id, notify=None, muted_until=LATER)
    assert (refused.value.code, refused.value.field) == ("validation_failed", "notify")
    me = (await get_room(ann, room_id))["me"]
    assert (me["notify"], me["muted_until"]) == ("all", None)
