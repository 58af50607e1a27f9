"""The process of an attack."""

from __future__ import annotations

import asyncio
import contextlib
import time
from multiprocessing.connection import Connection

import aiohttp
import socketio

from tests.walls.attacks import ATTACKS
from tests.walls.harness import Attack, Target

# The errors that a server's defence may cause. Any other error is a bug in the attack.
DEFENDED = (aiohttp.ClientError, OSError, EOFError, TimeoutError, socketio.exceptions.SocketIOError)
# Seconds before a refused attack tries again. It runs on the same few cores as the server, so if it
# tried as fast as it can, that alone would slow down everybody.
REFUSED_PAUSE = 0.02


async def attack_for_a_while(attack: Attack, target: Target) -> int:
    end = time.monotonic() + target.seconds
    rounds = 0

    async def work() -> None:
        nonlocal rounds
        while time.monotonic() < end:
            rounds += 1
            try:
                await attack.round(target)
            except DEFENDED:
                await asyncio.sleep(REFUSED_PAUSE)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(target.seconds):
            await asyncio.gather(*(work() for _ in range(attack.workers)))
    return rounds


def attack_when_told(name: str, parent: Connection) -> None:
    """Say ``ready``, receive the ``Target``, attack it, and answer with the number of rounds."""
    attack = ATTACKS[name]
    if attack.make:
        attack.make()
    parent.send("ready")
    target: Target = parent.recv()
    parent.send(asyncio.run(attack_for_a_while(attack, target)))
