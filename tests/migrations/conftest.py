from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.client import new_id
from tests.support.migrating import MIGRATIONS, NewNode, going_up
from tests.support.node import Node
from tests.support.services import Postgres


@pytest.fixture(scope="module")
def new_node(request: pytest.FixtureRequest) -> NewNode:
    """A node that is not started, with a database in which nothing is yet."""

    def new(kind: str, folder: Path) -> Node:
        if kind == "sqlite":
            return Node(folder)
        postgres: Postgres = request.getfixturevalue("postgres")
        return Node(folder, DATABASE_URL=postgres.create_database(new_id()))

    return new


@pytest.fixture
def node(new_node: NewNode, kind: str, tmp_path: Path) -> Node:
    return new_node(kind, tmp_path)


@pytest.fixture(scope="module")
def migrated(
    new_node: NewNode, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Node]]:
    """A node of each kind whose database went up, once."""
    made: dict[str, Node] = {}

    def of(kind: str) -> Node:
        if kind not in made:
            made[kind] = new_node(kind, tmp_path_factory.mktemp(kind))
            done = made[kind].run("migrate", "up")
            assert (done.returncode, done.stdout) == (0, going_up(*MIGRATIONS))
        return made[kind]

    yield of
