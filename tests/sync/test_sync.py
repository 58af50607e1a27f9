"""``sync``: what a client gets of each room that changed while it was away."""

from __future__ import annotations

from tests.support.client import User, new_id
from tests.support.reference_client import everything
from tests.support.shared_world import SharedWorld
from tests.support.sync_calls import sync, sync_one, version_of

# What changed in a room


async def test_sync_at_the_current_version_brings_nothing_but_reads(
    shared_world: SharedWorld,
) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    await ann.send(room["id"], "hello")
    answer = await sync(bob, {room["id"]: await version_of(bob, room["id"])}, scope="listed")
    assert (answer["rooms"], answer["left"], answer["more"]) == ([], [], False)
    me = (await bob.http("GET", f"/rooms/{room['id']}"))["me"]
    assert answer["reads"] == {room["id"]: me | {"peer_last_read_seq": None}}
    assert (me["last_read_seq"], me["unread_count"]) == (1, 1)


async def test_sync_above_the_current_version_brings_nothing(shared_world: SharedWorld) -> None:
    room, (ann,) = await shared_world.room("ann")
    answer = await sync(ann, {room["id"]: room["version"] + 1}, scope="listed")
    assert (answer["rooms"], answer["left"]) == ([], [])


async def test_sync_brings_the_messages_that_changed_in_order_of_seq(
    shared_world: SharedWorld,
) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    sent = [await ann.send(room["id"], f"message {n}") for n in range(5)]
    held = sent[-1]["version"]
    at = {"room_id": room["id"]}
    await ann.call("delete_message", seq=sent[3]["seq"], **at)
    await bob.call("react", seq=sent[1]["seq"], emoji="👍", on=True, **at)
    await ann.call("edit_message", seq=sent[0]["seq"], text="edited", **at)
    await ann.call("pin_message", seq=sent[2]["seq"], on=True, **at)
    last = await bob.send(room["id"], "new", reply_to_seq=sent[3]["seq"])

    entry = await sync_one(bob, room["id"], held)
    assert entry["complete"] is True
    assert (entry["members"], entry["gone"]) == ([], [])
    changed = [sent[0], sent[1], sent[2], sent[3], last]
    assert [m["seq"] for m in entry["messages"]] == [m["seq"] for m in changed]
    assert [m["version"] - held for m in entry["messages"]] == [3, 2, 4, 1, 5]
    edited, reacted, pinned, deleted, new = entry["messages"]
    assert edited["text"] == "edited" and edited["edited_at"]
    assert reacted["reactions"] == [{"emoji": "👍", "count": 1, "user_ids": [bob.id], "me": True}]
    assert pinned["pinned_at"]
    assert deleted["text"] == "" and deleted["deleted_at"]
    original = {"seq": sent[3]["seq"], "author_id": ann.id, "excerpt": None, "content_type": None}
    assert new["reply_to"] == original
    assert entry["room"]["version"] == last["version"]
    assert entry["room"]["last_message"] == last
    assert entry["room"] == await bob.http("GET", f"/rooms/{room['id']}")


async def test_sync_shows_reactions_as_the_asker_sees_them(shared_world: SharedWorld) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    seq = (await ann.send(room["id"], "nice"))["seq"]
    await bob.call("react", room_id=room["id"], seq=seq, emoji="🎉", on=True)
    mine = {}
    for user in (ann, bob):
        entry = await sync_one(user, room["id"], 0)
        mine[user] = entry["messages"][-1]["reactions"][0]["me"]
    assert mine == {ann: False, bob: True}


async def test_sync_after_a_reaction_was_taken_back_shows_none(shared_world: SharedWorld) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    seq = (await ann.send(room["id"], "nice"))["seq"]
    react = {"room_id": room["id"], "seq": seq, "emoji": "🎉"}
    held = (await bob.call("react", on=True, **react))["message"]["version"]
    await bob.call("react", on=False, **react)
    entry = await sync_one(ann, room["id"], held)
    assert [m["reactions"] for m in entry["messages"]] == [[]]


async def test_sync_brings_members_who_came_or_changed_and_names_who_is_gone(
    shared_world: SharedWorld,
) -> None:
    room, (ann, bob, cat) = await shared_world.room("ann", "bob", "cat")
    dan = await shared_world.user("dan")
    at = {"room_id": room["id"]}
    await ann.call("add_members", user_ids=[dan.id], **at)
    await ann.call("set_role", user_id=bob.id, role="admin", **at)
    await cat.call("leave_room", **at)
    await ann.call("update_room", name="renamed", **at)

    entry = await sync_one(ann, room["id"], room["version"])
    members = {member["user"]["id"]: member for member in entry["members"]}
    assert set(members) == {bob.id, dan.id}
    assert (members[bob.id]["role"], members[dan.id]["role"]) == ("admin", "member")
    assert members[dan.id]["version"] == room["version"] + 1
    assert members[bob.id]["version"] == room["version"] + 2
    assert entry["gone"] == [cat.id]
    assert [m["system"]["event"] for m in entry["messages"]] == ["joined", "left", "renamed"]
    assert (entry["room"]["name"], entry["room"]["member_count"]) == ("renamed", 3)
    listed = await everything(ann, f"/rooms/{room['id']}/members")
    assert members.items() <= {member["user"]["id"]: member for member in listed}.items()


