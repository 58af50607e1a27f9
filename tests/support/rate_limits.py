"""Nodes with low limits, and callers from different addresses.

A rate such as ``30/h`` allows a burst of 30 and almost nothing after it, so that the tests can
count exactly, however slow the machine is.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import AsyncExitStack
from typing import Any

from tests.support.client import PASSWORD, Http, Refused, User, unique
from tests.support.node import Node

STRICT = {
    "RATE_LIMITS": "on",
    # Tests send X-Forwarded-For, so that they can come from any address.
    "TRUSTED_PROXIES": "127.0.0.1",
    "LIMIT_SEND_MESSAGE": "30/h",
    "LIMIT_TYPING": "5/h",
    "LIMIT_EVENT": "60/h",
    "LIMIT_HTTP": "60/h",
    "LIMIT_SEARCH": "10/h",
    "LIMIT_SIGNIN": "25/h",
    "LIMIT_CONNECTIONS_PER_USER": "3",
}
# Seconds until the next call is allowed.
EVERY = {
    "send_message": 120,
    "typing": 720,
    "event": 60,
    "http": 60,
    "signup": 360,
    "signin": 300,
    "search": 360,
}
_addresses = (f"198.51.{n // 250}.{n % 250 + 1}" for n in itertools.count())


def new_address() -> str:
    return next(_addresses)


class Guests:
    """Users and other callers who each come from a different address."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()

    def caller(self, node: Node, address: str | None = None) -> Http:
        http = Http(node)
        http.session.headers["X-Forwarded-For"] = address or new_address()
        self._stack.push_async_callback(http.close)
        return http

    async def user(self, node: Node, name: str) -> User:
        session = await sign_up_as(self.caller(node), name)
        user = User(node, session)
        self._stack.push_async_callback(user.close)
        return user

    async def close(self) -> None:
        await self._stack.aclose()


async def sign_up_as(http: Http, name: str) -> dict[str, Any]:
    username = unique(name)
    body = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
    session: dict[str, Any] = await http("POST", "/auth/signup", body)
    return session


async def outcomes(calls: list[Any]) -> tuple[int, list[Refused]]:
    """Make calls, ten at a time. Returns how many succeeded, and the refusals of the others."""
    places = asyncio.Semaphore(10)

    async def run(call: Any) -> Any:
        async with places:
            return await call

    done = await asyncio.gather(*map(run, calls), return_exceptions=True)
    refused = [each for each in done if isinstance(each, BaseException)]
    assert all(isinstance(each, Refused) for each in refused), refused
    return len(done) - len(refused), refused  # type: ignore[return-value]


def check_burst(passed: int, burst: int, nodes: list[Node]) -> None:
    """Check that the burst passed and no more. If a node waits too long for Redis it uses its own
    buckets, so on a very busy machine a few more may pass."""
    assert burst <= passed <= burst + 5 * (len(nodes) - 1)


def check_rate_limited(refused: list[Refused], what: str) -> None:
    """Check that each refusal is ``rate_limited`` and names the wait."""
    for each in refused:
        assert each.code == "rate_limited"
        assert isinstance(each.error["retry_after"], int)
        assert 1 <= each.error["retry_after"] <= EVERY[what]
