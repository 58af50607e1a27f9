from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.support.client import User, new_id
from tests.support.node import Node, clustered
from tests.support.services import Postgres, Redis
from tests.support.world import signup

LIMITS = {
    "RATE_LIMITS": "on",
    "LIMIT_STORED_BYTES_PER_USER": "1MiB",
    "LIMIT_UPLOADS": "1000/s",
    "LIMIT_HTTP": "1000/s",
    "LIMIT_SIGNUP": "1000/h",
}
Nodes = list[Node]


@pytest.fixture(scope="module")
def limited(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Nodes]]:
    """One node, or two that share a database and a folder."""
    made: dict[str, Nodes] = {}

    def of(kind: str) -> Nodes:
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            settings, names = LIMITS | {"MEDIA_URL": f"file:{folder}/media"}, ["one"]
            if kind == "postgres":
                postgres: Postgres = request.getfixturevalue("postgres")
                redis: Redis = request.getfixturevalue("redis")
                settings |= clustered(postgres.create_database(f"uploads_{new_id()}"), redis.url)
                names = ["one", "two"]
            made[kind] = [Node(folder / name, **settings).start() for name in names]
        return made[kind]

    yield of
    for node in (node for nodes in made.values() for node in nodes):
        node.stop()
        assert node.errors() == []


@pytest.fixture
async def users(kind: str, limited: Callable[[str], Nodes]) -> AsyncIterator[list[User]]:
    """Ann, once for each node."""
    nodes = limited(kind)
    ann = await signup(nodes[0], "ann")
    others = [User(node, ann.session) for node in nodes[1:]]
    yield [ann, *others]
    for user in (ann, *others):
        await user.close()


@pytest.fixture
def ann(users: list[User]) -> User:
    return users[0]
