"""Where HTTP meets the routes: paths, methods, tokens, headers, and what is no HTTP at all."""

from __future__ import annotations

import asyncio
import json
import re
import uuid

from tests.support.client import PATIENCE, Http, User
from tests.support.contract import ROUTES
from tests.support.field_kinds import SOME_ID
from tests.support.node import Node
from tests.support.problems import check_problem

# --- Paths and methods ---


async def test_a_path_that_is_nowhere_is_a_problem(edge: Node, http: Http) -> None:
    for path in ("/api/v1", "/api/v1/", "/api/v1/nowhere", "/api/v2/rooms", "/api", "/apis"):
        check_problem(await http.raw("GET", edge.url + path), "not_found")
    for path in (
        "/nowhere",
        "/index.html",
        "/style.css/x",
        "/web/index.html",
        "/.env",
        "//",
        "/%00",
    ):
        check_problem(await http.raw("GET", edge.url + path), "not_found")
    for path in (
        "/..%2f.env",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/style.css%00.html",
        "/%FF",
        "/x" * 2000,
    ):
        check_problem(await http.raw("GET", edge.url + path), "not_found")


async def test_a_wrong_method_is_a_problem_that_names_the_right_ones(
    edge: Node, http: Http
) -> None:
    for method, path, allowed in [
        ("PUT", "/api/v1/auth/signin", "POST"),
        ("GET", "/api/v1/auth/signup", "POST"),
        ("DELETE", "/api/v1/users", "GET, HEAD"),
        ("OPTIONS", "/api/v1/unread", "GET, HEAD"),
        ("PROPFIND", f"/api/v1/rooms/{SOME_ID}", "DELETE, GET, HEAD, PATCH"),
        ("POST", "/healthz", "GET, HEAD"),
        ("DELETE", "/metrics", "GET, HEAD"),
        ("POST", "/", "GET, HEAD"),
    ]:
        answer = await http.raw(method, edge.url + path)
        check_problem(answer, "method_not_allowed")
        assert answer[1]["Allow"] == allowed, path


async def test_head_answers_as_get_without_the_body(edge: Node, ann: User) -> None:
    plain = {"Accept-Encoding": "identity"}
    for path in ("/users/me", "/rooms", "/unread", f"{edge.url}/", f"{edge.url}/healthz"):
        status, headers, body = await ann.http.raw("GET", path, headers=plain)
        assert (status, len(body)) == (200, int(headers["Content-Length"]))
        again, same, nothing = await ann.http.raw("HEAD", path, headers=plain)
        assert (again, nothing) == (200, b"")
        for name in ("Content-Type", "Content-Length"):
            assert same[name] == headers[name], path


# --- Who calls ---


async def test_every_call_but_the_open_ones_needs_a_token(http: Http) -> None:
    ids = dict.fromkeys(("room_id", "user_id", "id", "code"), SOME_ID) | {"seq": "1", "emoji": "x"}
    for name, call in ROUTES.items():
        method, path = name.split()
        body = {"extra": 1} if call.open else {}
        answer = await http.raw(method, path.format(**ids), json=body)
        if call.open:
            check_problem(answer, "validation_failed")
        else:
            check_problem(answer, "unauthenticated")
            assert answer[1]["WWW-Authenticate"].startswith("Bearer")


async def test_what_is_no_bearer_token_is_unauthenticated(edge: Node, ann: User) -> None:
    http = Http(edge)
    for header in (
        *("", "Bearer", "Bearer ", "Bearer  ", "bearer x", "Bearer null", "Bearer a.b.c"),
        *("Basic YW5uOng=", ann.token, f"Token {ann.token}", f"Bearer {ann.token}x"),
        *(
            f"Bearer {ann.token} {ann.token}",
            "Bearer é",
            "Bearer \udcff\udcfe",
            "Bearer " + "x" * 7000,
        ),
        f"Bearer {ann.session['refresh_token']}",
    ):
        headers = {"Authorization": header}
        check_problem(await http.raw("GET", "/users/me", headers=headers), "unauthenticated")
    # Addresses are logged and passed on: no place for a token.
    check_problem(await http.raw("GET", f"/users/me?token={ann.token}"), "unauthenticated")
    for scheme in ("Bearer", "bearer", "BEARER"):
        headers = {"Authorization": f"{scheme} {ann.token}"}
        assert (await http.raw("GET", "/users/me", headers=headers))[0] == 200
    await http.close()


async def test_a_cookie_that_is_no_refresh_token_opens_nothing(http: Http) -> None:
    for cookie in ("x", "x" * 7000, "a.b.c", "%00", "x=x", '"', "é\udcff"):
        headers = {"Cookie": f"refresh_token={cookie}"}
        check_problem(await http.raw("POST", "/auth/refresh", headers=headers), "unauthenticated")
    # What cannot be read as a cookie is none.
    for raw in ("", "=", ";;;", "refresh_token", "refresh_token=", "\udcff"):
        answer = await http.raw("POST", "/auth/refresh", headers={"Cookie": raw})
        assert check_problem(answer, "validation_failed")["errors"][0]["field"] == "refresh_token"


