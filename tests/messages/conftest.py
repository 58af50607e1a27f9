from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from server.kernel.database import Database
from tests.support.database import opened_database
from tests.support.node import Node


@pytest.fixture
async def database(node: Node) -> AsyncIterator[Database]:
    """The node's own, past the node."""
    sqlite = f"sqlite:///{node.folder / 'chat.db'}"
    async with opened_database(node.settings.get("DATABASE_URL", sqlite)) as database:
        yield database
