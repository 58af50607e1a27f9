"""Each attack runs beside two well-behaved users. They must hardly notice it, and the server's
memory must not grow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import pytest
import pytest_asyncio

from tests.support.node import KINDS, Node, clustered
from tests.support.services import Postgres, Redis
from tests.walls.attacks import AT_THE_DOOR, ATTACKS
from tests.walls.bystanders import Bystanders
from tests.walls.harness import SETTINGS
from tests.walls.measuring import felt

# These are like others of their kind, to which they add little.
VARIANTS = {
    *("noops", "pongs", "early_events", "events", "acks", "epilogue", "tiny_chunks"),
    *("pipelined_404_wide", "pipelined_preflight"),
}


Walled = Callable[[str, dict[str, str]], Awaitable[Bystanders]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Walled]:
    """The users of a node with its limits on. Attacks with the same settings share it and them."""
    started: dict[tuple[str, tuple[tuple[str, str], ...]], Node] = {}
    bystanders: dict[Node, Bystanders] = {}

    def node_of(kind: str, settings: dict[str, str]) -> Node:
        key = (kind, tuple(sorted(settings.items())))
        if key not in started:
            given = SETTINGS | settings
            if kind == "postgres":
                postgres: Postgres = request.getfixturevalue("postgres")
                redis: Redis = request.getfixturevalue("redis")
                database = postgres.create_database(f"walled_{len(started)}")
                given = given | clustered(database, redis.url)
            started[key] = Node(tmp_path_factory.mktemp("walled"), **given).start()
        return started[key]

    async def of(kind: str, settings: dict[str, str]) -> Bystanders:
        node = node_of(kind, settings)
        # An attack that cut them off has failed. The next one finds others.
        if node in bystanders and not bystanders[node].connected:
            await bystanders.pop(node).close()
        if node not in bystanders:
            bystanders[node] = await Bystanders.of(node)
        return bystanders[node]

    yield of
    for users in bystanders.values():
        await users.close()
    for node in started.values():
        node.stop()


def tried() -> Iterable[Any]:
    """The attacks and databases. Attacks on the database run on both; variants, and the rest on
    PostgreSQL, run only in the long tests."""
    for name in ATTACKS:
        for kind in KINDS:
            seldom = name in VARIANTS or (name in AT_THE_DOOR and kind != "sqlite")
            # They measure times, so nothing else may run at the same time.
            yield pytest.param(name, kind, marks=pytest.mark.long if seldom else pytest.mark.load)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("name", "kind"), list(tried()))
async def test_others_hardly_notice(
    name: str, kind: str, walled: Walled, record_property: Callable[[str, object], None]
) -> None:
    attack = ATTACKS[name]
    bystanders = await walled(kind, dict(attack.settings))
    seen = await felt(bystanders, attack, list(ATTACKS).index(name))
    record_property("felt", seen)
    assert seen.rounds > 0
    assert seen.ratio <= attack.times, seen
    assert seen.memory_mb <= attack.memory_mb, seen
    assert bystanders.node.errors() == []
