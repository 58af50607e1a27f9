"""The servers under test, each with a crowd in its database."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench.engine.processes import STARTUP, answers, free_port, install
from bench.product.crowd import Crowd, access_tokens, fill_node, fill_ours
from bench.product.tools import Tools
from bench.usage import family_cpu, memory_mb
from tests.support.node import SECRET, Node, clustered

NODE = Path(__file__).parent / "node"
STORES = {"node": "plain", "grouped": "grouped"}
# What the server does after an ack, such as making a message searchable, is done by then (seconds).
AFTERWARDS = 1.5

# Changes the database before the server starts; gets the database's URL.
Prepare = Callable[[str], None]


class Spent(NamedTuple):
    """CPU seconds."""

    server: float
    postgres: float
    redis: float

    @property
    def total(self) -> float:
        """Of what the figures compare: Node has no Redis."""
        return self.server + self.postgres

    def less(self, earlier: Spent) -> Spent:
        return Spent(*(now - then for now, then in zip(self, earlier, strict=True)))


@dataclass
class Site:
    """A server under test, of one process or several, with its database."""

    pids: list[int]
    ports: list[int]
    tokens: list[str]
    tools: Tools
    url: str
    complaints: Callable[[], str]
    refresh_tokens: list[str]

    def spent(self) -> Spent:
        return Spent(sum(map(family_cpu, self.pids)), **self.tools.cpu())

    def settle(self) -> None:
        """Wait until all is done that was put off, and count it: PostgreSQL's writing too."""
        time.sleep(AFTERWARDS)
        self.tools.checkpoint()

    def commits(self) -> int:
        """Transactions of PostgreSQL, within some; 0 if it is not used."""
        return self.tools.commits() if self.url.startswith("postgres") else 0

    def memory_kib(self) -> float:
        return sum(map(memory_mb, self.pids)) * 1024


@contextmanager
def site(
    kind: str, tools: Tools, crowd: Crowd, nodes: int = 1, prepare: Prepare | None = None
) -> Iterator[Site]:
    """Start a server of one of the KINDS: ours in so many processes."""
    with ExitStack() as stack:
        if kind == "sqlite":
            found = [Node(tools.sqlite_folder(), SECRET_KEY=SECRET)]
        elif kind == "ours":
            url = stack.enter_context(tools.database(ours=True))
            tools.forget()
            settings = clustered(url, tools.redis.url)
            found = [Node(tools.new_folder(), **settings) for _ in range(nodes)]
        else:
            url = stack.enter_context(tools.database(ours=kind == "bare"))
            yield stack.enter_context(_peer(kind, tools, crowd, url, prepare))
            return
        yield stack.enter_context(_ours(found, tools, crowd, prepare))


KINDS = {
    "ours": "ours, PostgreSQL + Redis",
    "sqlite": "ours, SQLite",
    "node": "Node + pg",
    "grouped": "Node + pg, grouped",
    "bare": "bare aiohttp",
}


@contextmanager
def _ours(nodes: list[Node], tools: Tools, crowd: Crowd, prepare: Prepare | None) -> Iterator[Site]:
    url = nodes[0].database_url
    refresh = asyncio.run(fill_ours(url, crowd))
    if prepare:
        prepare(url)
    with ExitStack() as stack:
        for node in nodes:
            stack.callback(node.kill)
            node.start()
        yield Site(
            pids=[node.pid for node in nodes],
            ports=[node.port for node in nodes],
            tokens=access_tokens(crowd),
            tools=tools,
            url=url,
            complaints=lambda: "\n".join(str(line) for n in nodes for line in n.errors()),
            refresh_tokens=refresh,
        )


@contextmanager
def _peer(
    kind: str, tools: Tools, crowd: Crowd, url: str, prepare: Prepare | None
) -> Iterator[Site]:
    if kind == "bare":
        asyncio.run(fill_ours(url, crowd))
        command = [sys.executable, "-m", "bench.product.bare", "{port}", url]
    else:
        install(NODE)
        asyncio.run(fill_node(url, crowd))
        command = ["node", str(NODE / "server.js"), "{port}", url, STORES[kind]]
    if prepare:
        prepare(url)
    port, log = free_port(), tools.new_folder() / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [part.format(port=port) for part in command], stdout=file, stderr=file
        )
    try:
        until = time.monotonic() + STARTUP
        while not answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{kind} does not start: {log.read_text()}")
            time.sleep(0.05)
        yield Site(
            pids=[process.pid],
            ports=[port],
            tokens=crowd.session_ids,
            tools=tools,
            url=url,
            complaints=log.read_text,
            refresh_tokens=[],
        )
    finally:
        process.kill()
        process.wait()
