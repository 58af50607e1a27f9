from __future__ import annotations

import pytest

from tests.support.node import Node
from tests.support.world import World


@pytest.fixture
def here(world: World) -> Node:
    return world.nodes[0]


@pytest.fixture
def there(world: World) -> Node:
    """Another node than ``here``, where there are two."""
    return world.nodes[-1]
