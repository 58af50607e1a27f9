"""The servers that the tests talk to. Each test runs on every kind that it asks for:

- ``sqlite``: one node, everything in one process;
- ``postgres``: two nodes with PostgreSQL and Redis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.support import binaries, javascript, nursery
from tests.support.cast import Cast, Sessions, cast_of
from tests.support.client import User, World, world_of
from tests.support.cluster import Cluster, running_cluster
from tests.support.node import SECRET, Node
from tests.support.services import Postgres, Redis

KINDS = ("sqlite", "postgres")


def pytest_configure() -> None:
    nursery.share_imports()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """What the tests need is installed once, where one sees it, before processes share them."""
    config = session.config
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        binaries.prepare()
        javascript.prepare()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files with few tests come first: those are the long ones, and processes that share the
    tests end together only if the last ones are short."""
    size = Counter(item.path for item in items)
    items.sort(key=lambda item: (size[item.path], item.path))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as service:
        yield service


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    with Redis() as service:
        yield service


@pytest.fixture(scope="session")
def shared_nodes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], list[Node]]]:
    """The nodes of a kind, started when the first test wants them, for all tests together."""
    made: list[Node] = []
    started: dict[str, list[Node]] = {}

    def of(kind: str) -> list[Node]:
        if kind not in started:
            folder = tmp_path_factory.mktemp(kind)
            if kind == "sqlite":
                nodes = [Node(folder)]
            else:
                postgres: Postgres = request.getfixturevalue("postgres")
                redis: Redis = request.getfixturevalue("redis")
                settings = clustered(postgres.create_database("shared"), redis.url)
                settings["MEDIA_URL"] = f"file:{folder}/media"
                nodes = [Node(folder / name, **settings) for name in ("one", "two")]
            # Also where only the first one comes up.
            made.extend(nodes)
            started[kind] = [node.start() for node in nodes]
        return started[kind]

    yield of
    for node in made:
        node.stop()


def clustered(database_url: str, redis_url: str) -> dict[str, str]:
    """The settings of a node among several."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": SECRET,
        "AUTO_MIGRATE": "on",
    }


@pytest.fixture(scope="session")
def broken_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
async def cluster(broken_cluster: Cluster) -> Cluster:
    """Two nodes and their tools, for tests that end them; whole again when a test begins."""
    await broken_cluster.mended()
    return broken_cluster


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def nodes(kind: str, shared_nodes: Callable[[str], list[Node]]) -> list[Node]:
    """No test may stop these, or lower what others rely on."""
    return shared_nodes(kind)


@pytest.fixture
def node(nodes: list[Node]) -> Node:
    return nodes[0]


@pytest.fixture
def quiet(nodes: list[Node]) -> Iterator[None]:
    """Whatever the test does is no error to the nodes: no traceback, no line of that level."""
    seen = [node.log.stat().st_size for node in nodes]
    yield
    for node, size in zip(nodes, seen, strict=True):
        assert node.errors(since=size) == []


@pytest.fixture
async def world(nodes: list[Node]) -> AsyncIterator[World]:
    async with world_of(nodes) as world:
        yield world


@pytest.fixture(scope="session")
def players() -> dict[str, Sessions]:
    return {kind: Sessions() for kind in KINDS}


@pytest.fixture
async def cast(kind: str, nodes: list[Node], players: dict[str, Sessions]) -> AsyncIterator[Cast]:
    """Like ``world``, with users that other tests had before: quicker."""
    async with cast_of(nodes, players[kind]) as cast:
        yield cast


@pytest.fixture
async def ann(world: World) -> User:
    return await world.user("ann")


@pytest.fixture
async def bob(world: World) -> User:
    """On another node than ann, where there are two."""
    return await world.user("bob")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
