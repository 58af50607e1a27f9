from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from server.realtime import create_server
from tests.support.engine import Listen, Serve, Served, listening, listening_at_full_speed, serving


@pytest.fixture(params=[listening, listening_at_full_speed], ids=["aiohttp", "serve"])
def listen(request: pytest.FixtureRequest) -> Listen:
    found: Listen = request.param
    return found


@pytest.fixture
async def serve(listen: Listen) -> AsyncIterator[Serve]:
    """Starts servers with any options; each must be empty when its clients are gone."""
    async with AsyncExitStack() as stack:

        async def start(cors_allowed_origins: Any = "*", **options: Any) -> Served:
            options.setdefault("rate_limits", None)
            sio = create_server(cors_allowed_origins=cors_allowed_origins, **options)
            return await stack.enter_async_context(serving(sio, listen))

        yield start


@pytest.fixture
async def served(serve: Serve) -> Served:
    return await serve()
