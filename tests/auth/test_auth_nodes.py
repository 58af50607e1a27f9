"""Sign-ins at nodes of their own: over a restart, over HTTPS, in the log, and without Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from http.cookies import SimpleCookie
from typing import Any

import pytest

from tests.support.answers import code_of, connect_errors
from tests.support.client import PASSWORD, Http, Refused, User, outcome, unique
from tests.support.node import Node, clustered
from tests.support.services import Postgres, Redis
from tests.support.world import World, world_of

SITE = "https://chat.example.com"
ELSEWHERE = "https://elsewhere.example.com"


async def signin(node: Node, user: User, password: str = PASSWORD) -> dict[str, Any]:
    http = Http(node)
    try:
        body = {"login": user.username, "password": password}
        session: dict[str, Any] = await http("POST", "/auth/signin", body)
        return session
    finally:
        await http.close()


# One node, with SQLite


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    settings = {"PUBLIC_URL": SITE, "RATE_LIMITS": "on", "LOG_LEVEL": "debug"}
    node = Node(tmp_path_factory.mktemp("alone"), **settings).start()
    yield node
    node.stop()


@pytest.fixture
async def ann(alone: Node) -> AsyncIterator[User]:
    async with world_of([alone]) as world:
        yield await world.user("ann", connect=False)


async def test_sessions_survive_a_restart(alone: Node, ann: User) -> None:
    ended = await signin(alone, ann)
    assert await code_of(alone, ended["access_token"], "POST /auth/signout") == "ok"

    alone.kill()
    alone.start()

    assert await code_of(alone, ann.token) == "ok"
    assert (await (await ann.connect()).call("sync", rooms={}))["ok"]
    refresh = {"refresh_token": ann.session["refresh_token"]}
    assert await code_of(alone, None, "POST /auth/refresh", refresh) == "ok"
    assert await code_of(alone, ended["access_token"]) == "unauthenticated"
    refresh = {"refresh_token": ended["refresh_token"]}
    assert await code_of(alone, None, "POST /auth/refresh", refresh) == "unauthenticated"


async def test_cookie_of_a_site_on_https(alone: Node, ann: User) -> None:
    http = Http(alone)
    body = {"login": ann.username, "password": PASSWORD, "cookie": True}
    status, headers, _ = await http.raw("POST", "/auth/signin", json=body, headers={"Origin": SITE})
    cookie = SimpleCookie(headers["Set-Cookie"])["refresh_token"]

    assert status == 200
    assert cookie["secure"] is True
    assert cookie["httponly"] is True
    assert headers["Access-Control-Allow-Origin"] == SITE
    assert headers["Access-Control-Allow-Credentials"] == "true"
    sent = {"Cookie": f"refresh_token={cookie.value}"}
    for origin, expected in ((ELSEWHERE, 403), (SITE.replace("https", "http"), 403), (SITE, 200)):
        status, headers, _ = await http.raw(
            "POST", "/auth/refresh", json={}, headers=sent | {"Origin": origin}
        )
        assert status == expected, origin
        assert ("Access-Control-Allow-Origin" in headers) == (expected == 200)
    await http.close()


async def test_change_password_is_limited_as_signin_is(ann: User) -> None:
    async def change(current: str) -> str:
        body = {"current_password": current, "new_password": "another good password"}
        return await outcome(ann.http("POST", "/auth/password", body))

    assert [await change("not her password") for _ in range(5)] == ["invalid_credentials"] * 5
    assert [await change("not hers"), await change(PASSWORD)] == ["rate_limited"] * 2


async def test_the_log_holds_no_secret(alone: Node, ann: User) -> None:
    first = ann.session
    wrong, new = "a wrong password", "a quite new password"
    with pytest.raises(Refused):
        await signin(alone, ann, wrong)
    second = await signin(alone, ann)
    socket = await ann.connect()
    await socket.call("refresh_auth", token=ann.token)
    await ann.http("POST", "/auth/password", {"current_password": PASSWORD, "new_password": new})
    # A token of an ended session, in every place where there is one.
    assert await connect_errors(alone, {"token": second["access_token"]})
    assert await code_of(alone, second["access_token"]) == "unauthenticated"
    third = await ann.http("POST", "/auth/refresh", {"refresh_token": first["refresh_token"]})
    await ann.http("POST", "/auth/refresh", {"refresh_token": third["refresh_token"]})
    stolen = {"refresh_token": first["refresh_token"]}
    assert await code_of(alone, None, "POST /auth/refresh", stolen) == "unauthenticated"
    # What is refused unread must not be shown either.
    odd = {"login": ann.username, "password": new, "unheard_of": 1}
    assert await code_of(alone, None, "POST /auth/signin", odd) == "validation_failed"

    log = alone.log_text()
    assert "refresh token reused" in log
    secrets = [PASSWORD, wrong, new]
    for session in (first, second, third):
        secrets += [session["refresh_token"], session["access_token"].split(".")[2]]
    assert not [secret for secret in secrets if secret in log]
    assert "$argon2id$" not in log


# Two nodes, whose Redis goes away


@pytest.fixture(scope="module")
def redis_of_two() -> Iterator[Redis]:
    with Redis() as service:
        yield service


@pytest.fixture(scope="module")
def two(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, redis_of_two: Redis
) -> Iterator[list[Node]]:
    folder = tmp_path_factory.mktemp("two")
    settings = clustered(postgres.create_database("without_redis"), redis_of_two.url)
    with ExitStack() as stack:
        nodes = [Node(folder / name, **settings) for name in ("one", "two")]
        for node in nodes:
            stack.callback(node.start().stop)
        yield nodes


@pytest.mark.parametrize("outage", ["killed", "hanging"])
async def test_without_redis_sessions_go_on_and_end_on_every_node(
    two: list[Node], redis_of_two: Redis, outage: str
) -> None:
    async with world_of(two) as world:
        ann, bob = [await world.user(name) for name in ("ann", "bob")]
        phone = User(two[0], await signin(two[0], ann))
        world.users.append(phone)
        sockets = [await phone.connect(node) for node in two]
        if outage == "killed":
            redis_of_two.kill()
        else:
            redis_of_two.pause()
        try:
            await check_that_sessions_go_on(world, ann)

            await phone.http("POST", "/auth/signout")

            for node in two:
                assert await code_of(node, phone.token) == "unauthenticated"
                assert await connect_errors(node, {"token": phone.token})
            # Not to be waited for: the answer was held back until all nodes knew.
            for socket in sockets:
                assert len(socket.all("closing", code="unauthenticated")) == 2
                assert socket.closed.is_set()
        finally:
            redis_of_two.resume()
            redis_of_two.start()
        if outage == "killed":
            # Each node says so when it hears the others again.
            for user in (ann, bob):
                await user.hear("resync")
        for node in two:
            assert await code_of(node, phone.token) == "unauthenticated"
            assert await code_of(node, ann.token) == "ok"
        socket = await bob.connect(two[0])
        await bob.http("POST", "/auth/signout")
        await socket.hear("closing", code="unauthenticated")


async def check_that_sessions_go_on(world: World, ann: User) -> None:
    for node in world.nodes:
        username = unique("carol")
        body = {"email": f"{username}@example.com", "username": username, "password": PASSWORD}
        assert await code_of(node, None, "POST /auth/signup", body) == "ok"
        session = await signin(node, ann)
        assert await code_of(node, session["access_token"]) == "ok"
        refresh = {"refresh_token": session["refresh_token"]}
        assert await code_of(node, None, "POST /auth/refresh", refresh) == "ok"
        assert (await (await ann.connect(node)).call("sync", rooms={}))["ok"]
