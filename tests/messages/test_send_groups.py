"""Sends that share a commit have the outcomes that they would have one after the other, and leave
the same in the database: random groups, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from server.messages.entity import Send
from server.messages.send.group import Commit
from tests.support.client import new_id
from tests.support.node import KINDS, Node
from tests.support.send_world import SendWorld, opened_for_sends
from tests.support.services import Postgres

Json = dict[str, Any]

ROOMS = ("group", "direct", "elsewhere", "theirs", "pair", "nowhere")
AUTHORS = ("ann", "ann", "bob", "bob", "cat", "eve", "lea")
FILES = ("hers", "his", "none")
WAYS = ("together", "alone")


def made_send(random: Random, special: float) -> Json:
    """A row of the table of sends: see ``SendWorld.send``."""
    send: Json = {"room": random.choice(ROOMS), "author": random.choice(AUTHORS)}
    if random.random() < 0.5:
        send["client"] = f"client {random.randrange(2)}"
    if random.random() < special:
        send |= random.choice(
            [
                {"reply": random.randrange(1, 15)},
                {"names": random.sample(("ann", "bob", "cat", "eve"), 2)},
                {"files": random.sample(FILES, random.randrange(1, 3))},
                {"all": True},
            ]
        )
    return send


async def made_world(world: SendWorld, random: Random) -> None:
    await world.make(random.choice(("member", "admin", "owner")))
    await world.room("theirs", {"bob": "owner", "cat": "member", "lea": "admin"})
    await world.direct("pair", "bob", "cat")
    await world.upload("hers", "ann")
    await world.upload("his", "bob")
    for room, author in (("group", "bob"), ("direct", "bob"), ("direct", "ann"), ("pair", "cat")):
        await world.message(room, author, f"what {author} said")
    for user, room, seq in (
        ("ann", "group", 1),
        ("ann", "direct", 2),
        ("bob", "direct", 1),
        ("cat", "pair", 1),
    ):
        await world.notification(user, room, seq)
    for chance, call in (
        (0.2, ("block", "bob", "cat")),
        (0.2, ("block", "ann", "bob")),
        (0.1, ("delete", "cat")),
        (0.3, ("set_seat", "direct", "bob", "notify", "mentions")),
        (0.2, ("set_room", "theirs", "deleted_at", 5)),
        (0.5, ("subscription", "eve")),
    ):
        if random.random() < chance:
            await getattr(world, call[0])(*call[1:])


async def committed(commit: Commit, sends: list[Send], way: str) -> list[Any]:
    """The outcomes in the order of the sends."""
    if way == "together":
        return await commit(sends)
    # Within a commit, rooms come one after the other.
    outcomes = {}
    for send in sorted(sends, key=lambda send: send.room_id):
        outcomes[send.id] = (await commit([send]))[0]
    return [outcomes[send.id] for send in sends]


@pytest.fixture(scope="module")
def urls(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[str, str], str]]:
    """Of a database for each kind and way."""
    folder = tmp_path_factory.mktemp("groups")
    found = {}
    for way in WAYS:
        url = postgres.create_database(new_id())
        for kind, more in (("sqlite", {}), ("postgres", {"DATABASE_URL": url})):
            node = Node(folder / kind / way, **more)
            done = node.run("migrate", "up")
            assert done.returncode == 0, done.stderr
            found[kind, way] = node.database_url
    yield found


async def tried(seed: int, url: str, way: str) -> tuple[list[Json], Json]:
    random = Random(seed)
    async with opened_for_sends(url) as (database, commit):
        world = SendWorld(database, f"groups {seed}")
        await made_world(world, random)
        special = random.choice((0.0, 0.2, 0.6))
        answers: list[Json] = []
        for _ in range(4):
            first = len(answers) + 1
            wanted = [made_send(random, special) for _ in range(random.randrange(1, 25))]
            sends = [world.send(n, row) for n, row in enumerate(wanted, start=first)]
            answers += [world.shown(each) for each in await committed(commit, sends, way)]
        return answers, await world.stored()


@pytest.mark.parametrize("seed", range(25))
async def test_a_group_is_as_good_as_one_send_after_the_other(
    seed: int, urls: dict[tuple[str, str], str]
) -> None:
    found = {(kind, way): await tried(seed, urls[kind, way], way) for kind in KINDS for way in WAYS}
    wanted = found["sqlite", "alone"]
    assert {answer["outcome"] for answer in wanted[0]} >= {"sent", "not_found"}
    for place, (answers, stored) in found.items():
        assert answers == wanted[0], place
        assert stored == wanted[1], place
