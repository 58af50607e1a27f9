"""What an attack is, and what it gets to know of the server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.support.client import User

# The settings of every attacked node. Signing up and in is allowed often, because the attackers and
# the other users need accounts.
SETTINGS = {"RATE_LIMITS": "on", "LIMIT_SIGNUP": "1000/h", "LIMIT_SIGNIN": "1000/h"}


@dataclass(frozen=True)
class Target:
    """What an attack gets. Its connections must come from ``address``. ``sessions`` are the Session
    objects of its accounts; ``prepared`` is what its ``prepare`` returned."""

    url: str
    address: str
    sessions: list[dict[str, Any]]
    prepared: Any
    seconds: float

    def connector(self) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(local_addr=(self.address, 0))


# One round of an attack. It is repeated until the time is over.
Round = Callable[[Target], Awaitable[None]]


@dataclass(frozen=True)
class Attack:
    """An attack and its limits.

    ``what`` describes it in the table of docs/security.md. ``workers`` rounds run at the same time.
    ``memory_mb`` is how much the server's memory may grow at its peak. ``times`` is the factor by
    which the p95 of the other users' waits may grow. ``make`` runs in the attacking process before
    the attack begins, for what takes long to make.
    """

    name: str
    what: str
    round: Round
    users: int = 0
    prepare: Callable[[list[User]], Awaitable[Any]] | None = None
    make: Callable[[], object] | None = None
    workers: int = 1
    memory_mb: float = 64.0
    times: float = 5.0
    settings: Mapping[str, str] = field(default_factory=dict)
