from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.client import User
from tests.support.push import Device, PushService, push_service
from tests.support.world import World


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with push_service() as service:
        yield service


@pytest.fixture
async def bob(shared_world: World) -> User:
    """With no socket, at the second node where there are two."""
    await shared_world.user("ann")
    return await shared_world.user("bob", connect=False)


@pytest.fixture
async def ann(shared_world: World, bob: User) -> User:
    return shared_world.users[0]


@pytest.fixture
async def device(service: PushService, bob: User) -> AsyncIterator[Device]:
    """Bob's, until the test ends."""
    device = service.device()
    await device.subscribe(bob)
    yield device
    await bob.http("DELETE", "/push/subscriptions", {"endpoint": device.endpoint})
