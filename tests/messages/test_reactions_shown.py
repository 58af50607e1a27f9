"""How reactions are shown: how many, by whom, in which order, and whether one is one's own."""

from __future__ import annotations

from tests.support.message_calls import (
    HTTP,
    SOCKET,
    Via,
    get_message,
    group_of,
    message_in_group,
    over_either,
)
from tests.support.room_calls import get_room
from tests.support.shared_world import SharedWorld
from tests.support.world import settled


@over_either
async def test_reactions_name_the_first_10_and_count_all(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, users = await group_of(shared_world, count=12)
    seq = (await users[0].send(room_id, "hello"))["seq"]
    for user in users:
        reaction = (await via.react(user, room_id, seq, "👍"))["reactions"][0]
    ids = [user.id for user in users]
    assert reaction == {"emoji": "👍", "count": 12, "user_ids": ids[:10], "me": True}
    told = await users[1].hear("message_updated", room_id=room_id, actor_id=ids[-1])
    assert told["message"]["reactions"] == [reaction | {"me": None}]

    # Who is not among the first ten still sees their own as theirs.
    mine = [(await get_message(user, room_id, seq))["reactions"][0]["me"] for user in users]
    assert mine == [True] * 12
    (left,) = (await via.react(users[0], room_id, seq, "👍", on=False))["reactions"]
    assert left == {"emoji": "👍", "count": 11, "user_ids": ids[1:11], "me": False}


@over_either
async def test_reactions_stand_in_the_order_of_their_first(
    shared_world: SharedWorld, via: Via
) -> None:
    room_id, seq, (ann, bob) = await message_in_group(shared_world)
    for user, kind in ((bob, "🎉"), (ann, "👍"), (ann, "🎉"), (bob, "❤️"), (bob, "👍")):
        changed = await via.react(user, room_id, seq, kind)
    assert [(r["emoji"], r["count"]) for r in changed["reactions"]] == [
        ("🎉", 2),
        ("👍", 2),
        ("❤️", 1),
    ]


async def test_reactions_are_ones_own_only_to_oneself(shared_world: SharedWorld) -> None:
    """Whichever way a message is read, ``me`` is the reader's."""
    room_id, seq, (ann, bob) = await message_in_group(shared_world)
    await SOCKET.react(bob, room_id, seq, "👍")
    await SOCKET.pin(ann, room_id, seq)
    for user in (ann, bob):
        entry = (await user.call("sync", rooms={room_id: 0}, scope="listed"))["rooms"][0]
        found = [
            await get_message(user, room_id, seq),
            (await SOCKET.history(user, room_id))["items"][0],
            (await HTTP.history(user, room_id))["items"][0],
            (await user.http("GET", f"/rooms/{room_id}/pins"))["items"][0],
            (await get_room(user, room_id))["last_message"],
            next(r for r in (await user.http("GET", "/rooms"))["items"] if r["id"] == room_id)[
                "last_message"
            ],
            entry["messages"][-1],
            entry["room"]["last_message"],
        ]
        assert [each["reactions"][0]["me"] for each in found] == [user is bob] * len(found)


async def test_a_broadcast_tells_nobodys_own_reactions(shared_world: SharedWorld) -> None:
    room_id, seq, (ann, bob) = await message_in_group(shared_world)
    await SOCKET.react(bob, room_id, seq, "👍")
    await SOCKET.edit(ann, room_id, seq, "edited")
    await SOCKET.pin(ann, room_id, seq)
    await ann.call("update_room", room_id=room_id, name="renamed")
    await settled(ann, bob)
    told = bob.socket.all("message_updated", room_id=room_id)
    assert [each["change"] for each in told] == ["reacted", "edited", "pinned"]
    for each in told:
        assert [r["me"] for r in each["message"]["reactions"]] == [None]
