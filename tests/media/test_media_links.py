"""The addresses of files: who may read from them, which part, and from which pages."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.support.files import (
    fetch,
    picture,
    upload,
)
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("no_errors_logged")

once = pytest.mark.parametrize("kind", ["sqlite"])


# --- Addresses ---


async def test_an_address_is_signed(world: World) -> None:
    ann = await world.user("ann", connect=False)
    one = await upload(ann, b"some text", "one.txt")
    url = one["url"]
    wrong = [
        url[:-1] + ("A" if url[-1] != "A" else "B"),
        url.replace("e=", "e=1"),
        re.sub(r"e=[0-9]+", "e=1000000000", url),
        re.sub(r"e=[0-9]+", "e=x", url),
        url.replace("one.txt", "two.exe"),
        url.replace(".bin/", ".png/"),
        url.partition("?")[0],
        (await upload(ann, b"another"))["url"].partition("?")[0] + "?" + url.partition("?")[2],
        re.sub(r"/media/[^/]*/", "/media/..%2F..%2Fsecret_key/", url),
    ]
    for address in wrong:
        status, _, body = await fetch(ann, address)
        assert status == 403 and b'"code":"forbidden"' in body, address
    days = (int(re.findall(r"e=([0-9]+)", url)[0]) % 86400, (await fetch(ann, url))[0])
    assert days == (0, 200)


async def test_ranges_and_conditions(world: World) -> None:
    ann = await world.user("ann", connect=False)
    data = bytes(range(256)) * 2000
    url = (await upload(ann, data))["url"]
    size = len(data)
    for wanted, start, end in [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=400000-", 400_000, size),
        ("bytes=-100", size - 100, size),
        ("bytes=-99999999", 0, size),
        ("bytes=500000-99999999", 500_000, size),
    ]:
        status, headers, body = await fetch(ann, url, Range=wanted)
        assert (status, body) == (206, data[start:end]), wanted
        assert headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
    for wanted in (f"bytes={size}-", "bytes=99999999-", "bytes=-0"):
        status, headers, body = await fetch(ann, url, Range=wanted)
        assert (status, body, headers["Content-Range"]) == (416, b"", f"bytes */{size}")
    for ignored in ("bytes=5-1", "bytes=0-1,4-5", "lines=1-2", "bytes=x", "bytes=-"):
        status, _, body = await fetch(ann, url, Range=ignored)
        assert (status, body) == (200, data), ignored
    _, headers, _ = await fetch(ann, url)
    tag = headers["ETag"]
    assert (await fetch(ann, url, **{"If-None-Match": tag}))[0] == 304
    assert (await fetch(ann, url, **{"If-None-Match": '"another"'}))[0] == 200
    part = {"Range": "bytes=0-0", "If-Range": '"another"'}
    assert (await fetch(ann, url, **part))[0] == 200
    assert (await fetch(ann, url, **part | {"If-Range": tag}))[0] == 206


async def test_head_tells_of_the_file(world: World) -> None:
    ann = await world.user("ann", connect=False)
    url = (await upload(ann, b"some text", "a.txt"))["url"]
    path = ann.node.url + url[url.index("/", 8) :]
    status, headers, body = await ann.http.raw("HEAD", path)
    assert (status, body, headers["Content-Length"]) == (200, b"", "9")


@once
async def test_many_at_once(world: World) -> None:
    ann = await world.user("ann", connect=False)
    files = [picture("JPEG", (100 + n, 80)) for n in range(100)]
    answers = await asyncio.gather(*(upload(ann, data) for data in files))
    assert [answer["width"] for answer in answers] == [100 + n for n in range(100)]
    assert len({answer["url"] for answer in answers}) == 100


@once
async def test_pages_of_allowed_origins_may_read_files(world: World) -> None:
    ann = await world.user("ann", connect=False)
    url = (await upload(ann, b"some text"))["url"]
    for address in (url, url + "x"):
        _, headers, _ = await fetch(ann, address, Origin=ann.node.url)
        assert headers["Access-Control-Allow-Origin"] == ann.node.url
        assert "Content-Range" in headers["Access-Control-Expose-Headers"]
        _, headers, _ = await fetch(ann, address, Origin="https://evil.example")
        assert "Access-Control-Allow-Origin" not in headers
    path = ann.node.url + url[url.index("/", 8) :]
    asked = {"Origin": ann.node.url, "Access-Control-Request-Method": "GET"}
    status, headers, _ = await ann.http.raw("OPTIONS", path, headers=asked)
    assert status == 204 and "Range" in headers["Access-Control-Allow-Headers"]
