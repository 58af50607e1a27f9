from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from server.realtime import create_server
from tests.realtime.support import Served, serving

Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts servers with any options; each must be empty when its clients are gone."""
    async with AsyncExitStack() as stack:

        async def start(origins: Any = "*", **options: Any) -> Served:
            sio = create_server(origins=origins, **options)
            return await stack.enter_async_context(serving(sio))

        yield start


@pytest.fixture
async def served(serve: Serve) -> Served:
    return await serve()
