"""The clients of docs/protocol.md and of the README run as they stand there, and live while the
server, its database and Redis go and come back."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support import javascript
from tests.support.client import PASSWORD, Refused, User, new_id
from tests.support.cluster import Cluster
from tests.support.node import ROOT, Node
from tests.support.processes import Program
from tests.support.world import signup

GUIDE = (ROOT / "docs" / "protocol.md").read_text()
README = (ROOT / "README.md").read_text()
# Seconds from the end of an outage until a client that waits longer and longer has tried again.
BACK_WITHIN = 90.0


def example(text: str, heading: str, language: str) -> str:
    found = re.search(rf"^## {heading}\n.*?```{language}\n(.*?)```", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


SAMPLES = {
    "guide.mjs": example(GUIDE, "JavaScript", "js"),
    "guide.py": example(GUIDE, "Python", "python"),
    "bot.py": example(GUIDE, "A bot", "python"),
    "readme.mjs": example(README, "Quick start", "js"),
    "readme.py": example(README, "Quick start", "python"),
}
# The time after which a client syncs without a reason is five minutes. An outage must meet it.
TICKS = {
    "guide.mjs": [("300_000", "500")],
    "guide.py": [("self.behind.wait(), 300", "self.behind.wait(), 0.5")],
    "bot.py": [("self.news.wait(), 300", "self.news.wait(), 0.5")],
}
PEOPLE = ("guide.mjs", "guide.py", "readme.mjs", "readme.py")


def test_what_was_not_run_says_so() -> None:
    for language in ("Swift", "Kotlin", "Dart"):
        section = GUIDE.split(f"## {language}")[1].split("\n## ")[0]
        assert "(not run)" in section.splitlines()[0]
        assert f"```{language.lower()}\n" in section


class Lobby:
    """The room in which the clients meet. Ann speaks there, whatever is away."""

    def __init__(self, ann: User, bot: User, room_id: str, folder: Path) -> None:
        self._ann, self._bot, self._folder = ann, bot, folder
        self._path = f"/rooms/{room_id}/messages"
        self.pings: list[int] = []

    async def start_bot(self) -> Program:
        name = "bot.py"
        return await self.start(name, self._bot.username, PASSWORD, replace=TICKS[name])

    async def start(
        self, name: str, *arguments: str, replace: Iterable[tuple[str, str]] = ()
    ) -> Program:
        source = SAMPLES[name].replace("http://localhost:8080", self._ann.node.url)
        for was, now in replace:
            assert was in source
            source = source.replace(was, now)
        (self._folder / name).write_text(source)
        program = sys.executable if name.endswith(".py") else "node"
        return await Program.start(self._folder, program, name, *arguments)

    async def say(self, text: str) -> int:
        """Repeats a call until it is answered. Returns the message's ``seq``."""
        body = {"client_id": new_id(), "text": text}
        async with asyncio.timeout(BACK_WITHIN):
            while True:
                try:
                    return int((await self._ann.http("POST", self._path, body))["seq"])
                except (Refused, aiohttp.ClientError) as error:
                    if isinstance(error, Refused) and error.code != "unavailable":
                        raise
                    await asyncio.sleep(0.2)

    async def ping(self) -> None:
        self.pings.append(await self.say("!ping"))

    async def hears_all(self, programs: list[Program], text: str) -> None:
        """The README's clients hear only what is said while they are connected: so it is said
        again until everybody has heard it."""
        async with asyncio.timeout(BACK_WITHIN):
            while True:
                await self.say(text)
                heard = await asyncio.gather(*(each.prints(text, 2) for each in programs))
                for program in programs:
                    assert program.running, (program.name, program.lines[-30:])
                if all(heard):
                    return

    async def answers(self) -> list[int]:
        """The messages that the bot has answered, once it has answered the last one."""
        async with asyncio.timeout(BACK_WITHIN):
            while True:
                answered = await self._answered()
                if self.pings[-1] in answered:
                    return answered
                await asyncio.sleep(0.2)

    async def _answered(self) -> list[int]:
        answered: list[int] = []
        after, more = 0, True
        while more:
            page: dict[str, Any] = await self._ann.http(
                "GET", f"{self._path}?after_seq={after}&limit=100"
            )
            more = page["has_more"]
            for message in page["items"]:
                after = message["seq"]
                if message["text"] == "pong":
                    answered.append(message["reply_to"]["seq"])
        return answered


@asynccontextmanager
async def lobby_on(node: Node, folder: Path) -> AsyncIterator[tuple[Lobby, list[Program]]]:
    """The lobby with all clients of the pages in it."""
    (folder / "node_modules").symlink_to(javascript.install() / "node_modules")
    ann, bot = await signup(node, "ann"), await signup(node, "bot")
    room = {"kind": "group", "name": "Lobby", "visibility": "public", "member_ids": [bot.id]}
    room_id = (await ann.http("POST", "/rooms", room))["id"]
    lobby = Lobby(ann, bot, room_id, folder)
    started: list[Program] = []
    try:
        for name in PEOPLE:
            started.append(await lobby.start(name, replace=TICKS.get(name, ())))
        started.append(await lobby.start_bot())
        yield lobby, started
    finally:
        for program in started:
            await program.kill()
        await ann.http("DELETE", f"/rooms/{room_id}")
        await ann.close()
        await bot.close()


