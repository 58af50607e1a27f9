from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.client import new_id
from tests.support.node import Node, clustered
from tests.support.seeded import MakeNode, SeededNode
from tests.support.services import Postgres, Redis


@pytest.fixture(scope="module")
def make_node(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> MakeNode:
    """A node that is not started, with a database of its own: migrated, and empty."""
    templates: dict[str, Node] = {}

    def make(kind: str, folder: Path) -> Node:
        if kind not in templates:
            templates[kind] = new(kind, tmp_path_factory.mktemp("template"), "template1")
            assert templates[kind].run("migrate", "up", SEED="off").returncode == 0
        node = new(kind, folder, templates[kind].database_url.rpartition("/")[2])
        if kind == "sqlite":
            shutil.copy(templates[kind].folder / "chat.db", folder)
        return node

    def new(kind: str, folder: Path, template: str) -> Node:
        if kind == "sqlite":
            return Node(folder)
        postgres: Postgres = request.getfixturevalue("postgres")
        redis: Redis = request.getfixturevalue("redis")
        return Node(folder, **clustered(postgres.create_database(new_id(), template), redis.url))

    return make


@pytest.fixture
def empty(make_node: MakeNode, kind: str, tmp_path: Path) -> Node:
    return make_node(kind, tmp_path)


@pytest.fixture(scope="module")
def worlds(
    make_node: MakeNode, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], SeededNode]]:
    """The small world of each kind, made when the first test wants it, as one does by hand on the
    one and as docker-compose.yml does on the other. The node is started later, and changed by no
    test but the last ones."""
    made: dict[str, SeededNode] = {}

    def of(kind: str) -> SeededNode:
        if kind not in made:
            node = make_node(kind, tmp_path_factory.mktemp(f"seed-{kind}"))
            by_compose = {"SEED": "true", "AUTO_MIGRATE": "off"}
            sqlite = kind == "sqlite"
            done = node.run("seed") if sqlite else node.run("migrate", "up", **by_compose)
            assert done.returncode == 0, done.stderr
            made[kind] = SeededNode(node, done.stdout)
        return made[kind]

    yield of
    for world in made.values():
        world.node.stop()


@pytest.fixture
def seeded(worlds: Callable[[str], SeededNode], kind: str) -> SeededNode:
    return worlds(kind)