async def test_every_wrong_field_of_a_body_is_named(edge: Node, ann: User) -> None:
    http = Http(edge, ann.token)
    body = {"kind": "pair", "name": 4, "colour": "red"}
    problem = check_problem(await http.raw("POST", "/rooms", json=body), "validation_failed")
    assert problem["errors"] == [
        {"field": "kind", "message": 'kind must be one of "direct", "group".'},
        {"field": "name", "message": "name must be text, not a whole number."},
        {"field": "colour", "message": "colour is not a known field."},
    ]
    assert problem["detail"] == problem["errors"][0]["message"]
    await http.close()


# --- What every answer has ---


async def test_every_answer_has_an_id_of_its_own(ann: User) -> None:
    ids = []
    for method, path in [("GET", "/users/me"), ("GET", "/nowhere"), ("POST", "/rooms")]:
        # The client's own says nothing: it would let anybody write into the log.
        theirs = {"X-Request-Id": SOME_ID}
        _, headers, _ = await ann.http.raw(method, path, headers=theirs)
        ids.append(str(uuid.UUID(headers["X-Request-Id"])))
    assert len(set(ids)) == 3
    assert SOME_ID not in ids


async def test_no_answer_is_kept_or_taken_for_something_else(ann: User) -> None:
    for method, path in [("GET", "/users/me"), ("DELETE", f"/auth/sessions/{SOME_ID}")]:
        _, headers, _ = await ann.http.raw(method, path)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert method != "GET" or headers["Cache-Control"] == "no-store"


async def test_what_is_no_engine_io_request_is_refused(edge: Node, http: Http) -> None:
    base = f"{edge.url}/socket.io/"
    for query in (
        *(
            "",
            "?EIO=4",
            "?EIO=3&transport=polling",
            "?EIO=4&transport=carrier",
            "?transport=polling",
        ),
        *(
            "?EIO=4&transport=websocket",
            "?EIO=4&transport=polling&sid=x",
            "?EIO=4&transport=polling&j=0",
        ),
        *("?EIO=4&transport=polling&sid=%00", "?EIO=%FF&transport=%FF", "?" + "x" * 4000),
    ):
        for method in ("GET", "POST", "PUT", "DELETE"):
            status, _, body = await http.raw(method, base + query)
            assert status in (400, 405), (method, query)
            refusal = json.loads(body)
            assert refusal["code"] == "validation_failed" and refusal["message"]


# --- What is no HTTP ---


async def say(node: Node, raw: bytes, wait: bool = True) -> bytes:
    """Bytes as they are, on a connection of their own, and what comes back before its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    try:
        writer.write(raw)
        await writer.drain()
        if not wait:
            return b""
        writer.write_eof()
        async with asyncio.timeout(PATIENCE):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


HOST = b"Host: chat.example.com\r\n"

POST = b"POST /api/v1/auth/signin HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"

NO_HTTP = (
    *(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x00" * 1000, b"hello\r\n\r\n"),
    *(b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nNo colon\r\n\r\n"),
    *(b"GET /\x00 HTTP/1.1\r\n\r\n", "GET /é HTTP/1.1\r\n\r\n".encode(), b"GET  HTTP/1.1\r\n\r\n"),
    *(b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n", b"GET /?" + b"q" * 100_000 + b" HTTP/1.1\r\n\r\n"),
    *(b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    # Lengths that lie, and two that disagree.
    *(POST + b"Content-Length: -1\r\n\r\n{}", POST + b"Content-Length: x\r\n\r\n{}"),
    POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: gzip\r\n\r\n{}",
)

# Requests of clients that are cut off.
BROKEN_OFF = (
    *(b"", b"GET", b"GET / HTTP/1.1\r\n" + HOST, POST + b"Content-Length: 50\r\n\r\n"),
    POST + b'Content-Length: 50\r\n\r\n{"login": "ann"',
    POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}",
    POST + b"Content-Encoding: gzip\r\nContent-Length: 50\r\n\r\n\x1f\x8b\x08",
)


REFUSED = re.compile(rb"HTTP/1\.[01] 4\d\d ")


async def test_what_is_no_http_is_refused_and_no_error_of_ours(edge: Node, http: Http) -> None:
    for raw in NO_HTTP:
        answer = await say(edge, raw)
        assert not answer or REFUSED.match(answer), (raw[:60], answer[:60])
        assert b"Traceback" not in answer
    for raw in BROKEN_OFF:
        for wait in (True, False):
            answer = await say(edge, raw, wait)
            assert not answer or REFUSED.match(answer), (raw[:60], answer[:60])
    assert (await http.raw("GET", f"{edge.url}/healthz"))[0] == 200
    assert edge.errors() == []


async def test_a_client_that_goes_before_its_answer_is_no_error_of_ours(
    edge: Node, ann: User
) -> None:
    lines = f"Host: x\r\nAuthorization: Bearer {ann.token}\r\nContent-Type: application/json\r\n"
    body = json.dumps({"kind": "group", "name": "left behind"})
    request = f"POST /api/v1/rooms HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n{body}"
    for _ in range(20):
        await say(edge, request.encode(), wait=False)
    # Whether it was still begun or not, each is done in whole or not at all.
    for room in (await ann.http("GET", "/rooms"))["items"]:
        assert (room["last_seq"], room["member_count"]) == (1, 1)
    assert edge.errors() == []
