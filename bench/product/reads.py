"""What HTTP calls cost, beside a bare aiohttp handler that runs the same statements.

Signing in is measured as ``POST /auth/refresh``: it does what a sign-in does but for the password's
hash, which takes its time on purpose.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
import msgspec

from bench.product.crowd import Crowd, woven
from bench.product.figures import Figure, Found, Scale, Scenario
from bench.product.growth import store
from bench.product.sites import Site, site
from bench.product.tools import Tools

USERS, ROOMS = 400, 20
# The stored messages of each room, and of a page.
STORED, PAGE = 100, 50
AT_A_TIME = 8

# Makes the n-th call of a client.
Call = Callable[[int], Awaitable[bytes]]


@asynccontextmanager
async def _calls(kind: str, server: Site, crowd: Crowd) -> AsyncIterator[dict[str, Call]]:
    address, refresh = f"http://127.0.0.1:{server.ports[0]}", list(server.refresh_tokens)
    base = f"{address}/api/v1" if kind == "ours" else address
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:

        async def call(method: str, path: str, n: int, body: object = None) -> bytes:
            headers = {} if body else {"Authorization": f"Bearer {server.tokens[n % USERS]}"}
            async with http.request(method, base + path, headers=headers, json=body) as answer:
                if answer.status != 200:
                    raise RuntimeError(f"{path}: {answer.status} {await answer.text()}")
                return await answer.read()

        async def refreshed(n: int) -> bytes:
            user = n % USERS
            body = {"refresh_token": refresh[user]}
            answer = await call("POST", "/auth/refresh", n, body)
            refresh[user] = msgspec.json.decode(answer)["refresh_token"]
            return answer

        # The n-th user is in the n-th room.
        rooms, users, sessions = crowd.room_ids, crowd.user_ids, crowd.session_ids
        yield (
            {
                "refresh": refreshed,
                "history": lambda n: call("GET", f"/rooms/{rooms[n % USERS]}/messages", n),
                "list": lambda n: call("GET", "/rooms", n),
            }
            if kind == "ours"
            else {
                "refresh": lambda n: call("POST", f"/refresh/{sessions[n % USERS]}", n),
                "history": lambda n: call("GET", f"/history/{rooms[n % USERS]}", n),
                "list": lambda n: call("GET", f"/rooms/{users[n % USERS]}", n),
            }
        )


async def _make(call: Call, count: int) -> None:
    """Make so many calls, AT_A_TIME at a time; no user makes two at a time."""
    numbers = iter(range(count))

    async def some() -> None:
        for n in numbers:
            await call(n)

    await asyncio.gather(*(some() for _ in range(AT_A_TIME)))


async def _measure(kind: str, server: Site, crowd: Crowd, requests: int) -> Found:
    found = {}
    async with _calls(kind, server, crowd) as calls:
        for name, call in calls.items():
            await _make(call, USERS * 2)
            before = server.spent()
            await _make(call, requests)
            spent = server.spent().less(before)
            found[name] = requests / spent.total
            found[f"{name}_server"] = spent.server * 1000 / requests
            found[f"{name}_postgres"] = spent.postgres * 1000 / requests
    return found


def http(kind: str, tools: Tools, scale: Scale) -> Found:
    crowd = woven(USERS, ROOMS)
    with site(kind, tools, crowd, prepare=partial(store, STORED, USERS)) as server:
        return asyncio.run(_measure(kind, server, crowd, scale.requests))


def _figures(name: str, title: str) -> tuple[Figure, ...]:
    ms = "CPU ms / request"
    return (
        Figure(name, title, "requests / CPU-s", "more", rival="bare"),
        Figure(f"{name}_server", "… of it the server", ms, "less", digits=2, rival="bare"),
        Figure(f"{name}_postgres", "… PostgreSQL", ms, "less", digits=2, rival="bare"),
    )


READ_SCENARIOS = {
    "http": Scenario(
        "sign-in, history and room list over HTTP",
        http,
        (
            *_figures("refresh", "a session's refresh (a sign-in without argon2)"),
            *_figures("history", f"a page of {PAGE} messages"),
            *_figures("list", f"a list of {ROOMS} rooms"),
        ),
        ("ours", "bare"),
    ),
}
