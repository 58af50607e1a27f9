"""Random histories of rooms, on real servers and on a pure model of the contract side by side."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from tests.support.client import new_id
from tests.support.node import Node
from tests.support.reference_client import ReferenceClient
from tests.support.room_machine import PEOPLE, Newcomers
from tests.support.room_model import Refusal, Room, seen, shown
from tests.support.room_rules import (
    EMOJI,
    TEXTS,
    RoomRules,
    backs,
    behind,
    people,
    rooms,
    texts,
)


class ChatMachine(RoomRules):
    """Rooms with people who write, come and go, and look."""

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
