"""How much one has not read: always what counting the history would give, and told in time."""

from __future__ import annotations

import random

from tests.support.client import User
from tests.support.message_calls import (
    SOCKET,
    unread_of,
    whole_history,
)
from tests.support.room_calls import get_room
from tests.support.world import World


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


# What is counted


async def test_get_unread_counts_each_room_and_all(world: World) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    direct = await ann.direct(bob)
    read = await ann.group(bob)
    assert await unread_of(bob) == {"total": 0, "mentions": 0, "rooms": {}}
    for room_id, count in ((room["id"], 3), (direct["id"], 2), (read["id"], 1)):
        for n in range(count):
            await ann.send(room_id, f"message {n}")
    await SOCKET.mark_read(bob, read["id"], 2)
    assert await unread_of(bob) == {
        "total": 5,
        "mentions": 0,
        "rooms": {room["id"]: 3, direct["id"]: 2},
    }
    assert await unread_of(ann) == {"total": 0, "mentions": 0, "rooms": {}}
    await SOCKET.mark_read(bob, room["id"], 3)
    assert (await unread_of(bob))["rooms"] == {room["id"]: 1, direct["id"]: 2}


async def test_unread_count_leaves_out_system_messages_and_deleted_ones(world: World) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    room_id = room["id"]
    sent = [(await ann.send(room_id, f"message {n}"))["seq"] for n in range(4)]
    await ann.call("update_room", room_id=room_id, name="renamed")
    assert (await unread_of(bob))["rooms"] == {room_id: 4}
    await SOCKET.delete(ann, room_id, sent[1])
    assert (await unread_of(bob))["rooms"] == {room_id: 3}
    await SOCKET.edit(ann, room_id, sent[2], "edited")
    await SOCKET.react(ann, room_id, sent[2], "👍")
    assert (await unread_of(bob))["rooms"] == {room_id: 3}
    # One before the mark was counted already, or never.
    await SOCKET.mark_read(bob, room_id, sent[1])
    assert (await unread_of(bob))["rooms"] == {room_id: 2}
    await SOCKET.delete(ann, room_id, sent[0])
    assert (await unread_of(bob))["rooms"] == {room_id: 2}
    await SOCKET.delete(ann, room_id, sent[2])
    await SOCKET.delete(ann, room_id, sent[3])
    assert await unread_of(bob) == {"total": 0, "mentions": 0, "rooms": {}}


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
            assert (await unread_of(user))["rooms"] == ({room["id"]: count} if count else {})
            if user not in play.away:
                assert (await get_room(user, room["id"]))["me"]["unread_count"] == count
    assert len(met) > 3


async def test_unread_mentions_follow_marks_edits_and_deletions(world: World) -> None:
    room, (ann, bob) = await world.room("ann", "bob")
    other = await ann.group(bob)
    name = f"@{bob.username}"

    async def mentions() -> int:
        return int((await unread_of(bob))["mentions"])

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
    assert await unread_of(bob) == {"total": 0, "mentions": 0, "rooms": {}}


async def test_unread_leaves_out_rooms_that_one_has_left(world: World) -> None:
    left, (ann, bob) = await world.room("ann", "bob")
    removed, deleted = await ann.group(bob), await ann.group(bob)
    for room in (left, removed, deleted):
        await ann.send(room["id"], f"hello @{bob.username}")
    assert (await unread_of(bob))["total"] == 3
    await bob.call("leave_room", room_id=left["id"])
    await ann.call("remove_member", room_id=removed["id"], user_id=bob.id)
    await ann.http("DELETE", f"/rooms/{deleted['id']}")
    assert await unread_of(bob) == {"total": 0, "mentions": 0, "rooms": {}}
