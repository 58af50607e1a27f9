"""Refresh tokens: rotated, repeatable for a while, and a stolen one ends the session.

Time passes here by moving what the database knows of the last rotation.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from http.cookies import Morsel, SimpleCookie
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.support.client import PASSWORD, Http, Refused, User, code_of, new_id, unique
from tests.support.database import query
from tests.support.node import Node
from tests.support.world import World, world_of

THIRTY_DAYS = 30 * 24 * 3600
HALF_A_YEAR = 180 * 24 * 3600
ELSEWHERE = {"Origin": "https://elsewhere.example.com"}


async def refresh(node: Node, session: dict[str, Any]) -> dict[str, Any]:
    http = Http(node)
    try:
        body = {"refresh_token": session["refresh_token"]}
        answer: dict[str, Any] = await http("POST", "/auth/refresh", body)
        return answer
    finally:
        await http.close()


async def refused_refresh(node: Node, session: dict[str, Any]) -> str:
    with pytest.raises(Refused) as refused:
        await refresh(node, session)
    assert refused.value.status == 401
    return str(refused.value.code)


async def pass_seconds(user: User, seconds: int) -> None:
    """The user's session was last rotated, and would expire, that much earlier."""
    await query(
        user.node,
        "UPDATE sessions SET rotated_at = rotated_at - $1, expires_at = expires_at - $1"
        " WHERE id = $2",
        seconds * 1000,
        user.session["session_id"],
    )


@pytest.fixture
async def ann(world: World) -> User:
    return await world.user("ann", connect=False)


@pytest.fixture
def here(world: World) -> Node:
    return world.nodes[0]


@pytest.fixture
def there(world: World) -> Node:
    """Another node than ``here``, where there are two."""
    return world.nodes[-1]


async def test_refresh_answers_the_next_pair(ann: User, here: Node, there: Node) -> None:
    session = await refresh(there, ann.session)

    assert session.keys() == ann.session.keys()
    assert session["session_id"] == ann.session["session_id"]
    assert session["user"] == ann.session["user"]
    assert session["refresh_token"] != ann.session["refresh_token"]
    assert session["access_token"] != ann.session["access_token"]
    for node in (here, there):
        assert await code_of(node, session["access_token"]) == "ok"
        # It is the same session, and its first access token has not expired.
        assert await code_of(node, ann.token) == "ok"
    assert (await refresh(here, session))["refresh_token"] != session["refresh_token"]


async def test_refresh_ten_at_once_is_one_rotation(ann: User, here: Node, there: Node) -> None:
    answers = await asyncio.gather(*(refresh((here, there)[n % 2], ann.session) for n in range(10)))

    assert all(answer == answers[0] for answer in answers)
    [row] = await query(
        here, "SELECT generation FROM sessions WHERE id = $1", ann.session["session_id"]
    )
    assert row["generation"] == 1
    assert await refresh(there, answers[9])


async def test_refresh_repeated_soon_gets_the_same_answer(
    ann: User, here: Node, there: Node
) -> None:
    first = await refresh(here, ann.session)
    await pass_seconds(ann, 5)
    again = await refresh(there, ann.session)

    assert again["refresh_token"] == first["refresh_token"]
    assert await code_of(here, again["access_token"]) == "ok"


async def test_refresh_repeated_later_gets_a_new_pair_and_voids_the_unused_one(
    ann: User, here: Node, there: Node
) -> None:
    unused = await refresh(here, ann.session)
    await pass_seconds(ann, 11)
    session = await refresh(there, ann.session)

    assert session["refresh_token"] != unused["refresh_token"]
    assert session["session_id"] == unused["session_id"]
    # Void, but no sign of a theft: the session goes on.
    assert await refused_refresh(here, unused) == "unauthenticated"
    assert await code_of(here, session["access_token"]) == "ok"
    assert await refresh(here, session)


