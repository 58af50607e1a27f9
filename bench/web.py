"""The web client's speed for its user: its start, a very long room, and a room with many writers.

    python -m bench web

`web/bench` drives Chromium (or the browser that `CHROMIUM` names) against a real server. The app
has to be built, and `npm ci` must have been run in `web/`. The data is kept in `build/bench-web`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import subprocess
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any, NamedTuple

import aiohttp

from bench.client import Sender
from bench.usage import machine, median
from server.seed import SEEDED_PASSWORD, Plan
from server.seed.people import person
from server.seed.speech import Sentences, Words
from tests.support.node import ROOT, Node

RESULTS = Path(__file__).parent / "results" / "web.md"
WEB = ROOT / "web"
WORLD = ROOT / "build" / "bench-web"
# The first of these rooms has 100,000 messages.
PLAN = Plan(users=20, rooms=3, messages=208_000)
SENDERS = 10
PER_SECOND = 100

# Makes all users active members of all rooms who have read everything.
SEATS = """
    UPDATE room_members SET active = true, role = 'member', (last_read_seq, last_read_ordinal) = (
        SELECT seq, ordinal FROM messages m WHERE m.room_id = room_members.room_id
        ORDER BY seq DESC LIMIT 1)
"""
COUNT = """
    UPDATE rooms SET member_count = (
        SELECT count(*) FROM room_members m WHERE m.room_id = rooms.id)
