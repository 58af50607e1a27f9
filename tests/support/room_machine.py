"""The base of random histories of rooms: users, their clients, the model, and the comparison of the
model with the servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import quote

from hypothesis.stateful import RuleBasedStateMachine

from tests.support.client import Refused, User
from tests.support.database import query, strangers
from tests.support.held_room import HeldRoom
from tests.support.node import Node
from tests.support.reference_client import ReferenceClient
from tests.support.room_model import Refusal, Room, seen, shown
from tests.support.tokens import access_token

T = TypeVar("T")
Json = dict[str, Any]

PEOPLE = ("ann", "bob", "cat", "dan")

# event → (method, path, fields of the body) of the same call over HTTP
OVER_HTTP: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "send_message": ("POST", "/messages", ("client_id", "text", "reply_to_seq")),
    "edit_message": ("PATCH", "/messages/{seq}", ("text",)),
    "delete_message": ("DELETE", "/messages/{seq}", ()),
    "react": ("PUT|DELETE", "/messages/{seq}/reactions/{emoji}", ()),
    "pin_message": ("PUT|DELETE", "/messages/{seq}/pin", ()),
    "mark_read": ("PUT", "/read", ("seq",)),
    "join_room": ("POST", "/join", ()),
    "leave_room": ("DELETE", "/members/{me}", ()),
    "add_members": ("POST", "/members", ("user_ids",)),
    "remove_member": ("DELETE", "/members/{user_id}", ()),
    "set_role": ("PATCH", "/members/{user_id}", ("role",)),
    "update_room": ("PATCH", "", ("name",)),
}


class Newcomers:
    """New users, as many as an exploration needs. They are inserted into the database, because
    signing up hundreds of them would cost a password hash each."""

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._waiting: list[str] = []

    async def take(self) -> list[User]:
        """One new user for each name, on the nodes in turn."""
        if not self._waiting:
            self._waiting = await strangers(self._nodes[0], 40 * len(PEOPLE))
            ids = ", ".join(f"'{user_id}'" for user_id in self._waiting)
            await query(
                self._nodes[0],
                "INSERT INTO sessions (id, user_id, token_hash, generation, rotated_at, created_at,"
                " last_seen_at, expires_at) SELECT id, id, CAST(id AS TEXT), 0, 0, 0, 0, $1"
                f" FROM users WHERE id IN ({ids})",
                2**52,
            )
        users = []
        for n in range(len(PEOPLE)):
            user_id = self._waiting.pop()
            session = {"session_id": user_id, "user": {"id": user_id, "username": PEOPLE[n]}}
            user = User(self._nodes[n % len(self._nodes)], session | {"access_token": ""})
            user.http.token = session["access_token"] = access_token(user)
            user.session = session
            users.append(user)
        return users


class ComparedRooms(RuleBasedStateMachine):
    """Rooms on real servers and in the model. Each operation is done to both, and both must return
    the same."""

    users: list[User]
    clients: list[ReferenceClient]
    # Which of the clients are connected.
    online: list[bool]

    def __init__(self, nodes: list[Node], newcomers: Newcomers) -> None:
        super().__init__()
        self.newcomers = newcomers
        self.runner = asyncio.Runner()
        self.run = self.runner.run
        self.nodes = nodes
        self.rooms: list[tuple[str, Room]] = []
        self.direct: dict[frozenset[str], str] = {}
        self.client_ids: dict[int, str] = {}

    def _node(self, n: int) -> Node:
        return self.nodes[n % len(self.nodes)]

    def teardown(self) -> None:
        try:
            if hasattr(self, "clients"):
                self.run(self._finally())
        finally:
            self.runner.close()

    async def _finally(self) -> None:
        """Connect all clients again, and check that each holds what the model says."""
        try:
            for n, client in enumerate(self.clients):
                if not self.online[n]:
                    await client.connect()
                await self._compare(self.users[n], await client.check())
                for less in range(n, 20, len(PEOPLE)):
                    await self._sync(n, dict.fromkeys((i for i, _ in self.rooms), less), True)
        finally:
            for user in self.users:
                await user.close()

    async def _compare(self, user: User, found: dict[str, HeldRoom]) -> None:
        mine = {room_id: room for room_id, room in self.rooms if user.id in room.members}
        assert set(found) == set(mine)
        for room_id, room in mine.items():
            self._compare_room(user, room, found[room_id].room)
            messages = [seen(message) for message in found[room_id].messages.values()]
            assert messages == [shown(room, each, user.id) for each in room.messages]
            members = found[room_id].members.items()
            assert {each: (m["role"], m["version"]) for each, m in members} == {
                each: (member.role, member.version) for each, member in room.members.items()
            }
        unread = await user.http("GET", "/unread")
        counts = {room_id: room.unread(user.id) for room_id, room in mine.items()}
        assert unread["rooms"] == {room_id: n for room_id, n in counts.items() if n}
        assert unread["total"] == sum(counts.values())

    def _compare_room(self, user: User, room: Room, answered: Json) -> None:
        assert answered["version"] == room.version
        assert answered["last_seq"] == len(room.messages)
        assert answered["member_count"] == len(room.members)
        assert answered["name"] == room.name
        member = room.members.get(user.id)
        me = answered["me"]
        assert (me is None) == (member is None)
        if member:
            assert me["role"] == member.role
            assert me["last_read_seq"] == member.mark
            assert me["unread_count"] == room.unread(user.id)

    # Doing the same thing twice

    def same(self, wanted: Callable[[], T], call: Coroutine[Any, Any, Any]) -> tuple[T, Any] | None:
        """What both returned; None if both refused with the same code."""
        try:
            answer, refused = self.run(call), None
        except Refused as error:
            answer, refused = None, error.code
        try:
            expected = wanted()
        except Refusal as refusal:
            assert refused == refusal.code
            return None
        assert refused is None
        return expected, answer

    async def do(self, n: int, http: bool, event: str, room_id: str, **payload: Any) -> Any:
        """Make a call over the user's socket or over HTTP. If the answer holds a message, returns
        only the message."""
        if self.online[n] and not http:
            ack = await self.clients[n].socket.call(event, room_id=room_id, **payload)
            return ack.get("message", ack)
        user = self.users[n]
        method, path, fields = OVER_HTTP[event]
        if "|" in method:
            method = method.split("|")[0 if payload["on"] else 1]
        path = f"/rooms/{room_id}" + path.format(
            **payload | {"me": user.id, "emoji": quote(payload.get("emoji", ""))}
        )
        body = {name: payload[name] for name in fields}
        return await user.http(method, path, body or None)

    def pick(self, n: int) -> tuple[str, Room]:
        return self.rooms[n % len(self.rooms)]

    def seq_of(self, room: int, back: int) -> int:
        """The seq of a message, counted from the last one. 0 is the seq of no message."""
        return max(0, len(self.pick(room)[1].messages) - back)

    def author_or(self, by: int | None, room: int, seq: int) -> int:
        """``by``, or if it is None the message's author, or if it has none the first user."""
        messages = self.pick(room)[1].messages
        ids = [user.id for user in self.users]
        author = messages[seq - 1].author if seq else None
        return by if by is not None else ids.index(author) if author else 0

    def id_of(self, n: int) -> str:
        return self.users[n].id

    async def _sync(self, who: int, behind: dict[str, int], listed: bool) -> None:
        """Sync as a client that is ``behind`` by that many versions in each room named."""
        user = self.users[who]
        versions = {room_id: room.version for room_id, room in self.rooms}
        named = {room_id: max(0, versions[room_id] - less) for room_id, less in behind.items()}
        answer = await self.clients[who].socket.call(
            "sync", rooms=named, scope="listed" if listed else "all"
        )
        mine = {room_id: room for room_id, room in self.rooms if user.id in room.members}
        changed = {r: v for r, v in named.items() if r in mine and v < mine[r].version}
        heads = {} if listed else {r: room for r, room in mine.items() if r not in named}
        entries = {entry["room"]["id"]: entry for entry in answer["rooms"]}
        assert set(answer["left"]) == set(named) - set(mine)
        assert set(answer["reads"]) == set(named) & set(mine)
        assert set(entries) == set(changed) | set(heads)
        assert (answer["more"], answer["has_more"]) == (False, False)
        for room_id, entry in entries.items():
            self._compare_room(user, mine[room_id], entry["room"])
            assert entry["complete"] is (room_id in changed)
            self._compare_changes(user, mine[room_id], changed.get(room_id), entry)
        for room_id, reads in answer["reads"].items():
            member, room = mine[room_id].members[user.id], mine[room_id]
            others = [m.mark for each, m in room.members.items() if each != user.id]
            assert reads["last_read_seq"] == member.mark
            assert reads["unread_count"] == room.unread(user.id)
            assert reads["peer_last_read_seq"] == (others[0] if room.kind == "direct" else None)

    def _compare_changes(self, user: User, room: Room, since: int | None, entry: Json) -> None:
        messages, members, gone = room.since(room.version if since is None else since)
        assert [seen(m) for m in entry["messages"]] == [
            shown(room, message, user.id) for message in messages
        ]
        assert {m["user"]["id"] for m in entry["members"]} == members
        for member in entry["members"]:
            expected = room.members[member["user"]["id"]]
            given = (member["role"], member["version"], member["last_read_seq"])
            assert given == (expected.role, expected.version, expected.mark)
        assert set(entry["gone"]) == gone
