"""Measures how an attack affects well-behaved users: how long they wait for acks, with and without
the attack.

Ann and Bob send at a steady pace, however long the acks take. So a server that stops for two
seconds causes many late acks instead of one. The attack runs in another process and comes from
another address.
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

# Messages that each of the two sends in a second; the limit is 10.
PACE = 8.0
QUIET_SECONDS = 2.0
ATTACK_SECONDS = 3.0
# The number of sends before the measurement, to warm up.
WARM_UP = 10
# The wait that is counted for an ack that never comes (seconds).
LONGEST = 60.0

# The settings of every attacked node. Signing up and in is allowed often, because the attackers and
# the other users need accounts.
SETTINGS = {"RATE_LIMITS": "on", "LIMIT_SIGNUP": "1000/h", "LIMIT_SIGNIN": "1000/h"}


class Attacked(Protocol):
    """A running server, such as a ``tests.support.node.Node``."""

    @property
    def url(self) -> str: ...
    @property
    def pid(self) -> int: ...


@dataclass(frozen=True)
class Target:
    """What an attack gets. Its connections must come from ``address``. ``sessions`` are the Session
    objects of its accounts; ``prepared`` is what its ``prepare`` returned."""

    url: str
    address: str
    sessions: list[dict[str, Any]]
    prepared: Any
    seconds: float

    def connector(self) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(local_addr=(self.address, 0))


# One round of an attack. It is repeated until the time is over.
Round = Callable[[Target], Awaitable[None]]


@dataclass(frozen=True)
class Attack:
    """An attack and its limits.

    ``what`` describes it in the table of docs/security.md. ``workers`` rounds run at the same time.
    ``memory_mb`` is how much the server's memory may grow at its peak. ``times`` is the factor by
    which the p95 of the other users' waits may grow.
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
    """The result: waits in milliseconds, memory in MB, and the rounds that the attack has done."""

    quiet_p95: float
    attacked_p95: float
    attacked_worst: float
    memory_mb: float
    rounds: int

    @property
    def ratio(self) -> float:
        return self.attacked_p95 / self.quiet_p95


async def felt(node: Any, attack: Attack, number: int, seconds: float = ATTACK_SECONDS) -> Felt:
    """Run an attack and measure. ``number`` must differ between attacks: it determines the address
    that the attack comes from."""
    world = World([node])
    try:
        # The attacker imports its modules while the world is made, so that this takes no time of
        # its own and is over before the quiet is measured.
        async with _attacker(attack) as attacker:
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
            await attacker.ready()
            await _waits(bystanders, room["id"], WARM_UP / (2 * PACE))
            quiet = await _waits(bystanders, room["id"], QUIET_SECONDS)
            memory = _Memory(node.pid)
            attacker.begin(target)
            attacked = await _waits(bystanders, room["id"], seconds)
            rounds = await attacker.rounds()
        return Felt(_p95(quiet), _p95(attacked), max(attacked), memory.growth(), rounds)
    finally:
        for user in world.users:
            with contextlib.suppress(AssertionError):
                await user.close()


async def _waits(users: list[User], room_id: str, seconds: float) -> list[float]:
    """The milliseconds from the time each send was due until its ack, including the waits after
    refusals."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def send(user: User, due: float) -> float:
        await asyncio.sleep(due - loop.time())
        while loop.time() - due < LONGEST:
            try:
                await user.send(room_id, "a message of an ordinary length, as people write them")
                return (loop.time() - due) * 1000
            except Refused as refused:
                # After the server has stalled, all sends arrive together and exceed the limit.
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

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._given, self._said = process.stdin, process.stdout

    async def ready(self) -> None:
        said = await self._line()
        assert said == b"ready\n", f"the attack cannot begin: {said!r}"

    def begin(self, target: Target) -> None:
        self._given.write(json.dumps(asdict(target)).encode() + b"\n")
        self._given.close()

    async def rounds(self) -> int:
        """Wait until the attack is over. Returns the number of rounds it has done."""
        return int(json.loads(await self._line())["rounds"])

    async def _line(self) -> bytes:
        async with asyncio.timeout(LONGEST):
            return await self._said.readline()


@contextlib.asynccontextmanager
async def _attacker(attack: Attack) -> AsyncIterator[_Attacker]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.walls.attacker", attack.name),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield _Attacker(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
