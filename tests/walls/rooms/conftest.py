from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.support.node import KINDS, Node, clustered
from tests.support.services import Postgres, Redis
from tests.support.world import World, world_of

GENEROUS = {
    "RATE_LIMITS": "on",
    "LIMIT_SIGNUP": "10000/h",
    "LIMIT_HTTP": "1000/s:10000",
    "LIMIT_EVENT": "1000/s:10000",
    "LIMIT_SEND_MESSAGE": "1000/s:10000",
}
SEATS = GENEROUS | {"LIMIT_SEATS": "120/h:120"}
QUOTAS = GENEROUS | {
    "LIMIT_SEATS": "1000/s:100000",
    "LIMIT_ROOMS_PER_USER": "5",
    "LIMIT_ROOMS_MADE_PER_USER": "3",
    "LIMIT_SEATS_PER_ROOM": "4",
    "LIMIT_INVITES_PER_ROOM": "2",
    "LIMIT_INVITES_PER_USER": "3",
    "LIMIT_INVITATIONS_PER_USER": "2",
    "LIMIT_NOTIFICATIONS_PER_USER": "10",
    "LIMIT_EMOJI_PER_MESSAGE": "5",
    "LIMIT_REACTIONS_PER_USER": "3",
}


@pytest.fixture(scope="module", params=KINDS)
def deployed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[dict[str, str]], list[Node]]]:
    """Nodes with these settings; with PostgreSQL there are two."""
    started: dict[str, list[Node]] = {}

    def of(settings: dict[str, str]) -> list[Node]:
        name = f"walls_{'seats' if settings is SEATS else 'quotas'}"
        if name not in started:
            folder, names = tmp_path_factory.mktemp(name), ["one"]
            if request.param == "postgres":
                postgres: Postgres = request.getfixturevalue("postgres")
                redis: Redis = request.getfixturevalue("redis")
                names = ["one", "two"]
                # They use their own database in Redis, because limits are counted there.
                url = f"{redis.url.rsplit('/', 1)[0]}/{2 if settings is SEATS else 3}"
                settings = settings | clustered(postgres.create_database(name), url)
            started[name] = [Node(folder / each, **settings).start() for each in names]
        return started[name]

    yield of
    for nodes in started.values():
        for node in nodes:
            node.stop()


@pytest.fixture
async def scarce(deployed: Callable[[dict[str, str]], list[Node]]) -> AsyncIterator[World]:
    async with world_of(deployed(SEATS)) as world:
        yield world


@pytest.fixture
async def bounded(deployed: Callable[[dict[str, str]], list[Node]]) -> AsyncIterator[World]:
    async with world_of(deployed(QUOTAS)) as world:
        yield world
