"""The refresh token as a cookie: when it is set, read and removed, and for which pages."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from http.cookies import Morsel, SimpleCookie
from typing import Any

import pytest

from tests.support.answers import code_of
from tests.support.client import PASSWORD, Http, User, unique
from tests.support.node import Node
from tests.support.session_calls import (
    HALF_A_YEAR,
    THIRTY_DAYS,
    grown_older,
    refused_refresh,
)
from tests.support.world import World

ELSEWHERE = {"Origin": "https://elsewhere.example.com"}


@pytest.fixture
async def ann(world: World) -> User:
    return await world.user("ann", connect=False)


async def test_cookie_lasts_no_longer_than_its_session(browser: Browser, here: Node) -> None:
    session = await browser.signup()
    await grown_older(User(here, session), HALF_A_YEAR - 600)
    assert (await browser("/auth/refresh", {}))[0] == 200
    assert browser.given is not None and 500 < int(browser.given["max-age"]) <= 600


# The refresh token as a cookie


class Browser:
    """Keeps the cookie as a browser does, and says which page it is on."""

    def __init__(self, node: Node) -> None:
        self.http = Http(node)
        self.cookie = ""
        self.given: Morsel[str] | None = None

    async def __call__(
        self, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """A POST: its status and body."""
        sent = {"Cookie": f"refresh_token={self.cookie}"} if self.cookie else {}
        options = {} if body is None else {"json": body}
        status, answered, raw = await self.http.raw(
            "POST", path, headers=sent | (headers or {}), **options
        )
        self.given = SimpleCookie(answered.get("Set-Cookie", "")).get("refresh_token")
        if self.given is not None:
            self.cookie = self.given.value
        return status, json.loads(raw) if raw else None

    async def signup(self) -> dict[str, Any]:
        name = unique("ann")
        status, session = await self(
            "/auth/signup",
            {
                "email": f"{name}@example.com",
                "username": name,
                "password": PASSWORD,
                "cookie": True,
            },
        )
        assert status == 201
        return dict(session)


@pytest.fixture
async def browser(here: Node) -> AsyncIterator[Browser]:
    browser = Browser(here)
    yield browser
    await browser.http.close()


async def test_cookie_holds_the_refresh_token_in_place_of_the_body(browser: Browser) -> None:
    session = await browser.signup()

    assert session["refresh_token"] is None
    assert browser.given is not None
    assert browser.given["httponly"] is True
    assert browser.given["samesite"] == "Strict"
    assert browser.given["path"] == "/api/v1/auth"
    assert browser.given["max-age"] == str(THIRTY_DAYS)
    # The tests' servers are on plain HTTP, where a browser would not keep a Secure one.
    assert not browser.given["secure"]
    body = {"login": session["user"]["username"], "password": PASSWORD, "cookie": True}
    status, again = await browser("/auth/signin", body)
    assert (status, again["refresh_token"]) == (200, None)
    assert browser.given is not None


@pytest.mark.parametrize("body", [None, {}, {"refresh_token": None}])
async def test_refresh_reads_and_replaces_the_cookie(browser: Browser, body: Any) -> None:
    first = await browser.signup()
    spent = browser.cookie

    status, session = await browser("/auth/refresh", body)

    assert (status, session["refresh_token"]) == (200, None)
    assert session["session_id"] == first["session_id"]
    assert browser.given is not None and browser.given["httponly"] is True
    assert browser.cookie and browser.cookie != spent
    assert (await browser("/auth/refresh", {}))[0] == 200


async def test_refresh_prefers_the_body_to_the_cookie(browser: Browser, ann: User) -> None:
    await browser.signup()
    status, session = await browser(
        "/auth/refresh", {"refresh_token": ann.session["refresh_token"]}
    )
    assert (status, session["session_id"]) == (200, ann.session["session_id"])
    assert session["refresh_token"] is not None
    assert browser.given is None


async def test_signout_reads_the_cookie_and_removes_it(
    browser: Browser, here: Node, there: Node
) -> None:
    session = await browser.signup()
    cookie = browser.cookie
    # The page was loaded anew: it holds no access token.
    status, _ = await browser("/auth/signout")

    assert status == 204
    assert browser.given is not None
    assert (browser.given.value, browser.given["max-age"]) == ("", "0")
    assert browser.given["path"] == "/api/v1/auth"
    for node in (here, there):
        assert await code_of(node, session["access_token"]) == "unauthenticated"
    assert await refused_refresh(there, {"refresh_token": cookie}) == "unauthenticated"


async def test_signout_with_an_access_token_removes_the_cookie_too(browser: Browser) -> None:
    session = await browser.signup()
    cookie = browser.cookie
    bearer = {"Authorization": f"Bearer {session['access_token']}"}
    status, _ = await browser("/auth/signout", headers=bearer)

    assert status == 204
    assert browser.given is not None and browser.given.value == ""
    assert await refused_refresh(browser.http.node, {"refresh_token": cookie}) == "unauthenticated"


async def test_signout_with_a_dead_cookie_is_unauthenticated(browser: Browser) -> None:
    await browser.signup()
    cookie = browser.cookie
    assert (await browser("/auth/signout"))[0] == 204
    for value in (cookie, "x", ""):
        browser.cookie = value
        status, problem = await browser("/auth/signout")
        assert (status, problem["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("origin", ["https://elsewhere.example.com", "null", "http://localhost"])
async def test_cookie_is_of_no_use_to_another_origin(browser: Browser, origin: str) -> None:
    session = await browser.signup()
    cookie = browser.cookie
    page = {"Origin": origin}
    bearer = {"Authorization": f"Bearer {session['access_token']}"}
    name = session["user"]["username"]

    for path, body, headers in (
        ("/auth/refresh", {}, {}),
        ("/auth/signout", None, {}),
        ("/auth/signout", None, bearer),
        ("/auth/signin", {"login": name, "password": PASSWORD, "cookie": True}, {}),
    ):
        status, problem = await browser(path, body, page | headers)
        assert (status, problem["code"]) == (403, "forbidden"), path
        assert browser.given is None

    assert browser.cookie == cookie
    assert (await browser("/auth/refresh", {}))[0] == 200


async def test_signup_for_another_origin_with_a_cookie_makes_nobody(browser: Browser) -> None:
    name = unique("ann")
    body = {"email": f"{name}@example.com", "username": name, "password": PASSWORD}
    status, problem = await browser("/auth/signup", body | {"cookie": True}, ELSEWHERE)
    assert (status, problem["code"]) == (403, "forbidden")
    assert (await browser("/auth/signup", body))[0] == 201
