"""A disk without room: what is refused, and how the operator learns of it."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.backends import full
from server.commands import main
from tests.support.client import PATIENCE, Refused, User, new_id
from tests.support.cluster import ready
from tests.support.node import Node
from tests.support.services import Postgres
from tests.support.world import signup

MIB = 1024 * 1024
# Seconds.
FORGOTTEN = 1.0
LINE = "the disk is full: nothing new can be stored"


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own, of that size."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = subprocess.run(["mount", *options], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", "16m") as folder:
        yield folder


def filled(folder: Path) -> Path:
    """Leaves no room on the disk. Returns the file that took it."""
    path = folder / "ballast"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(os.urandom(64 * 1024))
        except OSError:
            pass
    return path


def told(node: Node, event: str) -> int:
    return sum(line.get("event") == event for line in node.log_lines())


async def send_until_refused(ann: User, room_id: str) -> str:
    """The code with which the first of many large messages is refused."""
    for _ in range(2_000):
        body = {"client_id": new_id(), "text": os.urandom(3_900).hex()}
        try:
            await ann.http("POST", f"/rooms/{room_id}/messages", body)
        except Refused as refused:
            return refused.code
    raise AssertionError("the disk was never full")


async def test_a_full_disk_is_told_by_readyz_and_by_one_line(
    small_disk: Path, tmp_path: Path
) -> None:
    node = Node(small_disk, DISK_RESERVE="0")
    # The log is elsewhere: it needs room for the line.
    node.log = tmp_path / "node.log"
    node.start()
    ann = await signup(node, "ann")
    try:
        room = await ann.group()
        assert ready(node)[0] == 200
        ballast = filled(small_disk)
        assert await send_until_refused(ann, room["id"]) == "storage_full"
        for _ in range(3):
            status, body = ready(node)
            assert status == 503
            assert body["tools"]["database"] == body["tools"]["media"] == "full", body
        # What is there is read as before.
        assert (await ann.http("GET", "/rooms"))["items"]
        assert told(node, LINE) == 1
        ballast.unlink()
        await ann.http(
            "POST", f"/rooms/{room['id']}/messages", {"client_id": new_id(), "text": "x"}
        )
    finally:
        await ann.close()
        node.stop()
    assert "Traceback" not in node.log_text()


def small_files(argv: list[str]) -> int:
    """The server under a limit on the size of files, which acts as a quota does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 * MIB, 3 * MIB))
    return main(argv)


async def test_a_quota_counts_as_a_full_disk(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.entry = small_files
    node.start()
    ann = await signup(node, "ann")
    try:
        room = await ann.group()
        assert ready(node)[0] == 200
        assert await send_until_refused(ann, room["id"]) == "storage_full"
        status, body = ready(node)
        assert (status, body["tools"]) == (503, {"database": "full"})
        assert told(node, LINE) == 1
    finally:
        await ann.close()
        node.stop()


def forgetful(argv: list[str]) -> int:
    """The server, which remembers a refusal for a shorter time."""
    full.REMEMBERED = FORGOTTEN
    return main(argv)


async def becomes(node: Node, wanted: tuple[int, dict[str, str]]) -> None:
    """Waits for an answer of /readyz."""
    async with asyncio.timeout(2 * PATIENCE):
        while True:
            status, body = await asyncio.to_thread(ready, node)
            if (status, body["tools"]) == wanted:
                return
            await asyncio.sleep(0.1)


@pytest.fixture
def small_table_space(postgres: Postgres) -> Iterator[tuple[str, Path]]:
    """The URL of a PostgreSQL database whose tables have a disk of their own, and that disk."""
    with mounted(postgres.folder / "small", "32m") as folder:
        postgres.create_table_space("small", folder)
        yield postgres.create_database("small", space="small"), folder
        postgres.drop_database("small")
        postgres.drop_table_space("small")


async def test_a_full_disk_of_postgres_is_told_by_readyz_and_by_one_line(
    small_table_space: tuple[str, Path], tmp_path: Path
) -> None:
    """Also if nobody writes any more, because no traffic comes to a node that is not ready."""
    url, folder = small_table_space
    node = Node(tmp_path, DATABASE_URL=url, AUTO_MIGRATE="on")
    node.entry = forgetful
    node.start()
    ann = await signup(node, "ann")
    try:
        room = await ann.group()
        assert ready(node) == (200, {"status": "ready", "tools": {"database": "ok"}})
        ballast = filled(folder)
        assert await send_until_refused(ann, room["id"]) == "storage_full"
        began = time.monotonic()
        while time.monotonic() < began + 3 * FORGOTTEN:
            status, body = await asyncio.to_thread(ready, node)
            assert (status, body["tools"]) == (503, {"database": "full"})
            await asyncio.sleep(0.2)
        assert (await ann.http("GET", "/rooms"))["items"]
        assert (told(node, LINE), told(node, "the disk has room again")) == (1, 0)
        ballast.unlink()
        await becomes(node, (200, {"database": "ok"}))
        body = {"client_id": new_id(), "text": "x"}
        await ann.http("POST", f"/rooms/{room['id']}/messages", body)
        assert (told(node, LINE), told(node, "the disk has room again")) == (1, 1)
    finally:
        await ann.close()
        node.stop()
    assert "Traceback" not in node.log_text()
