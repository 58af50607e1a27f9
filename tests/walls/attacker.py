"""``python -m tests.walls.attacker NAME`` prints ``ready`` when its modules are imported. Then it
runs one attack against the target that it reads as JSON from standard input, and prints the number
of rounds it has done."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time

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
        async with asyncio.timeout(target.seconds + 1):
            await asyncio.gather(*(work() for _ in range(attack.workers)))
    return rounds


def main() -> None:
    attack = ATTACKS[sys.argv[1]]
    print("ready", flush=True)
    target = Target(**json.loads(sys.stdin.readline()))
    print(json.dumps({"rounds": asyncio.run(attack_for_a_while(attack, target))}), flush=True)


if __name__ == "__main__":
    main()
