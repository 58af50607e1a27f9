"""Measures how an attack affects well-behaved users: how long they wait for acks, with and without
the attack, which runs in another process and comes from another address."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
from collections.abc import AsyncIterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.support import server_processes
from tests.support.world import signup
from tests.walls.attacker import attack_when_told
from tests.walls.bystanders import LONGEST, Bystanders, p95
from tests.walls.harness import Attack, Target

ATTACK_SECONDS = 3.0


@dataclass(frozen=True)
class Felt:
    """The result: waits in milliseconds, memory in MB, and the rounds that the attack has done."""

    quiet_p95: float
    attacked_p95: float
    attacked_worst: float
    memory_mb: float
    rounds: int

    @property
    def ratio(self) -> float:
        return self.attacked_p95 / self.quiet_p95


async def felt(
    bystanders: Bystanders, attack: Attack, number: int, seconds: float = ATTACK_SECONDS
) -> Felt:
    """Run an attack and measure. ``number`` must differ between attacks: it determines the address
    that the attack comes from."""
    node = bystanders.node
    # The attacker starts while its accounts are made. So it is ready before the quiet is measured.
    async with _attacker(attack) as attacker:
        attackers = await asyncio.gather(*(signup(node, "eve") for _ in range(attack.users)))
        try:
            prepared = await attack.prepare(attackers) if attack.prepare else None
        finally:
            for user in attackers:
                await user.close()
        address = f"127.7.{number // 250}.{number % 250 + 1}"
        sessions = [user.session for user in attackers]
        await attacker.ready()
        quiet = await bystanders.quiet()
        memory = _Memory(node.pid)
        attacker.begin(Target(node.url, address, sessions, prepared, seconds))
        attacked = await bystanders.waits(seconds)
        rounds = await attacker.rounds()
    return Felt(p95(quiet), p95(attacked), max(attacked), memory.growth(), rounds)


class _Memory:
    """How much a process grows at its peak from now on, in MB (Linux only)."""

    def __init__(self, pid: int) -> None:
        self._process = Path(f"/proc/{pid}")
        # Writing 5 resets the peak; see proc(5).
        (self._process / "clear_refs").write_text("5")
        self._before = self._read("VmRSS")

    def growth(self) -> float:
        return max(0.0, self._read("VmHWM") - self._before)

    def _read(self, name: str) -> float:
        lines = (self._process / "status").read_text().splitlines()
        found = next(line for line in lines if line.startswith(name))
        return int(found.split()[1]) / 1024


class _Attacker:
    """The process of one attack."""

    def __init__(self, process: Connection) -> None:
        self._process = process

    async def ready(self) -> None:
        said = await self._answer()
        assert said == "ready", said

    def begin(self, target: Target) -> None:
        self._process.send(target)

    async def rounds(self) -> int:
        """Wait until the attack is over. Returns the number of rounds it has done."""
        return int(await self._answer())

    async def _answer(self) -> Any:
        assert await asyncio.to_thread(self._process.poll, LONGEST), "the attacker does not answer"
        return self._process.recv()


@contextlib.asynccontextmanager
async def _attacker(attack: Attack) -> AsyncIterator[_Attacker]:
    ours, theirs = multiprocessing.Pipe()
    process = server_processes.new_process(attack_when_told, attack.name, theirs)
    await asyncio.to_thread(process.start)
    theirs.close()
    try:
        with ours:
            yield _Attacker(ours)
    finally:
        process.kill()
        await asyncio.to_thread(process.join)
