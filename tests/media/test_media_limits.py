"""How much may be uploaded, and that nothing is left of what was not kept."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from server.kernel.errors import Invalid
from server.media.decoding import Decoders
from server.media.entity import OpenedFile
from tests.support.client import Refused, User, outcome
from tests.support.database import query
from tests.support.files import NAMED, bomb, named, picture, upload
from tests.support.node import Node, clustered
from tests.support.world import signup

LIMITS = {
    "RATE_LIMITS": "on",
    "LIMIT_STORED_BYTES_PER_USER": "100KB",
    "LIMIT_MAX_UPLOAD_BYTES": "1MB",
    "LIMIT_UPLOADS": "150/h",
    "LIMIT_HTTP": "1000/s",
    "LIMIT_NEW_CONNECTIONS": "1000/s",
    "LIMIT_CONNECTIONS_PER_ADDRESS": "1000",
    "LIMIT_HANDLER_TIMEOUT": "2",
}


@pytest.fixture(scope="module")
def limited(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Node]]:
    """A node with small limits, of each kind."""
    made: dict[str, Node] = {}

    def of(kind: str) -> Node:
        if kind not in made:
            settings = dict(LIMITS)
            if kind == "postgres":
                database = request.getfixturevalue("postgres").create_database("media_limits")
                settings |= clustered(database, request.getfixturevalue("redis").url)
            made[kind] = Node(tmp_path_factory.mktemp(kind), **settings)
            made[kind].start()
        return made[kind]

    yield of
    for node in made.values():
        node.stop()
        assert node.errors() == []


@pytest.fixture
async def ann(kind: str, limited: Callable[[str], Node]) -> AsyncIterator[User]:
    ann = await signup(limited(kind), "ann")
    yield ann
    await ann.close()


once = pytest.mark.parametrize("kind", ["sqlite"])


def files(node: Node) -> list[Path]:
    return [path for path in (node.folder / "media").rglob("*") if path.is_file()]


async def kept(user: User) -> list[dict[str, Any]]:
    return await query(
        user.node, "SELECT key, size FROM attachments WHERE uploader_id = $1", user.id
    )


async def nothing_more(node: Node, before: list[Path]) -> None:
    """What an upload under way had written is gone soon."""
    async with asyncio.timeout(10):
        while sorted(files(node)) != sorted(before):
            await asyncio.sleep(0.02)
    assert not [*(node.folder / "media" / "incoming").glob("*")]


async def test_quota_holds_whoever_races(ann: User) -> None:
    """100 at once, of which ten have room."""
    before = files(ann.node)
    uploads = [outcome(upload(ann, os.urandom(10_000))) for _ in range(100)]
    answers = await asyncio.gather(*uploads)
    assert sorted(answers) == ["ok"] * 10 + ["storage_full"] * 90
    assert sum(row["size"] for row in await kept(ann)) == 100_000
    assert len(files(ann.node)) == len(before) + 10


async def test_uploads_are_rate_limited(ann: User) -> None:
    answers = await asyncio.gather(*(outcome(upload(ann, b"")) for _ in range(160)))
    assert sorted(answers) == ["rate_limited"] * 10 + ["validation_failed"] * 150


@once
async def test_a_file_that_is_too_large_is_refused_when_it_is_known(ann: User) -> None:
    before = files(ann.node)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield b"x" * 100_000

    assert await outcome(upload(ann, b"x" * 1_200_000)) == "payload_too_large"
    # Of this one nobody knows how large it is, and there is no room for even a part of it.
    assert await outcome(upload(ann, endless())) == "storage_full"
    await nothing_more(ann.node, before)
    assert await kept(ann) == []


@once
async def test_an_upload_that_is_cut_leaves_nothing(ann: User) -> None:
    before = files(ann.node)
    body = named(os.urandom(90_000), "a.bin")
    head = (
        "POST /api/v1/attachments HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {ann.token}\r\nContent-Type: {NAMED['Content-Type']}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    for part in (0.01, 0.5, 0.99):
        _, writer = await asyncio.open_connection("127.0.0.1", ann.node.port)
        writer.write(head + body[: int(len(body) * part)])
        await writer.drain()
        async with asyncio.timeout(10):
            while not [*(ann.node.folder / "media" / "incoming").glob("*")]:
                await asyncio.sleep(0.01)
        writer.close()
        await nothing_more(ann.node, before)
    assert await kept(ann) == []


@once
async def test_a_slow_upload_is_not_late(ann: User) -> None:
    """The deadline of requests is for those that are answered at once."""

    async def slow() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield b"x" * 100
            await asyncio.sleep(0.5)

    assert (await upload(ann, slow()))["size"] == 600


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "small", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("a small file system can only be mounted by root")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def refused_for_want_of_room(ann: User) -> None:
    with pytest.raises(Refused) as refused:
        await upload(ann, os.urandom(3_000_000))
    assert (refused.value.status, refused.value.code) == (507, "storage_full")
    with pytest.raises(Refused) as refused:
        await upload(ann, picture("PNG", (1000, 700), mode="RGB", compress_level=0))
    assert (refused.value.status, refused.value.code) == (507, "storage_full")
    assert await kept(ann) == []
    assert (await upload(ann, picture()))["width"] == 64


async def test_a_full_disk_is_storage_full(folder: Path) -> None:
    with small_disk(folder / "small"):
        node = Node(folder / "node", MEDIA_URL=f"file:{folder}/small")
        node.start()
        try:
            ann = await signup(node, "ann")
            await refused_for_want_of_room(ann)
            left = [path for path in (folder / "small").rglob("*") if path.is_file()]
            assert len(left) == 2
            await ann.close()
        finally:
            node.stop()
        assert node.errors() == []


async def test_a_file_that_the_system_will_not_take_is_storage_full(folder: Path) -> None:
    node = Node(folder)
    node.start()
    try:
        ann = await signup(node, "ann")
        resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
        await refused_for_want_of_room(ann)
        assert len(files(node)) == 2
        await ann.close()
    finally:
        node.stop()


def decoder_processes() -> list[psutil.Process]:
    return [
        child for child in psutil.Process().children() if "decoder.py" in " ".join(child.cmdline())
    ]


async def test_a_decoder_that_hangs_is_replaced(folder: Path) -> None:
    source, target, thumbnail = folder / "in", folder / "out", folder / "thumbnail"
    source.write_bytes(picture("PNG", (300, 300)))

    def open_it(decoders: Decoders) -> Awaitable[OpenedFile]:
        for each in (target, thumbnail):
            each.unlink(missing_ok=True)
        return decoders.run("image", "ann", source, {0: target, 512: thumbnail}, "PNG")

    decoders = Decoders(patience=0.5)
    await decoders.run("duration", "ann", source, kind="wav")
    [child] = decoder_processes()
    child.suspend()
    with pytest.raises(Invalid):
        await open_it(decoders)
    found = await open_it(decoders)
    assert (found.width, found.height) == (300, 300)
    for child in decoder_processes():
        child.kill()
        child.wait()
    with pytest.raises(Invalid):
        await open_it(decoders)
    assert await open_it(decoders) == found
    await decoders.close()
    assert decoder_processes() == []


async def test_bombs_cost_the_server_no_memory(folder: Path) -> None:
    node = Node(folder)
    node.start()
    try:
        ann = await signup(node, "ann")
        await upload(ann, picture())
        before = psutil.Process(node.pid).memory_info().rss
        answers = await asyncio.gather(
            *(outcome(upload(ann, bomb(20_000, 20_000))) for _ in range(20)),
            *(outcome(upload(ann, bomb(6_000, 6_000))) for _ in range(10)),
        )
        assert set(answers) == {"ok"}
        assert psutil.Process(node.pid).memory_info().rss < before + 10_000_000
        assert node.errors() == []
        await ann.close()
    finally:
        node.stop()
