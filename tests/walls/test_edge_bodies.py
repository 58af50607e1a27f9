"""Request bodies that the server does not want are neither decompressed nor read to their end."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.client import PASSWORD
from tests.support.node import Node
from tests.walls.raw_http import get, post, wire

PACKED = gzip.compress(b'{"login": "ann", "password": "x"}')
PATHS = (
    "/api/v1/auth/signin",
    "/api/v1/nowhere",
    "/nowhere",
    "/",
    "/healthz",
    "/socket.io/?EIO=4&transport=polling",
    "/socket.io/?EIO=4&transport=polling&sid=x",
    "/media/x/y",
)
CODINGS = (
    *("gzip", "GZip", "x-gzip", "deflate", "br", "zstd", "compress", "unknown", "*"),
    *("gzip, gzip", "identity, gzip", "gzip;q=1", ",gzip", "gzip,"),
)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    node = Node(tmp_path_factory.mktemp("bodies"))
    yield node.start()
    node.stop()
    assert node.errors() == []


def cpu_seconds(node: Node) -> float:
    fields = Path(f"/proc/{node.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_body_in_a_coding_is_refused(node: Node, coding: str) -> None:
    await asyncio.gather(
        *(
            is_refused(node, path, method, coding)
            for path in PATHS
            for method in ("POST", "GET", "HEAD", "PUT")
        )
    )


async def is_refused(node: Node, path: str, method: str, coding: str) -> None:
    async with wire(node.port) as http:
        raw = get(path, f"Content-Encoding: {coding}", "Content-Length: 9", method=method)
        await http.say(raw)
        if method == "HEAD":
            head = await http.reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 415 ")
            return
        # It is refused before the body comes.
        answer = await http.answer()
        assert (answer.status, answer.code) == (415, "unsupported_media_type"), path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["connection"] == "close"
        await http.say(PACKED)
        assert await http.is_closed()


@pytest.mark.parametrize(
    "headers",
    [
        ("Transfer-Encoding: chunked", "Content-Encoding: gzip"),
        ("Content-Encoding: identity", "Content-Encoding: gzip", "Content-Length: 9"),
        ("content-ENCODING:gzip", "Content-Length: 9"),
        ("Transfer-Encoding: gzip, chunked",),
    ],
)
@pytest.mark.parametrize("path", PATHS)
async def test_so_is_one_in_chunks_or_in_a_transfer_coding(
    node: Node, path: str, headers: tuple[str, ...]
) -> None:
    async with wire(node.port) as http:
        answer = await http.ask(get(path, *headers, method="POST"))
        assert (answer.status, answer.code) == (415, "unsupported_media_type")
        assert await http.is_closed()


async def test_one_in_its_own_coding_is_taken(node: Node) -> None:
    body = json.dumps({"login": "nobody", "password": PASSWORD}).encode()
    json_type = "Content-Type: application/json"
    for coding in ("identity", "Identity", ""):
        async with wire(node.port) as http:
            raw = post("/api/v1/auth/signin", body, json_type, f"Content-Encoding: {coding}")
            assert (await http.ask(raw)).code == "invalid_credentials"
            assert await http.is_open()


async def test_nothing_is_inflated_whatever_comes(node: Node) -> None:
    """Each body would be a gigabyte after decompression."""
    bomb = gzip.compress(bytes(300_000_000), compresslevel=1)
    before = cpu_seconds(node)
    for path in ("/nowhere", "/socket.io/?EIO=4&transport=polling", "/api/v1/auth/signin"):
        async with wire(node.port) as http:
            await http.say(post(path, bomb, "Content-Encoding: gzip")[:900_000])
            assert (await http.answer()).status == 415
    assert cpu_seconds(node) - before < 0.5


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/rooms", "/socket.io/?EIO=4", "/healthz"])
async def test_a_body_that_nobody_reads_is_not_drained(node: Node, path: str) -> None:
    """The client can read the refusal, and cannot go on sending forever."""
    async with wire(node.port) as http:
        await http.say(get(path, "Transfer-Encoding: chunked", method="POST"))
        reading = asyncio.create_task(http.answer())
        piece = b"10000\r\n" + bytes(0x10000) + b"\r\n"
        sent = 0
        with pytest.raises((ConnectionError, TimeoutError)):
            async with asyncio.timeout(20):
                while sent < 500_000_000:
                    await http.say(piece)
                    sent += len(piece)
        assert sent < 100_000_000
        answer = await reading
        assert answer.headers["connection"] == "close"


async def test_a_whole_body_may_be_sent_before_the_refusal_is_read(node: Node) -> None:
    async with wire(node.port) as http:
        await http.say(post("/api/v1/auth/signin", bytes(1_900_000), "Content-Encoding: gzip"))
        assert (await http.answer()).status == 415
        assert await http.is_closed()


async def test_a_small_body_that_is_refused_leaves_the_connection(node: Node) -> None:
    async with wire(node.port) as http:
        head = get("/api/v1/rooms", "Content-Length: 20", method="POST")
        assert (await http.ask(head)).code == "unauthenticated"
        await http.say(b'{"kind": "group"   }')
        assert await http.is_open()


async def test_what_waits_for_a_go_ahead_is_refused_without_one(node: Node) -> None:
    async with wire(node.port) as http:
        raw = get(
            "/nowhere",
            *("Expect: 100-continue", "Content-Encoding: gzip", "Content-Length: 50"),
            method="POST",
        )
        assert (await http.ask(raw)).status == 415
