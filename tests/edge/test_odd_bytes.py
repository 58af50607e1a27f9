"""Bytes that belong nowhere, in everything of a request that is read: each gets an answer, none of
them a 500, and none leaves a traceback in the log."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import Http
from tests.support.node import Node
from tests.support.raw_sockets import raw_socket
from tests.support.world import signup
from tests.walls.raw_http import Answer, wire

PROXY = "127.9.9.9"
METRICS = "a-token-of-a-scraper"

ODD = [
    *(b"\xff", b"\xff\xfe", b"\x80", b"\xc2\x85", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\x01"),
    # Digits that int() refuses or takes, and numbers that are too long for it.
    *("²".encode(), "١".encode(), b"1" * 5_000, b"-1", b"1e999", b"0x10", b"1_0", b"\x7f"),
    *("é".encode() * 54, b"%ff%00%ed%a0%80", b'";,=\\', b"", b"a.b.c.d", b"=\xff; =; \xff="),
]  # fmt: skip

HEADERS = [
    *(b"Authorization: ", b"Authorization: Bearer ", b"Authorization: Bearer a.b."),
    *(b"Cookie: ", b"Cookie: refresh_token=", b"Cookie: device=", b"Cookie: device=...."),
    *(b"Host: ", b"Origin: ", b"Origin: http://", b"X-Forwarded-For: ", b"X-Forwarded-For: [::"),
    *(b"X-Forwarded-Proto: ", b"X-Forwarded-Host: ", b"Forwarded: for="),
    *(b"If-None-Match: ", b'If-None-Match: "', b"If-Modified-Since: ", b"If-Range: "),
    *(b"Range: ", b"Range: bytes=", b"Range: bytes=0-"),
    *(b"Accept: ", b"Accept-Encoding: ", b"Accept-Encoding: gzip;q=", b"Accept-Language: "),
    *(b"Content-Type: ", b"Content-Type: application/json; charset="),
    *(b"Content-Type: multipart/form-data; boundary=", b"Content-Disposition: ", b"User-Agent: "),
    *(b"Content-Length: ", b"Content-Encoding: ", b"Transfer-Encoding: ", b"Expect: "),
    *(b"Connection: ", b"Connection: upgrade, ", b"Upgrade: ", b"Sec-WebSocket-Key: "),
    *(b"Sec-WebSocket-Version: ", b"Sec-WebSocket-Protocol: ", b"Sec-WebSocket-Extensions: "),
    *(b"Access-Control-Request-Method: ", b"X-Request-Id: ", b"X-"),
]  # fmt: skip

BODIES = [
    *(b"", b"{}", b"[]", b"null", b'"x"', b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"1" * 5_000),
    *(b'{"\\ud800":1}', b'{"\xff":1}', b'{"\\u0000":"\\u0000"}'),
]
VALUES = [
    *(b'"\\ud800"', b'"\\u0000"', b'"\xff"', b'"\xed\xa0\x80"', b"1e400", b"-1", b"9" * 400),
    *('"٣²"'.encode(), b'["\\udfff"]', '"ａ＠ｘ.ｃｏｍ"'.encode(), b'"a.b"', b"null"),
]  # fmt: skip

PAGES = [
    *("/", "/metrics", "/healthz", "/readyz", "/nowhere", "/api/v1/nowhere", "/api/openapi.json"),
    *("/api/docs", "/assets/x.js", "/media/x.png/y?e=1&s=2", f"/avatars/{'0' * 32}-64.webp"),
    *("/socket.io/?EIO=4&transport=polling", "/socket.io/?EIO=4&transport=websocket"),
    *("/socket.io/?EIO=4&transport=polling&sid=x",),
]
TARGETS = [
    *("/{}", "/api/v1/{}", "/api/v1/rooms/{}", "/api/v1/invites/{}", "/api/v1/users?q={}"),
    *("/api/v1/users?ids={}", "/api/v1/users?limit={}", "/api/v1/users?cursor={}", "/{}?{}"),
    *("/api/v1/search/messages?q={}", "/media/{}/x.png?e=1&s=2", "/media/x.png/{}?e=1&s=2"),
    *("/media/x.png/y?e={}&s=2", "/media/x.png/y?e=99999999999&s={}", "/avatars/{}"),
    *("/assets/{}", "/metrics?{}", "/socket.io/{}?EIO=4", "/socket.io/?EIO={}&transport=polling"),
    *("/socket.io/?EIO=4&transport={}", "/socket.io/?EIO=4&transport=polling&sid={}"),
    *("/socket.io/?EIO=4&transport=polling&j={}", "/api/v1/auth/sessions/{}"),
]  # fmt: skip


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("odd")
    settings = {"TRUSTED_PROXIES": PROXY, "METRICS_TOKEN": METRICS, "CORS_ORIGINS": "http://x"}
    node = Node(folder, **settings).start()
    yield node
    node.stop()


def head(method: str, target: bytes, *lines: bytes, body: bytes = b"") -> bytes:
    """One whose ``lines`` may say anything; what they do not say is as it should be."""
    said = {line.partition(b":")[0].lower() for line in lines}
    usual = [b"Host: chat.example", b"Connection: close"]
    if body or method in ("POST", "PUT", "PATCH"):
        usual += [b"Content-Type: application/json", b"Content-Length: %d" % len(body)]
    kept = [line for line in usual if line.partition(b":")[0].lower() not in said]
    first = b"%s %s HTTP/1.1" % (method.encode(), target)
    return b"\r\n".join((first, *kept, *lines, b"", body))


async def ask(port: int, raw: bytes) -> Answer | None:
    """None where the connection was closed without an answer, or switched to a websocket."""
    async with wire(port, PROXY) as opened:
        try:
            return await opened.ask(raw)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None


async def ask_all(node: Node, port: int, asked: list[bytes]) -> None:
    """Eight at once; whoever gets a 500, or leaves a traceback, is named."""
    seen, wrong = node.log.stat().st_size, list[Any]()
    waiting = iter(asked)

    async def some() -> None:
        for raw in waiting:
            answer = await ask(port, raw)
            if answer is not None and answer.status >= 500:
                wrong.append((raw[:300], answer.status, answer.body[:200]))

    await asyncio.gather(*(some() for _ in range(8)))
    assert wrong == []
    assert node.errors(seen) == []


async def routes(node: Node) -> list[tuple[str, str, list[str]]]:
    """Method, path with ids in place, and the fields of the body, of each call."""
    http = Http(node)
    try:
        _, _, body = await http.raw("GET", node.url + "/api/openapi.json")
    finally:
        await http.close()
    described: dict[str, Any] = json.loads(body)
    found = []
    for path, calls in described["paths"].items():
        filled = re.sub(r"\{[^}]*\}", "01a22b99-e5e3-7036-a747-91488644d111", path)
        target = filled if filled.startswith("/api/v1") else f"/api/v1{filled}"
        for method, call in calls.items():
            if method.upper() in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                found.append((method.upper(), target, _fields(described, call)))
    assert len(found) > 30
    return found


def _fields(described: dict[str, Any], call: dict[str, Any]) -> list[str]:
    content = call.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    while "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return list(schema.get("properties", {}))


async def test_in_headers_of_every_page(node: Node) -> None:
    asked = []
    for page, line in itertools.product(PAGES, HEADERS):
        for odd in ODD:
            asked.append(head("GET", page.encode(), line + odd))
    await ask_all(node, node.port, asked)


async def test_in_headers_of_every_call(node: Node) -> None:
    """With a good token and without; each header with a few of the odd values."""
    ann = await signup(node, "ann")
    token = b"Authorization: Bearer " + ann.token.encode()
    odds = itertools.cycle(ODD)
    asked = []
    for method, target, _ in await routes(node):
        if target.endswith(("/signout", "/deletion")):
            continue
        for line in HEADERS:
            more = () if line.startswith(b"Authorization") else (token,)
            asked.append(head(method, target.encode(), line + next(odds), *more, body=b"{}"))
    await ask_all(node, node.port, asked)


async def test_in_targets(node: Node) -> None:
    ann = await signup(node, "ann")
    token = b"Authorization: Bearer " + ann.token.encode()
    asked = []
    for target, odd in itertools.product(TARGETS, ODD):
        percent = b"".join(b"%%%02x" % byte for byte in odd[:200])
        for written in (odd, percent):
            asked.append(head("GET", target.encode().replace(b"{}", written), token))
    await ask_all(node, node.port, asked)


async def test_in_bodies(node: Node) -> None:
    ann = await signup(node, "ann")
    token = b"Authorization: Bearer " + ann.token.encode()
    asked = []
    for method, target, fields in await routes(node):
        if method not in ("POST", "PUT", "PATCH"):
            continue
        asked += [head(method, target.encode(), token, body=body) for body in BODIES]
        for value in VALUES:
            body = b"{%s}" % b",".join(b'"%s":%s' % (name.encode(), value) for name in fields)
            asked.append(head(method, target.encode(), token, body=body))
    await ask_all(node, node.port, asked)


async def test_in_names_of_uploads(node: Node) -> None:
    ann = await signup(node, "ann")
    token = b"Authorization: Bearer " + ann.token.encode()
    kind = b"Content-Type: multipart/form-data; boundary=x"
    asked = []
    for odd in ODD:
        for named in (
            b'filename="%s"',
            b"filename*=UTF-8''%s",
            b"filename*=%s",
            b'filename="a"; %s',
        ):
            for typed in (b"image/png", odd):
                part = b'Content-Disposition: form-data; name="file"; ' + named % odd
                body = b"--x\r\n%s\r\nContent-Type: %s\r\n\r\nhello\r\n--x--\r\n" % (part, typed)
                length = b"Content-Length: %d" % len(body)
                asked.append(head("POST", b"/api/v1/attachments", token, kind, length, body=body))
    await ask_all(node, node.port, asked)


async def test_in_tokens_on_sockets(node: Node) -> None:
    seen = node.log.stat().st_size
    for token in ("\ud800", "é.é.é", "\x00", "a.\udfff.c", "1." * 500, "²", "", None, 1, ["x"]):
        async with raw_socket(node) as socket:
            await socket.send("40/rooms," + json.dumps({"token": token}))
            # A refusal, or the connection's end.
            await socket.ws.receive()
    assert node.errors(seen) == []


async def test_metrics_refuse_a_token_that_is_no_text(node: Node) -> None:
    for odd in (b"\xff\xfe", "é".encode(), b"\xed\xa0\x80"):
        answer = await ask(node.port, head("GET", b"/metrics", b"Authorization: Bearer " + odd))
        assert answer is not None and (answer.status, answer.code) == (401, "unauthenticated")


async def test_what_is_expected_that_there_is_not(node: Node) -> None:
    for odd in (b"\xff", b"200-ok", "é".encode(), b"100-continue, x"):
        for page in PAGES:
            answer = await ask(node.port, head("GET", page.encode(), b"Expect: " + odd))
            assert answer is not None and answer.status == 400, (page, odd, answer)
            assert answer.code == "validation_failed"
            assert answer.headers["x-content-type-options"] == "nosniff"


async def test_on_a_listener_for_the_metrics(tmp_path: Path) -> None:
    node = Node(tmp_path / "apart", METRICS_ADDR="127.0.0.1:0", METRICS_TOKEN=METRICS).start()
    try:
        line = next(line for line in node.log_lines() if line["event"] == "serving metrics")
        asked = [
            head("GET", page, name + odd)
            for page in (b"/metrics", b"/nowhere")
            for name in HEADERS
            for odd in ODD[:8]
        ]
        await ask_all(node, int(line["port"]), asked)
    finally:
        node.stop()