Outage = Callable[[Cluster, float], Awaitable[None]]


async def database_killed(cluster: Cluster, seconds: float) -> None:
    async with cluster.without(cluster.postgres, "killed"):
        await asyncio.sleep(seconds)


async def database_paused(cluster: Cluster, seconds: float) -> None:
    async with cluster.without(cluster.postgres, "paused"):
        await asyncio.sleep(seconds)


async def redis_killed(cluster: Cluster, seconds: float) -> None:
    async with cluster.without(cluster.redis, "killed"):
        await asyncio.sleep(seconds)


async def server_restarted(cluster: Cluster, seconds: float) -> None:
    await asyncio.to_thread(cluster.nodes[0].stop)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(cluster.nodes[0].start)


async def server_killed(cluster: Cluster, seconds: float) -> None:
    await asyncio.to_thread(cluster.nodes[0].kill)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(cluster.nodes[0].start)


OUTAGES: tuple[Outage, ...] = (
    database_killed,
    server_restarted,
    redis_killed,
    database_paused,
    server_killed,
)


# The seconds are how long each outage lasts: the clients notice some only by a call without answer.
@pytest.mark.parametrize("seconds", [3.0, pytest.param(40.0, marks=pytest.mark.long)])
async def test_the_clients_live_through_outages(
    cluster: Cluster, tmp_path: Path, seconds: float
) -> None:
    async with lobby_on(cluster.nodes[0], tmp_path) as (lobby, programs):
        people = programs[: len(PEOPLE)]
        await lobby.hears_all(people, "is everybody here?")
        for outage in OUTAGES:
            await lobby.ping()
            await outage(cluster, seconds)
            await cluster.mended()
            await lobby.hears_all(people, f"after {outage.__name__}")
            await lobby.ping()
        assert await lobby.answers() == lobby.pings
        for program in programs:
            assert program.running, (program.name, program.lines[-30:])


async def test_the_bot_answers_once_though_it_is_killed(cluster: Cluster, tmp_path: Path) -> None:
    async with lobby_on(cluster.nodes[0], tmp_path) as (lobby, programs):
        for _ in range(5):
            # It is killed while it answers some of them.
            await asyncio.gather(*(lobby.ping() for _ in range(5)))
            await programs.pop().kill()
            programs.append(await lobby.start_bot())
        assert sorted(await lobby.answers()) == sorted(lobby.pings)


MANY = 1_001
# How the clients get their session.
SIGN_UPS = {
    "guide.mjs": (
        '"/auth/signup", { email: `${name}@example.com`, username: name, '
        'password: "correct horse" }',
        '"/auth/signin", { login: "LOGIN", password: "PASSWORD" }',
    ),
    "guide.py": (
        '"/auth/signup", account',
        '"/auth/signin", {"login": "LOGIN", "password": "PASSWORD"}',
    ),
}


async def in_many_rooms(ann: User, eve: User) -> list[str]:
    """The ids of that many groups of the two, the one whose activity is oldest first."""
    made: list[str] = []
    for _ in range(0, MANY, 13):
        rooms = await asyncio.gather(*(ann.group(eve) for _ in range(13)))
        made += [room["id"] for room in rooms]
    return made


async def test_a_client_in_1001_rooms_misses_nothing(tmp_path: Path) -> None:
    """More than a sync names, and more than it tells."""
    node = Node(tmp_path / "node", LIMIT_ROOMS_MADE_PER_USER=str(MANY)).start()
    (tmp_path / "node_modules").symlink_to(javascript.install() / "node_modules")
    ann, eve = await signup(node, "ann"), await signup(node, "eve")
    rooms = await in_many_rooms(ann, eve)
    lobbies = {name: Lobby(ann, eve, rooms[0], tmp_path) for name in SIGN_UPS}
    programs: list[Program] = []
    try:
        for name, lobby in lobbies.items():
            signs_up, signs_in = SIGN_UPS[name]
            signs_in = signs_in.replace("LOGIN", eve.username).replace("PASSWORD", PASSWORD)
            programs.append(await lobby.start(name, replace=[(signs_up, signs_in)]))
        for room_id in rooms:
            await Lobby(ann, eve, room_id, tmp_path).say("in each room")
        await lobby.hears_all(programs, "in the room that was quiet for longest")
        for program in programs:
            program.pause()
        await asyncio.to_thread(node.stop)
        await asyncio.to_thread(node.start)
        await lobby.say("while they are away")
        for program in programs:
            program.resume()
            assert await program.prints("while they are away", BACK_WITHIN), program.lines[-30:]
    finally:
        for program in programs:
            await program.kill()
        await ann.close()
        await eve.close()
        node.stop()
