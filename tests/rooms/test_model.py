"""Random histories of rooms, on real servers and on a pure model of the contract side by side."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar, cast
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from tests.support.client import Refused, User, new_id
from tests.support.database import query, strangers
from tests.support.node import Node
from tests.support.reference_client import HeldRoom, ReferenceClient, everything
from tests.support.room_model import Refusal, Room, seen, shown
from tests.support.tokens import access_token

T = TypeVar("T")
Json = dict[str, Any]

PEOPLE = ("ann", "bob", "cat", "dan")
MOST_ROOMS = 3
TEXTS = ("hello", "once more", "ünïcödé 😀")
EMOJI = ("👍", "❤️", "👩‍💻")

people = st.sampled_from(range(len(PEOPLE)))
groups_of_people = st.lists(people, max_size=3)
rooms = st.integers(0, MOST_ROOMS - 1)
# A message, counted from the last one.
backs = st.integers(0, 3)
# How many versions a client is behind; it may also be ahead, of a database that was restored.
behind = st.integers(0, 6) | st.just(-1) | st.just(1_000)
texts = st.sampled_from(TEXTS)

# event → (method, path, what goes into the body) of the same over HTTP
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
    """Users whom nobody knows yet, as many as an exploration wants. They come by way of the
    database: to sign up costs a password hash each, and there are hundreds."""

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._waiting: list[str] = []

    async def take(self) -> list[User]:
        """One for each name, put on the nodes in turn."""
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


class ChatMachine(RuleBasedStateMachine):
    """Every rule does one thing on both, and both must say the same of it."""

    def __init__(self, nodes: list[Node], newcomers: Newcomers) -> None:
        super().__init__()
        self.newcomers = newcomers
        self.runner = asyncio.Runner()
        self.run = self.runner.run
        self.nodes = nodes
        self.rooms: list[tuple[str, Room]] = []
        self.direct: dict[frozenset[str], str] = {}
        self.client_ids: dict[int, str] = {}

    @initialize(public=st.booleans())
    def people_sign_up_and_meet(self, public: bool) -> None:
        async def enter() -> None:
            self.users = await self.newcomers.take()
            self.clients = [ReferenceClient(user) for user in self.users]
            await asyncio.gather(*(client.connect() for client in self.clients))

        self.online = [True] * len(PEOPLE)
        self.run(enter())
        self.create_group(by=0, others=[1, 2], public=public)
        for by in (0, 1, 2):
            self.send(by=by, room=0, text=TEXTS[0], repeat=None, back=None, http=False)

    def _node(self, n: int) -> Node:
        return self.nodes[n % len(self.nodes)]

    def teardown(self) -> None:
        try:
            if hasattr(self, "clients"):
                self.run(self._finally())
        finally:
            self.runner.close()

    async def _finally(self) -> None:
        """Everybody is back, and every client holds what the model says."""
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
        """What both answered; None when both refused, with the same code."""
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
        """Over the user's socket, or over HTTP; a message is answered bare."""
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
        """0 is no message's."""
        return max(0, len(self.pick(room)[1].messages) - back)

    def author_or(self, by: int | None, room: int, seq: int) -> int:
        """Where nobody is named it is the message's author, or the first for want of one."""
        messages = self.pick(room)[1].messages
        ids = [user.id for user in self.users]
        author = messages[seq - 1].author if seq else None
        return by if by is not None else ids.index(author) if author else 0

    def id_of(self, n: int) -> str:
        return self.users[n].id

    # Rooms

    @rule(by=people, others=groups_of_people, public=st.booleans())
    def create_group(self, by: int, others: list[int], public: bool) -> None:
        if len(self.rooms) >= MOST_ROOMS:
            return
        ids = [self.id_of(other) for other in others]
        answer = self.run(
            self.users[by].http(
                "POST",
                "/rooms",
                {
                    "kind": "group",
                    "name": "a group",
                    "member_ids": ids,
                    "visibility": "public" if public else "private",
                },
            )
        )
        room = Room.group(self.id_of(by), ids, "a group", public)
        self._compare_room(self.users[by], room, answer)
        self.rooms.append((answer["id"], room))

    @rule(by=people, peer=people)
    def create_direct(self, by: int, peer: int) -> None:
        pair = frozenset((self.id_of(by), self.id_of(peer)))
        if by == peer or (pair not in self.direct and len(self.rooms) >= MOST_ROOMS):
            return
        answer = self.run(self.users[by].direct(self.users[peer]))
        if pair not in self.direct:
            self.direct[pair] = answer["id"]
            self.rooms.append((answer["id"], Room.direct(self.id_of(by), self.id_of(peer))))
        assert answer["id"] == self.direct[pair]

    @rule(by=people, room=rooms, http=st.booleans())
    def join(self, by: int, room: int, http: bool) -> None:
        room_id, model = self.pick(room)
        self.same(
            lambda: model.join(self.id_of(by)),
            self.do(by, http, "join_room", room_id),
        )

    @rule(by=people, room=rooms, others=groups_of_people.filter(bool), http=st.booleans())
    def add(self, by: int, room: int, others: list[int], http: bool) -> None:
        room_id, model = self.pick(room)
        ids = [self.id_of(other) for other in others]
        self.same(
            lambda: model.add(self.id_of(by), ids),
            self.do(by, http, "add_members", room_id, user_ids=ids),
        )

    @rule(by=people, room=rooms, http=st.booleans())
    def leave(self, by: int, room: int, http: bool) -> None:
        room_id, model = self.pick(room)
        heir = self._next_owner(by, room_id, model)
        self.same(
            lambda: model.remove(self.id_of(by), self.id_of(by), heir),
            self.do(by, http, "leave_room", room_id),
        )

    @rule(by=people, room=rooms, whom=people, http=st.booleans())
    def remove(self, by: int, room: int, whom: int, http: bool) -> None:
        room_id, model = self.pick(room)
        heir = self._next_owner(whom, room_id, model)
        self.same(
            lambda: model.remove(self.id_of(by), self.id_of(whom), heir),
            self.do(by, http, "remove_member", room_id, user_id=self.id_of(whom)),
        )

    def _next_owner(self, leaver: int, room_id: str, model: Room) -> str | None:
        """Of those who may inherit, the one who joined first; the model has no clock."""
        if self.id_of(leaver) not in model.members:
            return None
        heirs = model.heirs(self.id_of(leaver))
        members = self.run(everything(self.users[leaver], f"/rooms/{room_id}/members"))
        # The list is in the order of coming, which decides between equal times.
        standing = [m for m in members if m["user"]["id"] in heirs]
        return min(standing, key=lambda m: m["joined_at"])["user"]["id"] if standing else None

    @rule(
        by=people,
        room=rooms,
        whom=people,
        role=st.sampled_from(("member", "admin", "owner")),
        http=st.booleans(),
    )
    def set_role(self, by: int, room: int, whom: int, role: str, http: bool) -> None:
        room_id, model = self.pick(room)
        self.same(
            lambda: model.set_role(self.id_of(by), self.id_of(whom), role),
            self.do(by, http, "set_role", room_id, user_id=self.id_of(whom), role=role),
        )

    @rule(by=people, room=rooms, name=st.sampled_from(("a group", "renamed")), http=st.booleans())
    def rename(self, by: int, room: int, name: str, http: bool) -> None:
        room_id, model = self.pick(room)
        self.same(
            lambda: model.rename(self.id_of(by), name),
            self.do(by, http, "update_room", room_id, name=name),
        )

    @rule(by=people, room=rooms, really=st.integers(0, 9).map(lambda n: n == 0))
    def delete_room(self, by: int, room: int, really: bool) -> None:
        room_id, model = self.pick(room)
        # Seldom, or there would be little else to see.
        if really:
            self.same(
                lambda: model.close(self.id_of(by)),
                self.users[by].http("DELETE", f"/rooms/{room_id}"),
            )

    # Messages

    @rule(
        by=people,
        room=rooms,
        text=texts,
        repeat=st.integers(0, 2) | st.none(),
        back=st.none() | backs,
        http=st.booleans(),
    )
    def send(
        self, by: int, room: int, text: str, repeat: int | None, back: int | None, http: bool
    ) -> None:
        room_id, model = self.pick(room)
        reply_to = None if back is None else self.seq_of(room, back)
        fresh = new_id()
        client_id = fresh if repeat is None else self.client_ids.setdefault(repeat, fresh)
        self._same_message(
            by,
            model,
            lambda: model.send(self.id_of(by), text, client_id, reply_to)[0],
            self.do(
                by,
                http,
                "send_message",
                room_id,
                client_id=client_id,
                text=text,
                reply_to_seq=reply_to,
            ),
        )

    @rule(by=people, room=rooms, client_id=st.integers(0, 2))
    def send_twice_at_once(self, by: int, room: int, client_id: int) -> None:
        room_id, model = self.pick(room)
        repeat = self.client_ids.setdefault(client_id, new_id())
        payload = {"client_id": repeat, "text": TEXTS[0], "reply_to_seq": None}

        async def twice() -> list[Any]:
            calls = (
                self.do(by, http, "send_message", room_id, **payload) for http in (False, True)
            )
            return await asyncio.gather(*calls)

        wanted = partial(model.send, self.id_of(by), TEXTS[0], repeat, None)
        if both := self.same(wanted, twice()):
            (message, _), answers = both
            expected = shown(model, message, self.id_of(by))
            assert [seen(answer) for answer in answers] == [expected, expected]

    def _same_message(
        self, by: int, model: Room, wanted: Callable[[], Any], call: Coroutine[Any, Any, Any]
    ) -> None:
        if both := self.same(wanted, call):
            message, answer = both
            assert seen(answer) == shown(model, message, self.id_of(by))

    @rule(by=people | st.none(), room=rooms, back=backs, text=texts, http=st.booleans())
    def edit(self, by: int | None, room: int, back: int, text: str, http: bool) -> None:
        room_id, model = self.pick(room)
        seq = self.seq_of(room, back)
        by = self.author_or(by, room, seq)
        self._same_message(
            by,
            model,
            lambda: model.edit(self.id_of(by), seq, text),
            self.do(by, http, "edit_message", room_id, seq=seq, text=text),
        )

    @rule(by=people | st.none(), room=rooms, back=backs, http=st.booleans())
    def delete(self, by: int | None, room: int, back: int, http: bool) -> None:
        room_id, model = self.pick(room)
        seq = self.seq_of(room, back)
        by = self.author_or(by, room, seq)
        self._same_message(
            by,
            model,
            lambda: model.delete(self.id_of(by), seq),
            self.do(by, http, "delete_message", room_id, seq=seq),
        )

    @rule(
        by=people,
        room=rooms,
        back=backs,
        emoji=st.sampled_from(EMOJI),
        on=st.booleans(),
        http=st.booleans(),
    )
    def react(self, by: int, room: int, back: int, emoji: str, on: bool, http: bool) -> None:
        room_id, model = self.pick(room)
        seq = self.seq_of(room, back)
        self._same_message(
            by,
            model,
            lambda: model.react(self.id_of(by), seq, emoji, on),
            self.do(by, http, "react", room_id, seq=seq, emoji=emoji, on=on),
        )

    @rule(by=people, room=rooms, back=backs, on=st.booleans(), http=st.booleans())
    def pin(self, by: int, room: int, back: int, on: bool, http: bool) -> None:
        room_id, model = self.pick(room)
        seq = self.seq_of(room, back)
        self._same_message(
            by,
            model,
            lambda: model.pin(self.id_of(by), seq, on),
            self.do(by, http, "pin_message", room_id, seq=seq, on=on),
        )

    @rule(by=people, room=rooms, seq=st.integers(0, 9), http=st.booleans())
    def mark_read(self, by: int, room: int, seq: int, http: bool) -> None:
        room_id, model = self.pick(room)
        call = (
            self.do(by, True, "mark_read", room_id, seq=seq)
            if http or not self.online[by]
            else self.clients[by].read(room_id, seq)
        )
        if both := self.same(lambda: model.read(self.id_of(by), seq), call):
            (mark, unread), answer = both
            assert (answer["last_read_seq"], answer["unread_count"]) == (mark, unread)

    # Connections

    @rule(who=people)
    def lose_connection(self, who: int) -> None:
        if self.online[who]:
            self.run(self.clients[who].lose())
            self.online[who] = False

    @rule(who=people, node=st.integers(0, 1))
    def reconnect(self, who: int, node: int) -> None:
        if not self.online[who]:
            self.run(self.clients[who].connect(self._node(node)))
            self.online[who] = True

    # Looking

    @rule(who=people, room=rooms)
    def look(self, who: int, room: int) -> None:
        room_id, model = self.pick(room)
        user = self.users[who]

        def visible() -> Room:
            if model.deleted or not (model.public or user.id in model.members):
                raise Refusal("not_found")
            return model

        if both := self.same(visible, user.http("GET", f"/rooms/{room_id}")):
            self._compare_room(user, *both)

    @rule(who=people, held=st.dictionaries(rooms, behind), listed=st.booleans())
    def sync(self, who: int, held: dict[int, int], listed: bool) -> None:
        if self.online[who]:
            self.run(self._sync(who, {self.pick(n)[0]: less for n, less in held.items()}, listed))

    async def _sync(self, who: int, behind: dict[str, int], listed: bool) -> None:
        """``behind``: by how many versions, in each room that is named."""
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


def explore(nodes: list[Node], examples: int, steps: int, **more: Any) -> None:
    run_machine(
        # A class or anything that makes its objects, whatever its annotation says.
        cast(Any, partial(ChatMachine, nodes, Newcomers(nodes))),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize="CI" in os.environ,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )


def test_rooms_behave_as_the_contract_says(nodes: list[Node]) -> None:
    # Minutes would go by until a failure is made short: the other test does that.
    phases = [phase for phase in Phase if phase is not Phase.shrink]
    explore(nodes, examples=8, steps=60, phases=phases)


@pytest.mark.long
def test_rooms_behave_as_the_contract_says_for_long(nodes: list[Node]) -> None:
    explore(nodes, examples=300, steps=60)
