"""Searches that cost far more than they seem to."""

from __future__ import annotations

import asyncio
from string import ascii_lowercase
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.support.client import Refused, User, new_id
from tests.walls.harness import Attack, Round, Target

LETTERS = " ".join(ascii_lowercase)
# The messages in the room, and the users who write them, each no more than a burst.
MESSAGES, WRITERS = 100, 4
# The most characters of a message.
CHARACTERS = 8_000
ACCENT = "\u0301"


def saying(text: str) -> Any:
    """Fill a room of the attackers with the longest messages, made of this text."""

    async def prepare(attackers: list[User]) -> str:
        room = await attackers[0].group(*attackers[1:])
        whole = (text * CHARACTERS)[:CHARACTERS]

        async def write(writer: User) -> None:
            for _ in range(MESSAGES // WRITERS):
                await patiently_send(writer, room["id"], whole)

        await asyncio.gather(*map(write, attackers))
        return str(room["id"])

    return prepare


async def patiently_send(user: User, room_id: str, text: str) -> None:
    """Send a message, and wait after refusals."""
    body = {"client_id": new_id(), "text": text}
    while True:
        try:
            await user.http("POST", f"/rooms/{room_id}/messages", body)
            return
        except Refused as refused:
            if refused.code != "rate_limited":
                raise
            await asyncio.sleep(0.2)


def searching(q: str) -> Round:
    async def search(target: Target) -> None:
        query = urlencode({"q": q, "room_id": target.prepared, "limit": 100})
        headers = {"Authorization": f"Bearer {target.sessions[0]['access_token']}"}
        async with (
            aiohttp.ClientSession(connector=target.connector()) as http,
            http.get(f"{target.url}/api/v1/search/messages?{query}", headers=headers) as answer,
        ):
            await answer.read()
            # A refused search raises, and the harness tries again after a pause.
            answer.raise_for_status()

    return search


ATTACKS = [
    Attack(
        "search_words",
        "a search for 99 words in a hundred long messages",
        searching(f"{LETTERS} {LETTERS} {LETTERS} {LETTERS}"[: 2 * 99]),
        users=WRITERS,
        prepare=saying(f"{LETTERS} "),
    ),
    Attack(
        "search_hits",
        "ten searches at once of one user that hit every word of a hundred long messages",
        searching(LETTERS[: 2 * 16]),
        users=WRITERS,
        prepare=saying(f"{LETTERS} "),
        workers=10,
    ),
    Attack(
        "search_accents",
        "a search for phrases in a hundred messages of accents that part them",
        searching('"a b c"'),
        users=WRITERS,
        prepare=saying(f"a{ACCENT * 3900} b{ACCENT * 3900} a b c "),
    ),
]
