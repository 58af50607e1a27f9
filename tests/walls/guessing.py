"""Places from which somebody signs in, and guesses of a password from many of them."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from http.cookies import SimpleCookie
from typing import Any

from tests.support.client import PASSWORD, Http, unique
from tests.support.node import Node

# The failures of an account in an hour, by strangers and by known devices. Few, so that a test of
# two nodes takes seconds.
MOST, KNOWN = 12, 6
_addresses = (f"198.18.{n // 250}.{n % 250 + 1}" for n in itertools.count())


def next_address() -> str:
    """An address that no other place of these tests has."""
    return next(_addresses)


class Place:
    """A source of requests: an address, and cookies kept as in a browser."""

    def __init__(self, nodes: list[Node], address: str | None = None) -> None:
        self.address = address or next_address()
        self.cookies: dict[str, str] = {}
        self.given = SimpleCookie()
        self._nodes = itertools.cycle(nodes)

    async def __call__(
        self, path: str, body: Any, method: str = "POST", **headers: str
    ) -> tuple[int, Any]:
        http = Http(next(self._nodes))
        sent = {"X-Forwarded-For": self.address, **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        async with (
            http.session,
            http.session.request(method, http.node.api + path, json=body, headers=sent) as answer,
        ):
            self.given = answer.cookies
            for name, cookie in answer.cookies.items():
                self.cookies[name] = cookie.value
            return answer.status, await answer.json() if answer.status != 204 else None

    async def signup(self, **more: Any) -> dict[str, Any]:
        name = unique("ann")
        body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, **more}
        status, session = await self("/auth/signup", body)
        assert status == 201, session
        return dict(session)

    async def signin(self, login: str, password: str = PASSWORD, **headers: str) -> str:
        """``ok``, or the code of the refusal."""
        status, answer = await self(
            "/auth/signin", {"login": login, "password": password}, **headers
        )
        assert (status == 429) == ("retry_after" in answer)
        return "ok" if status == 200 else str(answer["code"])

    async def change_password(self, session: dict[str, Any], current: str, new: str) -> str:
        body = {"current_password": current, "new_password": new}
        bearer = f"Bearer {session['access_token']}"
        status, answer = await self("/auth/password", body, Authorization=bearer)
        return "ok" if status == 204 else str(answer["code"])


async def attack(nodes: list[Node], *logins: str, tries: int = 3 * MOST) -> Counter[str]:
    """The outcomes of wrong passwords, each from a different address, ten at a time."""
    places = asyncio.Semaphore(10)

    async def guess(login: str) -> str:
        async with places:
            return await Place(nodes).signin(login, "not the password")

    chosen = itertools.islice(itertools.cycle(logins), tries)
    return Counter(await asyncio.gather(*map(guess, chosen)))
