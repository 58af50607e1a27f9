"""How much one has not read: always what counting the history would give, and told in time."""

from __future__ import annotations

import random
import time
from typing import Any

from tests.support.client import Socket, User
from tests.support.message_calls import (
    HTTP,
    SOCKET,
    all_settled,
    group_of,
    other_device,
    whole_history,
)
from tests.support.room_calls import get_room
from tests.support.shared_world import SharedWorld
from tests.support.world import World

Json = dict[str, Any]
# ``unread`` comes at most once in so many seconds for what others write and delete.
EVERY = 2.0


async def counted(user: User, room_id: str) -> dict[str, int]:
    """What the contract calls unread, for each member, counted by hand."""
    members = (await user.http("GET", f"/rooms/{room_id}/members"))["items"]
    history = await whole_history(user, room_id)
    return {
        member["user"]["id"]: sum(
            each["seq"] > member["last_read_seq"]
            and each["kind"] == "text"
            and each["author_id"] != member["user"]["id"]
            and each["deleted_at"] is None
            for each in history
        )
        for member in members
    }


async def unread(user: User) -> Json:
    """``{total, mentions, rooms}``, which both ways to ask must answer alike."""
    over_http = await HTTP.unread(user)
    assert await SOCKET.unread(user) == over_http
    assert set(over_http) == {"total", "mentions", "rooms"}
    assert over_http["total"] == sum(over_http["rooms"].values())
    return over_http


async def told(user: User, **fields: Any) -> Json:
    """The next ``unread`` with these fields."""
    event: Json = await user.hear("unread", **fields)
    assert set(event) == {
        *("room_id", "version", "last_read_seq", "unread_count", "total", "mentions")
    }
    return event


# What is counted


async def test_get_unread_counts_each_room_and_all(world: World) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    direct = await ann.direct(bob)
    read = await ann.group(bob)
    assert await unread(bob) == {"total": 0, "mentions": 0, "rooms": {}}
    for room_id, count in ((room["id"], 3), (direct["id"], 2), (read["id"], 1)):
        for n in range(count):
            await ann.send(room_id, f"message {n}")
    await SOCKET.mark_read(bob, read["id"], 2)
    assert await unread(bob) == {
        "total": 5,
        "mentions": 0,
        "rooms": {room["id"]: 3, direct["id"]: 2},
    }
    assert await unread(ann) == {"total": 0, "mentions": 0, "rooms": {}}
    await SOCKET.mark_read(bob, room["id"], 3)
    assert (await unread(bob))["rooms"] == {room["id"]: 1, direct["id"]: 2}


async def test_unread_count_leaves_out_system_messages_and_deleted_ones(world: World) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    room_id = room["id"]
    sent = [(await ann.send(room_id, f"message {n}"))["seq"] for n in range(4)]
    await ann.call("update_room", room_id=room_id, name="renamed")
    assert (await unread(bob))["rooms"] == {room_id: 4}
    await SOCKET.delete(ann, room_id, sent[1])
    assert (await unread(bob))["rooms"] == {room_id: 3}
    await SOCKET.edit(ann, room_id, sent[2], "edited")
    await SOCKET.react(ann, room_id, sent[2], "👍")
    assert (await unread(bob))["rooms"] == {room_id: 3}
    # One before the mark was counted already, or never.
    await SOCKET.mark_read(bob, room_id, sent[1])
    assert (await unread(bob))["rooms"] == {room_id: 2}
    await SOCKET.delete(ann, room_id, sent[0])
    assert (await unread(bob))["rooms"] == {room_id: 2}
    await SOCKET.delete(ann, room_id, sent[2])
    await SOCKET.delete(ann, room_id, sent[3])
    assert await unread(bob) == {"total": 0, "mentions": 0, "rooms": {}}


