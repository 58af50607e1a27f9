"""The load client, driven from here: see ``c/load.c`` for its commands and what it checks."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec

from bench.engine.processes import BUILD, compile_program, cores, on_core
from bench.engine.processes import HERE as ENGINE
from bench.product.crowd import Crowd
from bench.product.sites import Site, Spent

HERE = Path(__file__).parent
PROGRAM = BUILD / "product-load"
# How many clients connect at a time.
PARALLEL = 32


class Flight(NamedTuple):
    """What happened while clients sent. ``spent`` is what the servers used until all was done."""

    seconds: float
    messages: int
    deliveries: int
    others: int
    reordered: int
    unsorted: int
    p50_ms: float
    p99_ms: float
    load_cpu: float
    spent: Spent
    commits: int

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def per_cpu(self) -> float:
        """Messages a CPU second of server and database."""
        return self.messages / self.spent.total

    def each_ms(self, what: str) -> float:
        """The CPU milliseconds of one part for each message."""
        return float(getattr(self.spent, what)) * 1000 / self.messages


def build() -> None:
    """Compile the load client if it does not exist yet or is older than its source."""
    BUILD.mkdir(parents=True, exist_ok=True)
    files = [HERE / "c" / "load.c", HERE / "c" / "talk.c", ENGINE / "c" / "wire.c"]
    headers = [*(HERE / "c").glob("*.h"), *(ENGINE / "c").glob("*.h")]
    newest = max(file.stat().st_mtime for file in (*files, *headers))
    if not PROGRAM.exists() or PROGRAM.stat().st_mtime < newest:
        compile_program(PROGRAM, files)


class Load:
    """The clients of a site, on the last core. ``homes`` is the node of each client, in turn."""

    def __init__(self, site: Site, crowd: Crowd, homes: int = 1) -> None:
        self._site = site
        self._process = subprocess.Popen(
            [PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=partial(on_core, cores()[1]),
        )
        rooms = [f"room {room}" for room in crowd.room_ids]
        clients = [
            f"client {site.ports[_home(user, crowd, homes)]} {room} {site.tokens[user]}"
            for user, room in crowd.clients
        ]
        self._say(*rooms, *clients)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.communicate()

    def _say(self, *lines: str) -> None:
        assert self._process.stdin
        self._process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        self._process.stdin.flush()

    def __call__(self, command: str) -> dict[str, Any]:
        """Give a command and return its answer."""
        self._say(command)
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line or line.startswith(b'{"error"'):
            said = line.decode(errors="replace") or "the load client is gone"
            raise RuntimeError(f"{command}: {said}\n{self._site.complaints()[-3000:]}")
        answer: dict[str, Any] = msgspec.json.decode(line)
        return answer

    def connect(self) -> None:
        self(f"connect {PARALLEL}")

    def flight(self, senders: int, under_way: int, seconds: float) -> Flight:
        """``senders`` clients send as fast as they can, so many messages at a time in all."""
        return self._measured(f"flight {senders} {under_way} {seconds}")

    def pace(self, senders: int, rate: float, seconds: float) -> Flight:
        """``senders`` clients send ``rate`` messages a second in all."""
        return self._measured(f"pace {senders} {rate} {seconds}")

    def _measured(self, command: str) -> Flight:
        before, commits = self._site.spent(), self._site.commits()
        answer = self(command)
        self._site.settle()
        spent = self._site.spent().less(before)
        return Flight(**answer, spent=spent, commits=self._site.commits() - commits)


def _home(user: int, crowd: Crowd, homes: int) -> int:
    """The number of the node of a user. The members of a room are on all of them, in turn."""
    return user // crowd.rooms % homes
