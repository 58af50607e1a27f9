"""A small world that many tests look at and none may change: made once for each kind of deployment.

Ann owns a group that bob is in, with three messages, and has a direct room with him. Carol is in
neither. Each test gets its own connections to it.
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
    """What lives longer than one test."""

    sessions: dict[str, dict[str, Any]]
    group: dict[str, Any]
    direct: dict[str, Any]
    # Ann's first text; a system message is before it.
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
        """The required fields of a payload, each with a value that fits it; and a message's text,
        which may be absent only where there are attachments; ``all`` in place of ids; a name."""
        names = [*required(fields), *(n for n in ("text", "all", "name") if f"{n}?" in fields)]
        return {name: self._example(name) for name in names}

    def path(self, path: str, **given: str) -> str:
        """A route's path with the world's own ids in it, or those given."""
        ids = {"room_id": self.room_id, "user_id": self.bob.id, "id": SOME_ID, "code": "none"}
        return path.format(**{**ids, "seq": str(self.seq), "emoji": "%F0%9F%91%8D", **given})

    async def counters(self) -> list[tuple[int, int]]:
        """``version`` and ``last_seq`` of both rooms: what any change would have moved."""
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
            # Nothing listens there.
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
    """Bob is at another node than ann, where there are two; nobody is connected."""
    users = {
        name: User(nodes[n % len(nodes)], session)
        for n, (name, session) in enumerate(record.sessions.items())
    }
    try:
        yield SampleWorld(record=record, **users)
    finally:
        for user in users.values():
            await user.close()
