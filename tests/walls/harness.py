"""What well-behaved users feel of an attack: the waits for their acks, quiet and attacked.

Ann and bob send at a steady pace, whatever the answers take, so that a server which stops for two
seconds shows as forty late acks and not as one. The attack runs in a process of its own, from an
address of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import socketio

from tests.support.client import Refused, User
from tests.support.node import ROOT
from tests.support.world import World

# Messages a second of each of the two; the limit is 10.
PACE = 8.0
QUIET_SECONDS = 2.0
ATTACK_SECONDS = 3.0
# Sends that only warm up.
WARM_UP = 10
# What an ack that never comes counts as (s).
LONGEST = 60.0

# What every node that is attacked is started with; the attackers' and bystanders' accounts have to
# come from somewhere.
SETTINGS = {"RATE_LIMITS": "on", "LIMIT_SIGNUP": "1000/h", "LIMIT_SIGNIN": "1000/h"}


class Attacked(Protocol):
    """A running server: a ``tests.support.node.Node`` is one."""

    @property
    def url(self) -> str: ...
    @property
    def pid(self) -> int: ...


@dataclass(frozen=True)
class Target:
    """What one attack knows. ``address`` is the one that its connections must come from;
    ``sessions`` are Session objects of its own accounts; ``prepared`` is what ``prepare`` made."""

    url: str
    address: str
    sessions: list[dict[str, Any]]
    prepared: Any
    seconds: float

    def connector(self) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(local_addr=(self.address, 0))


# One round of an attack: it is repeated until the time is over.
Round = Callable[[Target], Awaitable[None]]


@dataclass(frozen=True)
class Attack:
    """``what``: a phrase for the table in docs/security.md. ``workers`` rounds go on at once.

    ``memory_mb``: by how much the server's memory may grow at its peak. ``times``: by how many
    times others' p95 may.
    """

    name: str
    what: str
    round: Round
    users: int = 0
    prepare: Callable[[list[User]], Awaitable[Any]] | None = None
    workers: int = 1
    memory_mb: float = 64.0
    times: float = 5.0
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Felt:
    """Waits in milliseconds, memory in MB, rounds that the attack came to."""

    quiet_p95: float
    attacked_p95: float
    attacked_worst: float
    memory_mb: float
    rounds: int

    @property
    def ratio(self) -> float:
        return self.attacked_p95 / self.quiet_p95


async def felt(node: Any, attack: Attack, number: int, seconds: float = ATTACK_SECONDS) -> Felt:
    """``number`` tells the attacks apart: each comes from an address of its own."""
    world = World([node])
    try:
        room, bystanders = await world.room("ann", "bob")
        attackers = [await world.user("eve", connect=False) for _ in range(attack.users)]
        prepared = await attack.prepare(attackers) if attack.prepare else None
        target = Target(
            node.url,
            f"127.7.{number // 250}.{number % 250 + 1}",
            [user.session for user in attackers],
            prepared,
            seconds,
        )
        await _waits(bystanders, room["id"], WARM_UP / (2 * PACE))
        quiet = await _waits(bystanders, room["id"], QUIET_SECONDS)
        memory = _Memory(node.pid)
        async with _attacking(attack, target) as attacker:
            attacked = await _waits(bystanders, room["id"], seconds)
            rounds = await attacker.rounds()
        return Felt(_p95(quiet), _p95(attacked), max(attacked), memory.growth(), rounds)
    finally:
        for user in world.users:
            with contextlib.suppress(AssertionError):
                await user.close()


async def _waits(users: list[User], room_id: str, seconds: float) -> list[float]:
    """Milliseconds from when each send was due to its ack, refusals that were waited out
    included."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def send(user: User, due: float) -> float:
        await asyncio.sleep(due - loop.time())
        while loop.time() - due < LONGEST:
            try:
                await user.send(room_id, "a message of an ordinary length, as people write them")
                return (loop.time() - due) * 1000
            except Refused as refused:
                # After a stall all the sends come in at once, too fast for their sender's limit.
                await asyncio.sleep(refused.error.get("retry_after", 1))
            except (TimeoutError, socketio.exceptions.SocketIOError):
                break
        return LONGEST * 1000

    each = 1 / PACE
    return await asyncio.gather(
        *(
            send(user, began + (n + offset) * each)
            for offset, user in enumerate(users)
            for n in (k + offset / len(users) for k in range(int(seconds * PACE)))
        )
    )


def _p95(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.95)]


class _Memory:
    """How far a process grows from here on, at its peak (Linux)."""

    def __init__(self, pid: int) -> None:
        self._process = Path(f"/proc/{pid}")
        # proc(5): 5 resets the peak.
        (self._process / "clear_refs").write_text("5")
        self._before = self._read("VmRSS")

    def growth(self) -> float:
        return max(0.0, self._read("VmHWM") - self._before)

    def _read(self, name: str) -> float:
        lines = (self._process / "status").read_text().splitlines()
        found = next(line for line in lines if line.startswith(name))
        return int(found.split()[1]) / 1024


class _Attacker:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def rounds(self) -> int:
        """What it came to, once its time is over."""
        assert self._process.stdout is not None
        async with asyncio.timeout(LONGEST):
            return int(json.loads(await self._process.stdout.readline())["rounds"])


@contextlib.asynccontextmanager
async def _attacking(attack: Attack, target: Target) -> AsyncIterator[_Attacker]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.walls.attacker", attack.name),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(asdict(target)).encode() + b"\n")
        process.stdin.close()
        async with asyncio.timeout(LONGEST):
            begun = await process.stdout.readline()
        assert begun == b"begun\n", f"the attack did not begin: {begun!r}"
        yield _Attacker(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