class Random:
    """Members of a room who do what dice tell them; the first one stays in."""

    def __init__(self, room_id: str, users: list[User]) -> None:
        self.room_id = room_id
        self.users = users
        self.away: list[User] = []
        self.dice = random.Random(9)

    async def step(self) -> None:
        user = self.dice.choice([user for user in self.users if user not in self.away])
        weights = {self.send: 4, self.delete: 2, self.edit: 1, self.mark: 2, self.swap: 2}
        (does,) = self.dice.choices(list(weights), weights=list(weights.values()))
        await does(user)

    async def send(self, user: User) -> None:
        await user.send(self.room_id, f"hello @{self.dice.choice(self.users).username}")

    async def delete(self, user: User) -> None:
        if seq := await self._own(user):
            await SOCKET.delete(user, self.room_id, seq)

    async def edit(self, user: User) -> None:
        if seq := await self._own(user):
            await SOCKET.edit(user, self.room_id, seq, f"edited {self.dice.random()}")

    async def mark(self, user: User) -> None:
        last = (await get_room(user, self.room_id))["last_seq"]
        seq = self.dice.randint(1, last)
        answer = await SOCKET.mark_read(user, self.room_id, seq)
        assert answer["unread_count"] == (await counted(user, self.room_id))[user.id]

    async def swap(self, user: User) -> None:
        """Who is away comes back, or somebody goes."""
        if self.away:
            ids = [user.id for user in self.away]
            await self.users[0].call("add_members", room_id=self.room_id, user_ids=ids)
            self.away = []
        elif user is not self.users[0]:
            await user.call("leave_room", room_id=self.room_id)
            self.away = [user]

    async def _own(self, user: User) -> int | None:
        """One of the user's own messages."""
        own = [
            each["seq"]
            for each in await whole_history(user, self.room_id)
            if each["author_id"] == user.id and each["deleted_at"] is None
        ]
        return self.dice.choice(own) if own else None


async def test_unread_count_is_exact_whatever_happens(world: World) -> None:
    """After each step, every way to ask gives what counting the history gives."""
    room, users = await world.room("ann", "bob", "cat")
    play = Random(room["id"], users)
    met: set[int] = set()
    for _ in range(20):
        await play.step()
        counts = await counted(users[0], room["id"])
        met.update(counts.values())
        for user in users:
            count = counts.get(user.id, 0)
            assert (await unread(user))["rooms"] == ({room["id"]: count} if count else {})
            if user not in play.away:
                assert (await get_room(user, room["id"]))["me"]["unread_count"] == count
    assert len(met) > 3


async def test_unread_mentions_follow_marks_edits_and_deletions(world: World) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    other = await ann.group(bob)
    name = f"@{bob.username}"

    async def mentions() -> int:
        return int((await unread(bob))["mentions"])

    first = (await ann.send(room["id"], f"{name} {name.upper()}"))["seq"]
    assert await mentions() == 1
    await ann.send(other["id"], f"and here, {name}")
    plain = (await ann.send(room["id"], "nobody"))["seq"]
    assert await mentions() == 2
    await SOCKET.edit(ann, room["id"], plain, f"after all {name}")
    assert await mentions() == 3
    await SOCKET.edit(ann, room["id"], first, "nobody")
    assert await mentions() == 2
    await SOCKET.edit(ann, room["id"], first, name)
    await SOCKET.mark_read(bob, room["id"], first)
    assert await mentions() == 2
    await SOCKET.delete(ann, room["id"], plain)
    assert await mentions() == 1
    await bob.call("leave_room", room_id=other["id"])
    assert await mentions() == 0
    # What one writes of oneself is read.
    await bob.send(room["id"], f"I am {name}")
    assert await unread(bob) == {"total": 0, "mentions": 0, "rooms": {}}


async def test_unread_leaves_out_rooms_that_one_has_left(world: World) -> None:
    left, (ann, bob) = await world.room("ann", "bob")
    removed, deleted = await ann.group(bob), await ann.group(bob)
    for room in (left, removed, deleted):
        await ann.send(room["id"], f"hello @{bob.username}")
    assert (await unread(bob))["total"] == 3
    await bob.call("leave_room", room_id=left["id"])
    await ann.call("remove_member", room_id=removed["id"], user_id=bob.id)
    await ann.http("DELETE", f"/rooms/{deleted['id']}")
    assert await unread(bob) == {"total": 0, "mentions": 0, "rooms": {}}


# What is told


async def test_unread_is_told_at_once_when_the_user_reads(world: World) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    room_id = room["id"]
    other = await ann.group(bob)
    await ann.send(other["id"], f"elsewhere @{bob.username}")
    for n in range(5):
        await ann.send(room_id, f"message {n}")
    there = await other_device(world, bob)
    for via, seq, left in ((SOCKET, 2, 4), (HTTP, 3, 3), (SOCKET, 6, 0)):
        await via.mark_read(bob, room_id, seq)
        for user in (bob, there):
            assert await told(user, room_id=room_id, last_read_seq=seq) == {
                "room_id": room_id,
                "version": 6,
                "last_read_seq": seq,
                "unread_count": left,
                "total": left + 1,
                "mentions": 1,
            }


