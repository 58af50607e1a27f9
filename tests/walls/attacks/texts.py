"""Texts that are as long as they may be, and cost more than others of that length."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from tests.client import User, new_id
from tests.walls.attacks.presence import connected
from tests.walls.harness import Attack, Target

USERS, MESSAGES, CHARACTERS = 4, 25, 8_000
# Characters of Chinese, each of which is a word to the search.
FIRST, SEVERAL = 0x4E00, 5_000

turn = itertools.count()


async def prepare(attackers: list[User]) -> list[str]:
    """A room for each of them."""
    return [(await user.group())["id"] for user in attackers]


def chinese(n: int) -> str:
    return "".join(chr(FIRST + (7 * n + k * (n + 1)) % SEVERAL) for k in range(CHARACTERS))


async def send_all(target: Target) -> None:
    """All that a burst allows, none waiting for the one before it."""
    number = next(turn) % USERS
    room_id = target.prepared[number]
    async with connected(target, number) as client:
        for n in range(MESSAGES - 1):
            await client.emit("send_message", sent(room_id, chinese, n), namespace="/rooms")
        await client.call(
            "send_message", sent(room_id, chinese, MESSAGES), namespace="/rooms", timeout=10
        )


def sent(room_id: str, text: Callable[[int], str], n: int) -> dict[str, str]:
    return {"room_id": room_id, "client_id": new_id(), "text": text(n)}


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
