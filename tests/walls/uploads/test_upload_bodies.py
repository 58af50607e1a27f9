"""Bodies of uploads that are not files, or that are made to be slow to read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.client import User, outcome
from tests.support.files import NAMED, fetch, named, send
from tests.walls.attacks.media import PART

once = pytest.mark.parametrize("kind", ["sqlite"])


async def raw(user: User, body: bytes, announced: int | None = None) -> tuple[int, bytes]:
    """Send only this part of a body. Returns the status that comes all the same, and the rest of
    the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", user.node.port)
    try:
        writer.write(head(user, len(body) if announced is None else announced) + body)
        async with asyncio.timeout(10):
            await writer.drain()
            status = int((await reader.readline()).split()[1])
            return status, await reader.read(1000)
    finally:
        writer.close()


def head(user: User, announced: int) -> bytes:
    return (
        "POST /api/v1/attachments HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {user.token}\r\nContent-Type: {NAMED['Content-Type']}\r\n"
        f"Content-Length: {announced}\r\n\r\n"
    ).encode()


# --- What is no file ---


@once
@pytest.mark.parametrize(
    "begins",
    [
        pytest.param(b"\n" * 5000, id="newlines"),
        pytest.param(b"\r\n" * 3000, id="empty lines"),
        pytest.param(b"--her" * 1000, id="what is nearly a boundary"),
        pytest.param(b"\r\n--here--" * 2000, id="a body that ended"),
        pytest.param(b"--here\r\n" + b"x" * 20_000, id="a line of a part's head"),
        pytest.param(b"--here\r\n" + b"X-A: b\r\n" * 3000, id="many lines of a part's head"),
        pytest.param((PART + b"\r\n") * 1000, id="empty parts"),
        pytest.param(named(b"x", "a") + b"\r\n" * 10_000, id="what follows the end"),
    ],
)
async def test_it_is_refused_long_before_its_end(ann: User, begins: bytes) -> None:
    """Only this beginning is sent, although a much larger body is announced."""
    status, _ = await raw(ann, begins, announced=900_000)
    assert status == 422


@once
async def test_a_little_before_and_behind_is_passed_over(ann: User) -> None:
    body = named(b"some text", "a.txt")
    for whole in (b"This is a form.\r\n" + body, body + b"\r\n" * 100, b"\r\n" + body):
        attachment = await send(ann, whole, headers=NAMED)
        assert (await fetch(ann, attachment["url"]))[2] == b"some text"
    assert await outcome(send(ann, b"x" * 1100 + b"\r\n" + body, headers=NAMED)) != "ok"


@once
async def test_boundaries(ann: User) -> None:
    def sent(boundary: str) -> Any:
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        body = named(b"some text", "a").replace(b"here", boundary.strip('"').encode())
        return outcome(send(ann, body, headers=kind))

    for good in ("x", "x" * 70, '"with spaces and (signs)"'):
        assert await sent(good) == "ok", good
    for bad in ("x" * 71, "x" * 5000, '""'):
        assert await sent(bad) == "validation_failed", bad


@once
async def test_a_file_may_hold_what_is_nearly_a_boundary(ann: User) -> None:
    for data in (
        b"\r\n--her" * 1000,
        b"\r\n-here--here\r\n" * 1000,
        b"\r" * 1000,
        b"\r\n" * 1000 + b"\r\n--",
    ):
        attachment = await send(ann, named(data, "a"), headers=NAMED)
        assert (await fetch(ann, attachment["url"]))[2] == data


@once
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
async def test_how_a_body_is_cut_into_pieces_does_not_matter(ann: User, size: int) -> None:
    body = named(b"\r\n--her" + bytes(40), "naïve.txt")

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), size):
            yield body[at : at + size]
            await asyncio.sleep(0)

    attachment = await send(ann, pieces(), headers=NAMED)
    assert (attachment["name"], attachment["size"]) == ("naïve.txt", 47)


@once
@pytest.mark.parametrize(
    "line",
    [
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Type: multipart/mixed; boundary=inner",
        b"Content-Length: 3",
    ],
)
async def test_parts_that_are_not_what_they_seem(ann: User, line: bytes) -> None:
    body = named(b"c29tZSB0ZXh0", "a").replace(b"\r\n\r\n", b"\r\n" + line + b"\r\n\r\n", 1)
    assert await outcome(send(ann, body, headers=NAMED)) == "validation_failed"


@once
async def test_tiny_chunks_end_their_connection(ann: User) -> None:
    """Thousands of chunks of a few bytes each, which anybody can send to any path."""
    for path in ("/api/v1/attachments", "/api/v1/auth/signin", "/nowhere"):
        reader, writer = await asyncio.open_connection("127.0.0.1", ann.node.port)
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode() + b"1\r\nx\r\n" * 100_000)
        async with asyncio.timeout(10):
            try:
                while await reader.read(65536):
                    pass
            except ConnectionError:
                pass
        writer.close()