async def test_unread_is_told_when_a_room_comes_or_goes(world: World) -> None:
    """Nothing is unread in either, and the total goes without what was."""
    ann, bob = await world.user("ann"), await world.user("bob")
    room_id = (await ann.group(bob))["id"]
    come = await told(bob, room_id=room_id)
    assert (come["version"], come["last_read_seq"], come["unread_count"]) == (1, 1, 0)
    await ann.send(room_id, f"hello @{bob.username}")
    new = await told(bob, room_id=room_id, unread_count=1)
    assert (new["total"], new["mentions"], new["version"]) == (1, 1, 2)

    for reason in ("left", "removed", "deleted"):
        mark = (await get_room(bob, room_id))["me"]["last_read_seq"]
        if reason == "left":
            await bob.call("leave_room", room_id=room_id)
        elif reason == "removed":
            await ann.call("remove_member", room_id=room_id, user_id=bob.id)
        else:
            await ann.http("DELETE", f"/rooms/{room_id}")
        left = await bob.hear("room_left", room_id=room_id, reason=reason)
        gone = await told(bob, room_id=room_id, version=left["version"])
        assert [gone[name] for name in ("unread_count", "total", "mentions")] == [0, 0, 0]
        # A lower mark than before would look like old news.
        assert gone["last_read_seq"] == mark
        if reason != "deleted":
            await ann.call("add_members", room_id=room_id, user_ids=[bob.id])
            back = await told(bob, room_id=room_id, last_read_seq=left["version"] + 1)
            assert back["unread_count"] == 0


async def test_unread_is_told_once_in_2_s_for_new_and_deleted_messages(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    there = await other_device(shared_world, bob)
    began = time.monotonic()
    sent = [(await ann.send(room_id, f"message {n}"))["seq"] for n in range(20)]
    for seq in sent[5:]:
        await SOCKET.delete(ann, room_id, seq)
    version = (await get_room(ann, room_id))["version"]
    for user in (bob, there):
        last = await told(user, room_id=room_id, version=version)
        assert (last["unread_count"], last["last_read_seq"]) == (5, 1)
        # Each window lets one through, and the first opens no sooner than we began; one more came
        # when the room did.
        most = (time.monotonic() - began) / EVERY + 2
        events = user.socket.all("unread", room_id=room_id)
        assert len(events) <= most
        versions = [each["version"] for each in events]
        assert versions == sorted(versions)


async def absent(world: World) -> tuple[str, int, User, User]:
    """A room's id, the seq of ann's message in it, and ann and bob, who were not connected then:
    so nothing was told that could hold up what comes next."""
    ann, bob = [await world.user(name, connect=False) for name in ("ann", "bob")]
    room_id = (await ann.group(bob))["id"]
    sent = await HTTP.send(ann, room_id, text=f"hello @{bob.username}")
    return room_id, sent.message["seq"], ann, bob


async def test_unread_is_told_when_an_edit_changes_whom_a_message_mentions(world: World) -> None:
    room_id, seq, ann, bob = await absent(world)
    await bob.connect()
    edited = await HTTP.edit(ann, room_id, seq, "hello")
    event = await told(bob, room_id=room_id, version=edited["version"])
    assert (event["unread_count"], event["mentions"]) == (1, 0)


async def test_unread_is_told_to_the_author_whose_mark_a_send_moves(world: World) -> None:
    room_id, _, _, bob = await absent(world)
    await bob.connect()
    there = await other_device(world, bob)
    sent = await bob.send(room_id, "an answer")
    for user in (bob, there):
        event = await told(user, room_id=room_id, last_read_seq=sent["seq"])
        assert (event["unread_count"], event["total"], event["mentions"]) == (0, 0, 0)


async def test_unread_is_told_to_the_users_own_notifications_only(
    shared_world: SharedWorld,
) -> None:
    room_id, (ann, bob) = await group_of(shared_world)
    only_rooms = await Socket(bob.node, bob.token).connect(("/rooms",))
    bob.sockets.append(only_rooms)
    await ann.send(room_id, "hello")
    await told(bob, room_id=room_id, unread_count=1)
    await told(ann, room_id=room_id, last_read_seq=2)
    await SOCKET.mark_read(bob, room_id, 2)
    await told(bob, room_id=room_id, last_read_seq=2)
    await all_settled((ann, bob))
    assert {each["unread_count"] for each in ann.socket.all("unread", room_id=room_id)} == {0}
    assert only_rooms.all("unread") == []
    where = {namespace for namespace, name, _ in bob.socket.heard if name == "unread"}
    assert where == {"/notifications"}
