"""``python -m bench media``: how much memory the server needs to take and to deliver a large file.

VmHWM, the peak memory of the server process, is reset before each part and read after it. The
decoders are other processes and are measured separately. A first file makes the server load what it
loads once. ``upload`` and ``delivery`` are the MB above the memory held just before.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from pathlib import Path
from time import perf_counter

import aiohttp
from PIL import Image

from bench.usage import cpu_seconds, memory_mb
from tests.support.client import User
from tests.support.files import upload
from tests.support.node import Node
from tests.support.world import signup

MB = 1_000_000


def peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


class Watch:
    """Measures the growth of a process's memory while the block runs, its time and its CPU time."""

    def __init__(self, pid: int, what: str) -> None:
        self._pid = pid
        self._what = what

    def __enter__(self) -> None:
        # Writing 5 sets the peak to the current memory; see proc(5).
        Path(f"/proc/{self._pid}/clear_refs").write_text("5")
        self._held, self._cpu = memory_mb(self._pid), cpu_seconds(self._pid)
        self._began = perf_counter()

    def __exit__(self, *_: object) -> None:
        seconds, cpu = perf_counter() - self._began, cpu_seconds(self._pid) - self._cpu
        rise = peak_mb(self._pid) - self._held
        print(f"{self._what:<44} {rise:>8.1f} MB {seconds:>8.2f} s {cpu:>8.2f} s CPU", flush=True)


async def deliver(user: User, url: str) -> None:
    path = url[url.index("/", 8) :]
    async with aiohttp.ClientSession() as http, http.get(user.node.url + path) as answer:
        async for _ in answer.content.iter_chunked(64 * 1024):
            pass


def photograph(size: int) -> bytes:
    """A PNG of noise that has about ``size`` bytes."""
    side = int((size / 3) ** 0.5)
    with tempfile.TemporaryFile() as file:
        image = Image.frombytes("RGB", (side, side), os.urandom(side * side * 3))
        image.save(file, "PNG", compress_level=0)
        file.seek(0)
        return file.read()


async def measure(node: Node, size: int, at_once: int) -> None:
    ann = await signup(node, "ann")
    print(f"{memory_mb(node.pid):.1f} MB before the first file; a file has {size / MB:.1f} MB")
    plain, image = os.urandom(size), photograph(size - MB // 2)
    await deliver(ann, (await upload(ann, os.urandom(MB)))["url"])
    for what, data in (("bytes", plain), ("an image", image)):
        with Watch(node.pid, f"upload of {what}"):
            attachment = await upload(ann, data)
        with Watch(node.pid, f"delivery of {what}"):
            await deliver(ann, attachment["url"])
    with Watch(node.pid, f"upload of bytes, {at_once} at once"):
        await asyncio.gather(*(upload(ann, plain) for _ in range(at_once)))
    with Watch(node.pid, f"delivery of an image, {at_once} at once"):
        await asyncio.gather(*(deliver(ann, attachment["url"]) for _ in range(at_once)))
    print(f"{memory_mb(node.pid):.1f} MB after all")
    await ann.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench media", description=__doc__)
    parser.add_argument("--megabytes", type=float, default=25)
    parser.add_argument("--at-once", type=int, default=8)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        node = Node(Path(folder))
        node.start()
        try:
            asyncio.run(measure(node, int(args.megabytes * MB) - 1000, args.at_once))
        finally:
            node.stop()