"""


class World(NamedTuple):
    node: Node
    room: str
    messages: int


@contextmanager
def world() -> Iterator[World]:
    node = Node(WORLD, DATABASE_URL=f"sqlite:///{WORLD / 'chat.db'}")
    if not (WORLD / "seeded").exists():
        _seed(node)
    with sqlite3.connect(WORLD / "chat.db") as database:
        database.execute(SEATS)
        database.execute(COUNT)
        longest = "SELECT id, last_seq FROM rooms ORDER BY last_seq DESC LIMIT 1"
        room, messages = database.execute(longest).fetchone()
    node.start()
    try:
        yield World(node, room, messages)
    finally:
        node.stop()


def _seed(node: Node) -> None:
    print(f"seeding {PLAN.messages:,} messages", flush=True)
    sizes = {"users": PLAN.users, "rooms": PLAN.rooms, "messages": PLAN.messages}
    with node.begin("seed", *(f"--{name}={value}" for name, value in sizes.items())) as process:
        _, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"seed failed:\n{errors}")
    (WORLD / "seeded").touch()


def measured(world: World, measure: str) -> Any:
    """The results of ``web/bench``."""
    command = ["node", "bench/run.js", measure, world.node.url, world.room, str(world.messages)]
    print(measure, flush=True)
    done = subprocess.run(command, cwd=WEB, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


async def crowd(world: World) -> Any:
    """The results of ``web/bench`` while many users write."""
    print("stream", flush=True)
    browser = await asyncio.create_subprocess_exec(
        "node",
        "bench/run.js",
        "stream",
        world.node.url,
        world.room,
        cwd=WEB,
        stdin=PIPE,
        stdout=PIPE,
    )
    async with aiohttp.ClientSession() as http:
        senders = [await sign_in(http, world.node, n) for n in range(1, SENDERS + 1)]
        await said(browser)
        assert browser.stdin
        browser.stdin.write(b"\n")
        found = await while_all_write(senders, world.room, said(browser))
        for sender in senders:
            await sender.close()
    await browser.wait()
    return json.loads(found)


async def sign_in(http: aiohttp.ClientSession, node: Node, n: int) -> Sender:
    login = {"login": person(n).username, "password": SEEDED_PASSWORD}
    async with http.post(f"{node.api}/auth/signin", json=login) as answer:
        token = (await answer.json())["access_token"]
    return await Sender.connect(http, node.url, token)


async def while_all_write(senders: list[Sender], room: str, look: Awaitable[bytes]) -> bytes:
    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for n, sender in enumerate(senders):
            tasks.create_task(write(sender, n, room, over))
        found = await look
        over.set()
    return found


async def write(sender: Sender, n: int, room: str, over: asyncio.Event) -> None:
    """Send as the n-th of SENDERS, which together send PER_SECOND messages a second."""
    speeches, rng = (Words(), Sentences()), Random(n)
    began = perf_counter() + n / PER_SECOND
    for turn in count():
        await asyncio.sleep(began + turn * SENDERS / PER_SECOND - perf_counter())
        if over.is_set():
            return
        await sender.send(room, speeches[turn % 2].say(rng, "work"))


async def said(browser: Process) -> bytes:
    assert browser.stdout
    if not (line := await browser.stdout.readline()):
        raise RuntimeError("the browser has ended")
    return line


class Row(NamedTuple):
    what: str
    found: str
    wanted: str


def report(messages: int, start: Any, open: Any, stream: Any, audit: Any) -> str:
    long = stream["long"]
    longest = f", the longest {max(long):.0f} ms" if long else ""
    before, after = stream["before"], stream["after"]
    rows = [
        Row("JavaScript of the sign-in screen", weight(start["scripts"]), "150 KB"),
        Row("JavaScript of a room, at its address", weight(open["scripts"]), "150 KB"),
        Row("sign-in screen, interactive", spread(start["interactive"]), "1,000 ms"),
        Row("sign-in screen, first paint", spread(start["firstPaint"]), ""),
        Row(f"room of {messages:,} messages, first time", spread(open["first"]), "300 ms"),
        Row("the same, once more", spread(open["again"]), "300 ms"),
        Row("the same, at its address", spread(open["reload"]), ""),
        Row(
            "messages a second while one reads",
            f"{stream['messages'] / stream['seconds']:.0f}",
            "100",
        ),
        Row(f"long tasks in {stream['seconds']} s of that", f"{len(long)}{longest}", "none"),
        Row(
            "heap before and after",
            f"{before['megabytes']:.1f}, {after['megabytes']:.1f} MB",
            "flat",
        ),
        Row("DOM nodes before and after", f"{before['nodes']:,}, {after['nodes']:,}", "flat"),
        *(
            Row(f"Lighthouse, {screen}: {category}", f"{score:.0f}", "100")
            for screen, found in audit.items()
            for category, score in found["scores"].items()
        ),
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    faults = "".join(f"\n- {fault}" for found in audit.values() for fault in found["faults"])
    return f"{INTRODUCTION}\n{machine()}\n\n{HEAD}\n{table}\n" + (f"{faults}\n" if faults else "")


def weight(scripts: Any) -> str:
    return f"{scripts['gzipped'] / 1000:.1f} KB, {scripts['count']} files"


def spread(values: list[float]) -> str:
    return f"{median(values):.0f} ms ({min(values):.0f} to {max(values):.0f}, {len(values)} times)"


def main() -> None:
    argparse.ArgumentParser(prog="python -m bench web", description=__doc__).parse_args()
    with world() as here:
        text = report(
            here.messages,
            start=measured(here, "start"),
            open=measured(here, "open"),
            stream=asyncio.run(crowd(here)),
            audit=measured(here, "audit"),
        )
    RESULTS.write_text(text)
    print("\n" + text)


HEAD = "| what | found | wanted |\n| --- | ---: | ---: |"

INTRODUCTION = """# The web client

`python -m bench web`: the built app in Chromium, before a server with SQLite on the same machine,
which has to serve and to draw with the same cores. Times are the median, the least and the most.

- **JavaScript** is all that was loaded when the screen could be used, as it is sent to a browser
  that takes gzip (brotli is smaller by a tenth). In a room it is what draws plain texts; the first
  one with Markdown brings 16 KB more. The service worker's own script does not count: it is
  installed after signing in, beside the page.
- **Interactive**: from the navigation until the sign-in form is painted and the page has gone on to
  its next task, so that a key pressed is a letter shown. Each time it is a new browser with a new
  profile: no file, no compiled code, no connection is kept. Starting the browser does not count.
- **A room** is open when the latest messages fill the view and are painted, from the press on its
  link. The first time only its last message is known; once more is after another room. At its
  address is a reload: the app starts, with the service worker and what IndexedDB keeps.
- **While one reads**, ten people write in that room, a hundred messages a second in all, for ten
  seconds before anything is looked at. Long tasks are those of 50 ms and more. Heap and nodes are
  counted after the garbage was collected.
"""
