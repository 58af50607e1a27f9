"""Each attack beside two well-behaved users: they hardly notice, and the server does not grow."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.conftest import clustered
from tests.node import Node
from tests.services import Postgres, Redis
from tests.walls.attacks import ATTACKS
from tests.walls.harness import SETTINGS, felt

# Timed against each other, so nothing else may run beside them.
pytestmark = pytest.mark.load

# By how many times others' p95 may grow.
MOST = 5.0


@pytest.fixture(scope="module")
def walled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, dict[str, str]], Node]]:
    """A node of a kind with its limits on; attacks that need no other settings share one."""
    started: dict[tuple[str, tuple[tuple[str, str], ...]], Node] = {}

    def of(kind: str, settings: dict[str, str]) -> Node:
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

    yield of
    for node in started.values():
        node.stop()


@pytest.mark.parametrize("name", ATTACKS)
async def test_others_hardly_notice(
    name: str, kind: str, walled: Callable[[str, dict[str, str]], Node]
) -> None:
    attack = ATTACKS[name]
    node = walled(kind, dict(attack.settings))
    seen = await felt(node, attack, list(ATTACKS).index(name))
    assert seen.rounds > 0
    assert seen.ratio <= MOST, seen
    assert seen.memory_mb <= attack.memory_mb, seen
    assert node.errors() == []
