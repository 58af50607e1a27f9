"""``python -m tests.walls.attacker NAME``: one attack, against the target that comes as JSON on the
standard input. Says ``begun``, and at the end how many rounds it came to."""

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

# What a server may do to defend itself. Anything else is a mistake of the attack's.
DEFENDED = (aiohttp.ClientError, OSError, EOFError, TimeoutError, socketio.exceptions.SocketIOError)
# One that is refused at once tries again, but not as fast as it can: it shares a machine of few
# cores with the server, which would be felt by itself (s).
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
    target = Target(**json.loads(sys.stdin.readline()))
    print("begun", flush=True)
    print(json.dumps({"rounds": asyncio.run(attack_for_a_while(attack, target))}), flush=True)


if __name__ == "__main__":
    main()