async def test_refresh_with_a_token_whose_successor_was_used_revokes_the_session(
    ann: User, here: Node, there: Node
) -> None:
    second = await refresh(here, ann.session)
    third = await refresh(here, second)

    assert await refused_refresh(there, ann.session) == "unauthenticated"

    for node in (here, there):
        for session in (ann.session, second, third):
            assert await code_of(node, session["access_token"]) == "unauthenticated"
            assert await refused_refresh(node, session) == "unauthenticated"


async def test_refresh_counts_a_used_successor_at_any_later_time(ann: User, here: Node) -> None:
    second = await refresh(here, ann.session)
    third = await refresh(here, second)
    await pass_seconds(ann, 24 * 3600)

    assert await refused_refresh(here, ann.session) == "unauthenticated"
    assert await refused_refresh(here, third) == "unauthenticated"


async def test_refresh_makes_the_session_last(ann: User, here: Node) -> None:
    await pass_seconds(ann, THIRTY_DAYS - 60)
    session = await refresh(here, ann.session)
    await pass_seconds(ann, THIRTY_DAYS - 60)
    assert await refresh(here, session)


async def test_refresh_after_the_session_has_expired(ann: User, here: Node, there: Node) -> None:
    await pass_seconds(ann, THIRTY_DAYS + 1)
    for node in (here, there):
        assert await refused_refresh(node, ann.session) == "unauthenticated"


async def grown_older(user: User, seconds: int) -> None:
    """The user signed in that much earlier."""
    await query(
        user.node,
        "UPDATE sessions SET created_at = created_at - $1 WHERE id = $2",
        seconds * 1000,
        user.session["session_id"],
    )


async def test_refresh_makes_no_session_last_for_ever(ann: User, here: Node, there: Node) -> None:
    await grown_older(ann, HALF_A_YEAR - 600)

    session = await refresh(there, ann.session)

    # The access token ends with the session, before its own time, and so does the session's row.
    assert 500 < session["expires_in"] <= 600
    claims = jwt.decode(session["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == session["expires_in"]
    [row] = await query(
        here,
        "SELECT expires_at - created_at AS life FROM sessions WHERE id = $1",
        ann.session["session_id"],
    )
    assert 0 <= HALF_A_YEAR * 1000 - row["life"] < 1000
    assert await refresh(here, session)
    # Also where the row says otherwise: a session that is older than a setting.
    session = await refresh(here, (await refresh(here, session)))
    await grown_older(ann, 601)
    for node in (here, there):
        assert await refused_refresh(node, session) == "unauthenticated"


async def test_cookie_lasts_no_longer_than_its_session(browser: Browser, here: Node) -> None:
    session = await browser.signup()
    await grown_older(User(here, session), HALF_A_YEAR - 600)
    assert (await browser("/auth/refresh", {}))[0] == 200
    assert browser.given is not None and 500 < int(browser.given["max-age"]) <= 600


async def test_sockets_end_with_their_session(folder: Path) -> None:
    node = Node(folder, SESSION_MAX_AGE="3s").start()
    try:
        async with world_of([node]) as world:
            ann = await world.user("ann")
            assert ann.session["expires_in"] <= 3
            await ann.hear("closing", code="token_expired")
            assert await code_of(node, ann.token) == "token_expired"
            assert await refused_refresh(node, ann.session) == "unauthenticated"
    finally:
        node.stop()


async def test_refresh_refuses_what_is_no_refresh_token(ann: User, here: Node) -> None:
    good = ann.session["refresh_token"]
    middle = len(good) // 2
    swapped = "A" if good[middle] != "A" else "B"
    for token in (
        "",
        "x",
        "é",
        ann.token,
        good[:-1],
        good + "A",
        good[:middle] + swapped + good[middle + 1 :],
        new_id(),
    ):
        assert await refused_refresh(here, {"refresh_token": token}) == "unauthenticated"
    assert await refresh(here, ann.session)


async def test_refresh_names_a_missing_token(here: Node) -> None:
    http = Http(here)
    for body in ({}, {"refresh_token": None}):
        with pytest.raises(Refused) as refused:
            await http("POST", "/auth/refresh", body)
        assert (refused.value.code, refused.value.field) == ("validation_failed", "refresh_token")
    await http.close()


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
