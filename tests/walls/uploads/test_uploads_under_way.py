"""Running uploads count towards the quota, are limited in number, and leave disk space free."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.client import Refused, User, outcome
from tests.support.files import NAMED, picture, send, upload
from tests.support.node import Node
from tests.support.world import signup
from tests.walls.attacks.media import PART

MB = 1_000_000

# The bytes that may exceed the quota: the form data around a file, for each running upload.
AROUND = 4 * 16 * 1024


once = pytest.mark.parametrize("kind", ["sqlite"])


def incoming(node: Node) -> Path:
    return Path(node.settings["MEDIA_URL"].removeprefix("file:")) / "incoming"


def lying(node: Node) -> int:
    """The number of bytes in ``incoming``."""
    found = 0
    for path in incoming(node).rglob("*"):
        try:
            found += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return found


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
    """Running uploads are counted over all nodes. Uploads that have ended no longer count."""
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
    """Also if many uploads of unknown size come at the same time."""
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
