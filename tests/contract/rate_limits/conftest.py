from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.client import new_id
from tests.support.node import KINDS, Node, clustered
from tests.support.rate_limits import STRICT, Guests
from tests.support.services import Postgres, Redis


@pytest.fixture(scope="module", params=KINDS)
def strict(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Node]]:
    folder = tmp_path_factory.mktemp("strict")
    settings, names = STRICT, ["one"]
    if request.param == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        redis: Redis = request.getfixturevalue("redis")
        settings = STRICT | clustered(postgres.create_database(f"strict_{new_id()}"), redis.url)
        names = ["one", "two"]
    nodes = [Node(folder / name, **settings).start() for name in names]
    yield nodes
    for node in nodes:
        node.stop()


@pytest.fixture
async def guests() -> AsyncIterator[Guests]:
    guests = Guests()
    yield guests
    await guests.close()
