"""``kill -9`` in the middle of it: what was acknowledged is there, once, and nothing has a gap."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import pytest
import socketio

from tests.support.client import Refused, Socket, User, new_id
from tests.support.cluster import Cluster
from tests.support.node import Node
from tests.support.reference_client import ReferenceClient, history
from tests.support.world import World, world_of

Json = dict[str, Any]

WRITERS = 4
# A round begins with so many acks at random, and ends when each writer has so many more.
MOST_BEFORE = 60
AFTER = 5
RETRY = 0.05
# Longer than the server takes to refuse, by far.
ROUND = 90.0


class Lost(Exception):
    """The connection broke before the ack came: nobody knows what became of the message."""


class Outbox:
    """A client that sends one message at a time, again and again with the same ``client_id``
    until it is acknowledged, over a socket or over HTTP, at whichever node answers."""

    def __init__(self, user: User, room_id: str, nodes: list[Node], over_http: bool) -> None:
        self.user = user
        self.room_id = room_id
        self.acked: list[Json] = []
        self.tries = 0
        self._nodes = nodes
        self._at = nodes.index(user.node)
        self._socket: Socket | None = None
        self._once = self._over_http if over_http else self._over_socket

    async def write(self, enough: asyncio.Event) -> None:
        while not enough.is_set():
            self.acked.append(await self._deliver(new_id(), f"message {len(self.acked)}"))

    async def _deliver(self, client_id: str, text: str) -> Json:
        while True:
            self.tries += 1
            try:
                return await self._once(client_id, text)
            except Refused as refused:
                assert refused.code == "unavailable", refused.error
            except (Lost, socketio.exceptions.SocketIOError, aiohttp.ClientError):
                self._at = (self._at + 1) % len(self._nodes)
            await asyncio.sleep(RETRY)

    async def _over_http(self, client_id: str, text: str) -> Json:
        self.user.http.node = self._nodes[self._at]
        body = {"client_id": client_id, "text": text}
        message: Json = await self.user.http("POST", f"/rooms/{self.room_id}/messages", body)
        return message

    async def _over_socket(self, client_id: str, text: str) -> Json:
        if self._socket is None or self._socket.closed.is_set():
            self._socket = await self.user.connect(self._nodes[self._at])
        call = self._socket.call(
            "send_message", room_id=self.room_id, client_id=client_id, text=text
        )
        ack = await unless(self._socket.closed.wait(), call)
        message: Json = ack["message"]
        return message


async def unless(ended: Awaitable[Any], call: Awaitable[Json]) -> Json:
    """What ``call`` answers; ``Lost`` if the other comes first."""
    answer, end = asyncio.ensure_future(call), asyncio.ensure_future(ended)
    await asyncio.wait({answer, end}, return_when=asyncio.FIRST_COMPLETED)
    end.cancel()
    if answer.done():
        return answer.result()
    answer.cancel()
    raise Lost()


Crash = Callable[[random.Random], Awaitable[None]]


async def crash_round(world: World, crash: Crash, seed: int) -> None:
    """Everybody writes, something is killed and comes back, everybody goes on; then all is
    compared with what was acknowledged."""
    chance = random.Random(seed)
    users = [await world.user(f"writer{n}", connect=False) for n in range(WRITERS)]
    reader = ReferenceClient(users[0])
    room = await users[0].group(*users[1:])
    await reader.connect()
    boxes = [Outbox(user, room["id"], world.nodes, n % 2 == 1) for n, user in enumerate(users)]
    enough = asyncio.Event()
    async with asyncio.timeout(ROUND), asyncio.TaskGroup() as group:
        for box in boxes:
            group.create_task(box.write(enough))
        await acks_of(boxes, chance.randrange(MOST_BEFORE))
        await crash(chance)
        before = [len(box.acked) for box in boxes]
        while any(len(box.acked) < least + AFTER for box, least in zip(boxes, before, strict=True)):
            await asyncio.sleep(RETRY)
        enough.set()
    await compare(room, boxes)
    epoch = reader.epoch
    await reader.lose()
    await reader.connect()
    await reader.check()
    # It is the same history as before: nobody had to drop anything.
    assert reader.epoch == epoch


async def acks_of(boxes: list[Outbox], count: int) -> None:
    while sum(len(box.acked) for box in boxes) < count:
        # Not an event: the moment is to be any, and not one right after an ack.
        await asyncio.sleep(0.002)


async def compare(room: Json, boxes: list[Outbox]) -> None:
    messages = await history(boxes[0].user, room["id"])
    now = await boxes[0].user.http("GET", f"/rooms/{room['id']}")
    assert [message["seq"] for message in messages] == [n + 1 for n in range(len(messages))]
    # Here every change is a message: no version was lost either.
    assert [message["version"] for message in messages] == [m["seq"] for m in messages]
    assert (now["last_seq"], now["version"]) == (len(messages), len(messages))
    for box in boxes:
        stored = [message for message in messages if message["author_id"] == box.user.id]
        # Every one was retried until it was acknowledged, so they are all there, in order, once.
        assert [shape(message) for message in stored] == [shape(ack) for ack in box.acked]
    assert sum(box.tries - len(box.acked) for box in boxes) > 0, "nothing was in flight"


def shape(message: Json) -> Json:
    return {name: message[name] for name in ("id", "client_id", "seq", "version", "text")}


# Whom it hits


@pytest.fixture(scope="module")
def lone_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    node = Node(tmp_path_factory.mktemp("crashes")).start()
    yield node
    node.stop()


def killing(*nodes: Node) -> Crash:
    """One of these, at random."""

    async def crash(chance: random.Random) -> None:
        node = chance.choice(nodes)
        await asyncio.to_thread(node.kill)
        await asyncio.to_thread(node.start)

    return crash


async def node_round(nodes: list[Node], seed: int) -> None:
    async with world_of(nodes) as world:
        await crash_round(world, killing(*nodes), seed)


async def postgres_round(cluster: Cluster, seed: int) -> None:
    async def crash(_: random.Random) -> None:
        async with cluster.without(cluster.postgres, "killed"):
            pass

    async with world_of(cluster.nodes) as world:
        await crash_round(world, crash, seed)


@pytest.mark.parametrize("seed", range(2))
async def test_kill_of_a_node_among_two_loses_and_doubles_nothing(
    cluster: Cluster, seed: int
) -> None:
    await node_round(cluster.nodes, seed)


@pytest.mark.parametrize("seed", range(2))
async def test_kill_of_postgres_loses_and_doubles_nothing(cluster: Cluster, seed: int) -> None:
    await postgres_round(cluster, seed)


async def test_kill_of_a_sqlite_node_loses_and_doubles_nothing(lone_node: Node) -> None:
    await node_round([lone_node], seed=0)


async def test_stop_of_a_node_loses_and_doubles_nothing(lone_node: Node) -> None:
    async def stop(_: random.Random) -> None:
        await asyncio.to_thread(lone_node.stop)
        await asyncio.to_thread(lone_node.start)

    async with world_of([lone_node]) as world:
        await crash_round(world, stop, seed=0)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
async def test_kill_of_one_after_the_other_loses_and_doubles_nothing(
    cluster: Cluster, lone_node: Node, seed: int
) -> None:
    await node_round(cluster.nodes, seed)
    await postgres_round(cluster, seed)
    await node_round([lone_node], seed)