async def test_sync_of_who_left_and_rejoined_names_them_as_a_member_only(
    shared_world: SharedWorld,
) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    await bob.call("leave_room", room_id=room["id"])
    await ann.call("add_members", room_id=room["id"], user_ids=[bob.id])
    entry = await sync_one(ann, room["id"], room["version"])
    assert [member["user"]["id"] for member in entry["members"]] == [bob.id]
    assert entry["members"][0]["version"] == room["version"] + 2
    assert entry["gone"] == []


async def test_sync_after_rejoining_brings_what_happened_while_one_was_out(
    shared_world: SharedWorld,
) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    held = (await ann.send(room["id"], "before"))["version"]
    await bob.call("leave_room", room_id=room["id"])
    await ann.send(room["id"], "while bob is out")
    await ann.call("add_members", room_id=room["id"], user_ids=[bob.id])
    entry = await sync_one(bob, room["id"], held)
    assert entry["complete"] is True
    assert [m["seq"] for m in entry["messages"]] == [3, 4, 5]
    assert entry["messages"][1]["text"] == "while bob is out"
    # The mark starts at the message that tells of one's joining.
    assert entry["room"]["me"]["last_read_seq"] == 5
    assert entry["room"]["me"]["unread_count"] == 0


async def test_sync_of_a_room_at_version_0_brings_all_of_it(shared_world: SharedWorld) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    await ann.send(room["id"], "hello")
    entry = await sync_one(bob, room["id"], 0)
    assert [m["seq"] for m in entry["messages"]] == [1, 2]
    assert {member["user"]["id"] for member in entry["members"]} == {ann.id, bob.id}


# Rooms one is not in


async def test_sync_names_in_left_each_room_one_is_not_in(shared_world: SharedWorld) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    foreign = await ann.group(name="not bob's")
    public = await ann.group(name="public, and not bob's", visibility="public")
    deleted = await ann.group(bob)
    removed = await ann.group(bob)
    await bob.call("leave_room", room_id=room["id"])
    await ann.call("remove_member", room_id=removed["id"], user_id=bob.id)
    await ann.http("DELETE", f"/rooms/{deleted['id']}")
    named = [room["id"], foreign["id"], public["id"], deleted["id"], removed["id"], new_id()]
    answer = await sync(bob, dict.fromkeys(named, 1), scope="listed")
    assert sorted(answer["left"]) == sorted(named)
    assert (answer["rooms"], answer["reads"]) == ([], {})


async def test_sync_reads_ids_without_case(shared_world: SharedWorld) -> None:
    room, (ann,) = await shared_world.room("ann")
    answer = await sync(ann, {room["id"].upper(): 0}, scope="listed")
    assert [entry["room"]["id"] for entry in answer["rooms"]] == [room["id"]]
    assert answer["left"] == []


# Read marks


async def test_sync_reads_tell_how_far_the_peer_of_a_direct_room_has_read(
    ann: User, bob: User
) -> None:
    room = await ann.direct(bob)
    for n in range(3):
        await ann.send(room["id"], f"message {n}")
    await bob.call("mark_read", room_id=room["id"], seq=2)
    version = await version_of(ann, room["id"])
    told = {}
    for user in (ann, bob):
        answer = await sync(user, {room["id"]: version}, scope="listed")
        assert answer["rooms"] == []
        reads = answer["reads"][room["id"]]
        told[user] = [reads[k] for k in ("last_read_seq", "peer_last_read_seq", "unread_count")]
    assert told == {ann: [3, 2, 0], bob: [2, 3, 1]}


async def test_sync_reads_cover_rooms_that_changed_too(shared_world: SharedWorld) -> None:
    room, (ann, bob) = await shared_world.room("ann", "bob")
    await ann.send(room["id"], "one")
    answer = await sync(bob, {room["id"]: room["version"]}, scope="listed")
    reads = answer["reads"][room["id"]]
    assert {k: reads[k] for k in answer["rooms"][0]["room"]["me"]} == (
        answer["rooms"][0]["room"]["me"]
    )
    assert reads["unread_count"] == 1
