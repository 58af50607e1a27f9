"""The limit on trying invalid tokens, paths and ids, over HTTP and on sockets."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator

import pytest

from tests.support.client import Http
from tests.support.node import KINDS, Node, clustered
from tests.support.raw_sockets import raw_socket
from tests.support.services import Postgres, Redis
from tests.support.world import signup, world_of

PROBED = {"RATE_LIMITS": "on", "TRUSTED_PROXIES": "127.0.0.1", "LIMIT_SIGNUP": "1000/h"}


@pytest.fixture(scope="module", params=KINDS)
def probed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Node]]:
    folder = tmp_path_factory.mktemp("probed")
    settings, names = PROBED, ["one"]
    if request.param == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        redis: Redis = request.getfixturevalue("redis")
        settings = settings | clustered(postgres.create_database("probed"), redis.url)
        names = ["one", "two"]
    nodes = [Node(folder / name, **settings, LIMIT_PROBES="1/h:20").start() for name in names]
    yield nodes
    for node in nodes:
        node.stop()


_addresses = (f"198.51.102.{n}" for n in itertools.count(1))


TRIED = {
    **dict.fromkeys(("forged", "ended"), 401),
    **dict.fromkeys(("paths", "pages", "files", "ids", "codes", "previews"), 404),
    **dict.fromkeys(("resets", "confirmations", "undoings"), 422),
    **{"sessions": 400, "signatures": 403},
}
WRONG_TOKEN = {"token": "of my own making"}


@pytest.mark.parametrize("what", TRIED)
async def test_who_tries_around_is_told_to_stop(probed: list[Node], what: str) -> None:
    """All nodes count together. A user with a valid token gets in all the same."""
    address = next(_addresses)
    async with world_of(probed) as world:
        ann, bob = [await world.user(name, connect=False) for name in ("ann", "bob")]
        if what == "ended":
            await bob.http("POST", "/auth/signout")
        tries = {
            "forged": ("/api/v1/users/me", f"{ann.token}x"),
            "ended": ("/api/v1/users/me", bob.token),
            "paths": ("/api/v1/nowhere", ""),
            "pages": ("/wp-login.php", ""),
            "files": (f"/avatars/{'0' * 32}-64.webp", ""),
            "ids": (f"/api/v1/rooms/{'0' * 8}-0000-0000-0000-{'0' * 12}", bob.token),
            "codes": ("/api/v1/invites/abcdefghijkl", bob.token),
            "previews": ("/api/v1/invites/abcdefghijkl", ""),
            "resets": ("/api/v1/auth/password/reset", ""),
            "confirmations": ("/api/v1/auth/email/verify", ""),
            "undoings": ("/api/v1/auth/email/undo", ""),
            "sessions": ("/socket.io/?EIO=4&transport=polling&sid=of_my_own_making", ""),
            "signatures": (f"/media/{'0' * 32}.png/x.png?e=99999999999&s=mine", ""),
        }
        path, token = tries[what]
        more = {"new_password": "another good password"} if what == "resets" else {}
        body = {"json": WRONG_TOKEN | more} if TRIED[what] == 422 else {}
        statuses = []
        for n in range(30):
            http = Http(probed[n % len(probed)], token or None)
            http.session.headers["X-Forwarded-For"] = f"{address}:{n}"
            method = "POST" if body else "GET"
            status, headers, _ = await http.raw(method, http.node.url + path, **body)
            statuses.append(status)
            if status == 429:
                assert int(headers["Retry-After"]) >= 1
            await http.close()
        expected = TRIED[what]
        assert set(statuses) == {expected, 429}
        assert 20 <= statuses.count(expected) <= 22
        # A user with a valid token, behind the same address.
        http = Http(probed[0], ann.token)
        http.session.headers["X-Forwarded-For"] = address
        assert await http("GET", "/users/me")
        await http.close()


async def test_so_is_who_tries_tokens_on_sockets(probed: list[Node]) -> None:
    headers = {"X-Forwarded-For": next(_addresses)}
    codes = []
    for n in range(5):
        async with raw_socket(probed[n % len(probed)], **headers) as socket:
            for _ in range(6):
                codes.append((await socket.connect("/rooms", {"token": "x"}))["data"]["code"])
    assert set(codes) == {"unauthenticated", "rate_limited"}
    assert 20 <= codes.count("unauthenticated") <= 22


@pytest.mark.parametrize("what", ["ids", "events", "tokens"])
async def test_so_is_who_tries_around_on_a_socket(probed: list[Node], what: str) -> None:
    """Once signed in; what is there is answered all the same."""
    headers = {"X-Forwarded-For": next(_addresses)}
    codes = []
    async with world_of(probed) as world:
        ann = await world.user("ann", connect=False)
        tries = {
            "ids": ("get_room", {"room_id": f"{'0' * 8}-0000-0000-0000-{'0' * 12}"}),
            "events": ("look_around", {}),
            "tokens": ("refresh_auth", {"token": f"{ann.token}x"}),
        }
        event, payload = tries[what]
        for node in probed:
            async with raw_socket(node, **headers) as socket:
                await socket.connect("/rooms", {"token": ann.token})
                for n in range(30 // len(probed)):
                    await socket.send(f"42/rooms,{n}{json.dumps([event, payload])}")
                    _, answer = await socket.ack()
                    codes.append(answer["error"]["code"])
                await socket.send(
                    f"42/rooms,99{json.dumps(['refresh_auth', {'token': ann.token}])}"
                )
                assert (await socket.ack())[1]["ok"]
    expected = "unauthenticated" if what == "tokens" else "not_found"
    assert set(codes) == {expected, "rate_limited"}
    assert 20 <= codes.count(expected) <= 22


async def test_an_expired_token_is_nobodys_try(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A good client sometimes sends an expired token, and an office with many clients often."""
    settings = {"RATE_LIMITS": "on", "LIMIT_PROBES": "1/h:5", "ACCESS_TOKEN_TTL": "1"}
    node = Node(tmp_path_factory.mktemp("expiring"), **settings).start()
    try:
        ann = await signup(node, "ann")
        http = Http(node, ann.token)
        async with asyncio.timeout(10):
            while (await http.raw("GET", "/users/me"))[0] == 200:
                await asyncio.sleep(0.1)
        for _ in range(20):
            _, _, body = await http.raw("GET", "/users/me")
            assert json.loads(body)["code"] == "token_expired"
        await http.close()
    finally:
        node.stop()
