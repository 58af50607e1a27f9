"""A small world that many tests read and none may change. It is made once for each deployment.

Ann owns a group with three messages that Bob is in, and has a direct room with him. Carol is in
neither. Each test gets its own connections.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.client import User, new_id
from tests.support.contract import Fields, required
from tests.support.field_kinds import AUTH, P256DH, SOME_ID
from tests.support.node import Node
from tests.support.world import World


@dataclass
class SampleRecord:
    """The parts of the world that live longer than one test."""

    sessions: dict[str, dict[str, Any]]
    group: dict[str, Any]
    direct: dict[str, Any]
    # The seq of Ann's first message, which follows a system message.
    seq: int = 2


@dataclass
class SampleWorld:
    ann: User
    bob: User
    carol: User
    record: SampleRecord

    @property
    def room_id(self) -> str:
        return str(self.record.group["id"])

    @property
    def direct_id(self) -> str:
        return str(self.record.direct["id"])

    @property
    def seq(self) -> int:
        return self.record.seq

    def fitting(self, fields: Fields) -> dict[str, Any]:
        """A valid payload: its required fields, and some that are needed although the schema does
        not require them (a message's text, which may be absent only if there are attachments,
        ``all`` instead of ids, and a name)."""
        names = [*required(fields), *(n for n in ("text", "all", "name") if f"{n}?" in fields)]
        return {name: self._example(name) for name in names}

    def path(self, path: str, **given: str) -> str:
        """A route's path, filled with the given ids or those of the world."""
        ids = {"room_id": self.room_id, "user_id": self.bob.id, "id": SOME_ID, "code": "none"}
        return path.format(**{**ids, "seq": str(self.seq), "emoji": "%F0%9F%91%8D", **given})

    async def counters(self) -> list[tuple[int, int]]:
        """``version`` and ``last_seq`` of both rooms, which any change would have increased."""
        rooms = [await self.ann.http("GET", f"/rooms/{i}") for i in (self.room_id, self.direct_id)]
        return [(room["version"], room["last_seq"]) for room in rooms]

    def _example(self, name: str) -> Any:
        values = {
            "room_id": self.room_id,
            "user_id": self.bob.id,
            "user_ids": [self.bob.id],
            "client_id": new_id(),
            "rooms": {},
            "kind": "group",
            "role": "member",
            "seq": self.seq,
            "emoji": "👍",
            "on": True,
            "typing": True,
            "all": True,
            "email": "some@example.com",
            "username": "some",
            # Nothing listens on this port.
            "endpoint": "http://127.0.0.1:9/push",
            "keys": {"p256dh": P256DH, "auth": AUTH},
        }
        return values.get(name, f"some {name}")


async def make_sample(nodes: list[Node]) -> SampleRecord:
    world = World(nodes)
    ann, bob, carol = [await world.user(name, connect=False) for name in ("ann", "bob", "carol")]
    try:
        group, direct = await ann.group(bob), await ann.direct(bob)
        for author, text in ((ann, "one"), (bob, "two"), (ann, "three")):
            body = {"client_id": new_id(), "text": text}
            await author.http("POST", f"/rooms/{group['id']}/messages", body)
        return SampleRecord(
            {"ann": ann.session, "bob": bob.session, "carol": carol.session}, group, direct
        )
    finally:
        for user in (ann, bob, carol):
            await user.close()


@asynccontextmanager
async def sample_world(nodes: list[Node], record: SampleRecord) -> AsyncIterator[SampleWorld]:
    """The world for one test. If there are two nodes, Bob uses another one than Ann. Nobody is
    connected yet."""
    users = {
        name: User(nodes[n % len(nodes)], session)
        for n, (name, session) in enumerate(record.sessions.items())
    }
    try:
        yield SampleWorld(record=record, **users)
    finally:
        for user in users.values():
            await user.close()
