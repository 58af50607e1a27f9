"""What pages of other origins may read, and what they may not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.support.client import Http, User
from tests.support.field_kinds import SOME_ID
from tests.support.node import Node
from tests.support.problems import ALLOWED_ORIGIN, OWN_ORIGIN, check_problem
from tests.support.raw_sockets import HANDSHAKE, handshake, raw_socket

THEIRS = "https://evil.example"

# As one would ask: a name that holds ours, another scheme, no page at all.
FOREIGN = (
    THEIRS,
    ALLOWED_ORIGIN + ".evil.example",
    "http://app.example.com",
    ALLOWED_ORIGIN + ":8443",
    "null",
    "",
)


# --- Origins ---


def cors(headers: Mapping[str, str]) -> dict[str, str]:
    return {k.lower(): v for k, v in headers.items() if k.lower().startswith("access-control-")}


async def test_pages_of_an_allowed_origin_may_read_what_they_get(ann: User) -> None:
    """Errors too, and what the headers say."""
    for method, path, status in [
        ("GET", "/users/me", 200),
        ("GET", "/nowhere", 404),
        ("PUT", "/unread", 405),
        ("POST", "/auth/signin", 422),
    ]:
        answer = await ann.http.raw(method, path, headers={"Origin": ALLOWED_ORIGIN})
        assert answer[0] == status
        allowed = cors(answer[1])
        assert allowed["access-control-allow-origin"] == ALLOWED_ORIGIN
        assert allowed["access-control-allow-credentials"] == "true"
        assert "Retry-After" in allowed["access-control-expose-headers"]
        assert "Origin" in answer[1]["Vary"]


async def test_pages_of_other_origins_may_not(ann: User) -> None:
    for origin in FOREIGN:
        for path in ("/users/me", "/nowhere"):
            _, headers, _ = await ann.http.raw("GET", path, headers={"Origin": origin})
            assert cors(headers) == {}, origin
    _, headers, _ = await ann.http.raw("GET", "/users/me")
    assert cors(headers) == {}


async def test_a_preflight_is_answered_for_allowed_origins_alone(edge: Node, http: Http) -> None:
    asks = {
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    for path in ("/users/me", "/auth/signup", f"/rooms/{SOME_ID}", "/nowhere"):
        status, headers, body = await http.raw(
            "OPTIONS", path, headers={"Origin": ALLOWED_ORIGIN, **asks}
        )
        assert (status, body) == (204, b"")
        allowed = cors(headers)
        assert allowed["access-control-allow-origin"] == ALLOWED_ORIGIN
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            assert method in allowed["access-control-allow-methods"]
        for name in ("Authorization", "Content-Type"):
            assert name in allowed["access-control-allow-headers"]
        for origin in FOREIGN:
            _, headers, _ = await http.raw("OPTIONS", path, headers={"Origin": origin, **asks})
            assert cors(headers) == {}, origin


async def test_a_page_of_another_origin_gets_no_cookie_and_uses_none(ann: User, http: Http) -> None:
    body = {"login": ann.username, "password": "correct horse battery", "cookie": True}
    for origin in FOREIGN[:-1]:
        foreign = {"Origin": origin}
        answer = await http.raw("POST", "/auth/signin", json=body, headers=foreign)
        check_problem(answer, "forbidden")
        assert "Set-Cookie" not in answer[1]
        cookie = {"Cookie": f"refresh_token={ann.session['refresh_token']}", **foreign}
        check_problem(await http.raw("POST", "/auth/refresh", headers=cookie), "forbidden")


async def test_sockets_open_for_allowed_origins_alone(edge: Node) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    for origin in FOREIGN:
        for transport, headers in (("polling", {}), ("websocket", upgrade)):
            status, refusal = await handshake(edge, transport, Origin=origin, **headers)
            assert (status, refusal["code"]) == (403, "forbidden"), origin
    for given in ({}, {"Origin": ALLOWED_ORIGIN}, {"Origin": OWN_ORIGIN}):
        assert (await handshake(edge, **given))[0] == 200
        async with raw_socket(edge, **given) as socket:
            assert socket.opening["sid"]


async def test_polling_answers_name_the_allowed_origin(edge: Node, http: Http) -> None:
    url = edge.url + HANDSHAKE + "polling"
    _, headers, _ = await http.raw("GET", url, headers={"Origin": ALLOWED_ORIGIN})
    assert cors(headers)["access-control-allow-origin"] == ALLOWED_ORIGIN
    for origin in FOREIGN:
        _, headers, _ = await http.raw("GET", url, headers={"Origin": origin})
        # That they are refused is all that they may read, and not with their cookies.
        assert cors(headers) == {"access-control-allow-origin": "*"}, origin


async def test_any_origin_is_let_in_by_a_star_but_to_no_cookie(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    node = Node(tmp_path_factory.mktemp("star"), CORS_ORIGINS="*").start()
    http = Http(node)
    try:
        _, headers, _ = await http.raw("GET", "/users/me", headers={"Origin": THEIRS})
        assert cors(headers)["access-control-allow-origin"] == THEIRS
        assert "access-control-allow-credentials" not in cors(headers)
        assert (await handshake(node, Origin=THEIRS))[0] == 200
        cookie = {"Cookie": "refresh_token=x", "Origin": THEIRS}
        check_problem(await http.raw("POST", "/auth/refresh", headers=cookie), "forbidden")
    finally:
        await http.close()
        node.stop()
