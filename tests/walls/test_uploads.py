"""Bodies of uploads: whatever stands in one, little of it is read in vain, and all of it counts."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import Refused, User, outcome
from tests.support.files import NAMED, fetch, named, picture, send, upload
from tests.support.node import Node, clustered
from tests.support.services import Postgres, Redis
from tests.support.world import signup
from tests.walls.attacks.media import PART

MB = 1_000_000
LIMITS = {
    "RATE_LIMITS": "on",
    "LIMIT_STORED_BYTES_PER_USER": "1MiB",
    "LIMIT_UPLOADS": "1000/s",
    "LIMIT_HTTP": "1000/s",
    "LIMIT_SIGNUP": "1000/h",
}
# What may lie beyond the quota: what stands around a file, for each upload at once.
AROUND = 4 * 16 * 1024

Nodes = list[Node]


@pytest.fixture(scope="module")
def limited(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Nodes]]:
    """One node, or two that share a database and a folder."""
    made: dict[str, Nodes] = {}

    def of(kind: str) -> Nodes:
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            settings, names = LIMITS | {"MEDIA_URL": f"file:{folder}/media"}, ["one"]
            if kind == "postgres":
                postgres: Postgres = request.getfixturevalue("postgres")
                redis: Redis = request.getfixturevalue("redis")
                settings |= clustered(postgres.create_database("upload_walls"), redis.url)
                names = ["one", "two"]
            made[kind] = [Node(folder / name, **settings).start() for name in names]
        return made[kind]

    yield of
    for node in (node for nodes in made.values() for node in nodes):
        node.stop()
        assert node.errors() == []


@pytest.fixture
async def users(kind: str, limited: Callable[[str], Nodes]) -> AsyncIterator[list[User]]:
    """Ann, on each node."""
    nodes = limited(kind)
    ann = await signup(nodes[0], "ann")
    others = [User(node, ann.session) for node in nodes[1:]]
    yield [ann, *others]
    for user in (ann, *others):
        await user.close()


@pytest.fixture
def ann(users: list[User]) -> User:
    return users[0]


once = pytest.mark.parametrize("kind", ["sqlite"])


def incoming(node: Node) -> Path:
    return Path(node.settings["MEDIA_URL"].removeprefix("file:")) / "incoming"


def lying(node: Node) -> int:
    """Bytes in ``incoming``."""
    found = 0
    for path in incoming(node).rglob("*"):
        try:
            found += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return found


async def raw(user: User, body: bytes, announced: int | None = None) -> tuple[int, bytes]:
    """Sends so much of a body and no more: the status that comes all the same, and what follows."""
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
    """No more comes than this, though so much more is announced."""
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
    """Of a few bytes each, by the thousand; anybody may send them, to any address."""
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


# --- What is under way ---


@contextmanager
def opened_uploads(made: list[asyncio.Task[str]]) -> Iterator[None]:
    try:
        yield
    finally:
        for task in made:
            task.cancel()


def slow(data: bytes, go: asyncio.Event) -> AsyncIterator[bytes]:
    async def pieces() -> AsyncIterator[bytes]:
        yield PART + data
        await go.wait()
        yield b"\r\n--here--\r\n"

    return pieces()


async def test_uploads_under_way_count(users: list[User]) -> None:
    """On all nodes together; what was under way and is not any more counts no more."""
    ann, go = users[0], asyncio.Event()
    data = os.urandom(700_000)
    first = asyncio.create_task(outcome(send(ann, slow(data, go), headers=NAMED)))
    with opened_uploads([first]):
        async with asyncio.timeout(10):
            while lying(ann.node) < 600_000:
                await asyncio.sleep(0.02)
        for user in users:
            assert await outcome(upload(user, data)) == "storage_full"
            assert await outcome(send(user, slow(data, go), headers=NAMED)) == "storage_full"
            assert await outcome(upload(user, data[:150_000])) == "ok"
        assert lying(ann.node) <= 2**20 + AROUND
    async with asyncio.timeout(10):
        while await outcome(upload(ann, data[: 2**20 - 150_000 * len(users) - 1000])) != "ok":
            await asyncio.sleep(0.05)


@once
async def test_few_are_taken_at_once(ann: User) -> None:
    go = asyncio.Event()
    made = [
        asyncio.create_task(outcome(send(ann, slow(b"x" * 1000, go), headers=NAMED)))
        for _ in range(8)
    ]
    with opened_uploads(made):
        async with asyncio.timeout(10):
            while len([*incoming(ann.node).glob("*")]) < 4:
                await asyncio.sleep(0.02)
        bob = await signup(ann.node, "bob")
        assert await outcome(upload(bob, picture())) == "ok"
        assert len([*incoming(ann.node).glob("*")]) == 4
        go.set()
        assert await asyncio.gather(*made) == ["ok"] * 8
        await bob.close()


async def test_what_a_killed_node_left_is_removed_and_no_more(folder: Path) -> None:
    media = {"MEDIA_URL": f"file:{folder}/media"}
    one, two = (Node(folder / name, **media).start() for name in ("one", "two"))
    try:
        ann, bob = await signup(one, "ann"), await signup(two, "bob")
        go = asyncio.Event()
        made = [
            asyncio.create_task(outcome(send(user, slow(b"x" * 200_000, go), headers=NAMED)))
            for user in (ann, bob)
        ]
        async with asyncio.timeout(10):
            while len([*incoming(one).glob("*/original")]) < 2:
                await asyncio.sleep(0.02)
        one.kill()
        assert len([*incoming(one).glob("*")]) == 2
        one.start()
        assert len([*incoming(one).glob("*")]) == 1
        go.set()
        assert await made[1] == "ok"
        assert [*incoming(one).glob("*")] == []
        made[0].cancel()
        await bob.close()
    finally:
        one.stop()
        two.stop()


async def test_some_of_the_disk_stays_free(folder: Path) -> None:
    """Also when many uploads come at once, of which nobody knows how large they are."""
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "small", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a small file system can only be mounted by root")
    node = Node(folder / "node", MEDIA_URL=f"file:{disk}")
    try:
        node.start()
        ann = await signup(node, "ann")

        async def unknown() -> AsyncIterator[bytes]:
            yield PART
            for _ in range(9):
                yield bytes(MB)
            yield b"\r\n--here--\r\n"

        sent = [outcome(send(ann, unknown(), headers=NAMED)) for _ in range(8)]
        answers = await asyncio.gather(*sent)
        assert set(answers) <= {"ok", "storage_full"} and "storage_full" in answers
        free = os.statvfs(disk)
        assert free.f_bavail * free.f_frsize >= 2 * MB
        with pytest.raises(Refused) as refused:
            for _ in range(5):
                await upload(ann, bytes(9 * MB))
        assert (refused.value.status, refused.value.code) == (507, "storage_full")
        free = os.statvfs(disk)
        assert free.f_bavail * free.f_frsize >= 2 * MB
        assert await outcome(upload(ann, picture())) == "ok"
        await ann.close()
        assert node.errors() == []
    finally:
        node.stop()
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
