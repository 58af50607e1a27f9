"""The servers that the tests talk to. Each test runs on every kind that it asks for:

- ``sqlite``: one node, everything in one process;
- ``postgres``: two nodes with PostgreSQL and Redis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.support import binaries, javascript, server_processes
from tests.support.client import User
from tests.support.cluster import Cluster, running_cluster
from tests.support.node import KINDS, Node, clustered
from tests.support.services import Postgres, Redis
from tests.support.shared_world import KeptSessions, SharedWorld, shared_world_of
from tests.support.world import World, world_of


def pytest_configure() -> None:
    server_processes.share_imports()


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


@pytest.fixture(scope="session")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
async def cluster(shared_cluster: Cluster) -> Cluster:
    """Two nodes and their tools, for tests that end them; whole again when a test begins."""
    await shared_cluster.mended()
    return shared_cluster


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
def no_errors_logged(nodes: list[Node]) -> Iterator[None]:
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
def kept_sessions() -> dict[str, KeptSessions]:
    return {kind: KeptSessions() for kind in KINDS}


@pytest.fixture
async def shared_world(
    kind: str, nodes: list[Node], kept_sessions: dict[str, KeptSessions]
) -> AsyncIterator[SharedWorld]:
    """Like ``world``, with users that other tests had before: quicker."""
    async with shared_world_of(nodes, kept_sessions[kind]) as shared_world:
        yield shared_world


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
