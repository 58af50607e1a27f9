"""Texts of the greatest length, which cost more than others of that length."""

from __future__ import annotations

import asyncio
import itertools

from tests.support.client import User, new_id
from tests.walls.attacks.presence import connected
from tests.walls.harness import Attack, Target

USERS, MESSAGES, CHARACTERS = 4, 25, 8_000
# Chinese characters, each of which is a word for the search.
FIRST, SEVERAL = 0x4E00, 5_000
# Seconds until a user may send a whole burst again.
PAUSE = 3

turn = itertools.count()


async def prepare(attackers: list[User]) -> list[str]:
    """Create a room for each attacker."""
    return [(await user.group())["id"] for user in attackers]


def chinese(n: int) -> str:
    return "".join(chr(FIRST + (7 * n + k * (n + 1)) % SEVERAL) for k in range(CHARACTERS))


TEXTS = [chinese(n) for n in range(MESSAGES + 1)]


async def send_all(target: Target) -> None:
    """Send a whole burst without waiting for acks, and again as soon as that is allowed."""
    number = next(turn) % USERS
    room_id = target.prepared[number]
    async with connected(target, number) as client:
        while True:
            for n in range(MESSAGES - 1):
                await client.emit("send_message", sent(room_id, n), namespace="/rooms")
            last = sent(room_id, MESSAGES)
            await client.call("send_message", last, namespace="/rooms", timeout=10)
            await asyncio.sleep(PAUSE)


def sent(room_id: str, n: int) -> dict[str, str]:
    return {"room_id": room_id, "client_id": new_id(), "text": TEXTS[n]}


ATTACKS = [
    Attack(
        "long_chinese",
        "a hundred messages of 8,000 Chinese characters at once, by four users",
        send_all,
        users=USERS,
        prepare=prepare,
        workers=USERS,
    )
]
