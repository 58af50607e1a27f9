from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.client import Http, User
from tests.support.node import Node
from tests.support.problems import ALLOWED_ORIGIN, OWN_ORIGIN
from tests.support.world import signup


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """Pages of one other origin may use it. Nothing that these tests do is an error to it."""
    node = Node(tmp_path_factory.mktemp("edge"), PUBLIC_URL=OWN_ORIGIN, CORS_ORIGINS=ALLOWED_ORIGIN)
    yield node.start()
    node.stop()
    assert node.errors() == []


@pytest.fixture
async def http(edge: Node) -> AsyncIterator[Http]:
    http = Http(edge)
    yield http
    await http.close()


@pytest.fixture
async def ann(edge: Node) -> AsyncIterator[User]:
    ann = await signup(edge, "ann")
    yield ann
    await ann.close()
