from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest

from tests.support.node import Node
from tests.support.shared_world import KeptSessions, SharedWorld, shared_world_of


@pytest.fixture(scope="module")
def session_sets() -> dict[str, itertools.cycle[KeptSessions]]:
    return {
        kind: itertools.cycle([KeptSessions() for _ in range(4)]) for kind in ("sqlite", "postgres")
    }


@pytest.fixture
async def shared_world(
    kind: str, nodes: list[Node], session_sets: dict[str, itertools.cycle[KeptSessions]]
) -> AsyncIterator[SharedWorld]:
    """Tests in a row have different users: nobody is told more than some notifications a second."""
    async with shared_world_of(nodes, next(session_sets[kind])) as shared_world:
        yield shared_world
