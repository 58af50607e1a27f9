"""``python -m bench walls --before DIR``: what two well-behaved users feel of each attack.

Each attack of ``tests/walls/attacks`` runs against a server of its own: first one of the checkout
in DIR, an earlier version, then one of this version. The figures are the waits for the acks of two
users who send 8 messages a second each (p95, in ms), quiet and attacked, and by how many MB the
server's memory grew at its peak. They go into the table of docs/security.md; without ``--before``
this version alone is measured, and the table keeps its figures of the earlier one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from bench.usage import machine
from tests.support.node import ROOT, START_TIMEOUT, STOP_TIMEOUT, Node, clustered
from tests.support.services import Postgres, Redis
from tests.walls.attacks import ATTACKS
from tests.walls.bystanders import LONGEST, bystanders_of
from tests.walls.harness import SETTINGS, Attack
from tests.walls.measuring import Felt, felt

PAGE = ROOT / "docs" / "security.md"
MARKS = ("<!-- attacks: {} -->\n", "<!-- /attacks: {} -->")
NAMES = {"sqlite": "SQLite, one process.", "postgres": "PostgreSQL and Redis, one node."}
HEAD = """\
| attack | quiet | before | now | times quiet | MB before | MB now |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
"""


class Earlier(Node):
    """A node that runs the code of another checkout."""

    def __init__(self, tree: Path, folder: Path, **settings: str) -> None:
        super().__init__(folder, **settings)
        self.tree = tree
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._server is not None
        return self._server.pid

    def start(self) -> Self:
        with self.log.open("wb") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "server"],
                cwd=self.tree,
                env=self.environment,
                stderr=log,
            )
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self._server.poll() is None:
            self.port = self.port or self._announced_port(0)
            if self.port and self._ready():
                return self
            time.sleep(0.05)
        raise RuntimeError(f"the node did not start:\n{self.log_text()[-3000:]}")

    def stop(self) -> None:
        """Kill the server. It may be busy for minutes with what it was sent, so it gets no time to
        shut down."""
        if self._server is not None:
            self._server.kill()
            self._server.wait(STOP_TIMEOUT)


def node_of(tree: Path | None, folder: Path, settings: dict[str, str]) -> Node:
    return Earlier(tree, folder, **settings) if tree else Node(folder, **settings)


def measured(
    attack: Attack, number: int, tree: Path | None, where: dict[str, str], seconds: float
) -> Felt:
    with tempfile.TemporaryDirectory() as folder:
        node = node_of(tree, Path(folder), SETTINGS | where | dict(attack.settings))
        try:
            node.start()
            return asyncio.run(measured_on(node, attack, number, seconds))
        finally:
            node.stop()


async def measured_on(node: Node, attack: Attack, number: int, seconds: float) -> Felt:
    async with bystanders_of(node) as bystanders:
        return await felt(bystanders, attack, number, seconds)


def cells(before: Felt | None, now: Felt, kept: list[str]) -> list[str]:
    """Of an attack's row. Where nothing was measured before, what the page has is ``kept``."""
    was = [_waited(before), f"{before.memory_mb:.0f}"] if before else [kept[1], kept[4]]
    waits = [f"{now.quiet_p95:.0f}", was[0], _waited(now), f"{now.ratio:.1f}"]
    return [*waits, was[1], f"{now.memory_mb:.0f}"]


def _waited(seen: Felt) -> str:
    late = seen.attacked_p95 >= LONGEST * 1000
    return "no ack" if late else f"{seen.attacked_p95:,.0f}"


@contextlib.contextmanager
def databases(kind: str) -> Iterator[Any]:
    """Yield a function that returns the settings of a node with a new database."""
    if kind == "sqlite":
        yield lambda name: {}
        return
    with Postgres() as postgres, Redis() as redis:
        yield lambda name: clustered(postgres.create_database(name), redis.url)


def rows(kind: str) -> dict[str, list[str]]:
    """What docs/security.md has between the marks of that database, by attack."""
    text = PAGE.read_text().split(MARKS[0].format(kind))[1].split(MARKS[1].format(kind))[0]
    found = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {what: rest for what, *rest in found[2:]}


def write(table: dict[str, list[str]], kind: str) -> None:
    begin, end = (mark.format(kind) for mark in MARKS)
    lines = [
        f"| {attack.what} | {' | '.join(table[attack.what])} |\n"
        for attack in ATTACKS.values()
        if attack.what in table
    ]
    text = f"\n{NAMES[kind]} {machine()}\n\n{HEAD}{''.join(lines)}\n"
    head, rest = PAGE.read_text().split(begin)
    PAGE.write_text(f"{head}{begin}{text}{end}{rest.split(end)[1]}")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench walls", description=__doc__)
    options.add_argument("names", nargs="*", metavar="NAME", help="attacks (default: all)")
    options.add_argument("--before", type=Path, metavar="DIR", help="an earlier checkout")
    options.add_argument("--database", choices=tuple(NAMES), default="sqlite")
    options.add_argument("--seconds", type=float, default=5.0)
    given = options.parse_args()
    unknown = set(given.names) - ATTACKS.keys()
    if unknown:
        options.error(f"there is no attack {min(unknown)}: {', '.join(ATTACKS)}")
    table = rows(given.database)
    before = given.before.resolve() if given.before else None
    with databases(given.database) as where:
        for number, (name, attack) in enumerate(ATTACKS.items()):
            if given.names and name not in given.names:
                continue
            was = None
            if before:
                was = measured(attack, number, before, where(f"before_{number}"), given.seconds)
                print(f"{name:<24} before  {was}", flush=True)
            now = measured(attack, number, None, where(f"now_{number}"), given.seconds)
            print(f"{name:<24} now     {now}", flush=True)
            table[attack.what] = cells(was, now, table.get(attack.what, ["-"] * 6))
            write(table, given.database)


if __name__ == "__main__":
    main()
