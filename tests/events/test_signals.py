"""What nodes tell each other: a handler that fails, a newer node, and what no node sends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest
from redis import Redis as RedisClient
from structlog.testing import capture_logs

from events.dispatch import Dispatcher
from events.signal_catalogue import PresenceSignal, RevokedSignal, TypingSignal
from server.backends.managers import SIGNALS, LocalManager, RedisManager
from server.realtime import create_server
from tests.support.client import PATIENCE
from tests.support.node import Node, clustered
from tests.support.planted import main
from tests.support.services import Postgres, Redis
from tests.support.world import world_of

TYPED = {"room_id": "room", "user_id": "ann", "device": "phone", "typing": True}

# --- Whole deployments, with handlers that fail ---


@pytest.fixture
def planted(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Node]]:
    folder = tmp_path_factory.mktemp("planted")
    if kind == "sqlite":
        nodes = [Node(folder)]
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        redis: Redis = request.getfixturevalue("redis")
        # A channel of their own.
        settings = clustered(
            postgres.create_database("planted"), f"{redis.url.removesuffix('/0')}/7"
        )
        nodes = [Node(folder / name, **settings) for name in ("one", "two")]
    with ExitStack() as stack:
        for node in nodes:
            node.entry = main
            stack.callback(node.start().stop)
        yield nodes


async def logged(node: Node, event: str, **fields: Any) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while True:
            for line in node.log_lines():
                if line["event"] == event and fields.items() <= line.items():
                    return line
            await asyncio.sleep(0.05)


async def test_a_handler_that_fails_is_logged_and_fails_nobody(planted: list[Node]) -> None:
    async with world_of(planted) as world:
        room, (ann, bob) = await world.room("ann", "bob")
        ack = await ann.call("typing", room_id=room["id"], typing=True)
        assert ack == {"ok": True}
        # The node's own handlers do what they always do.
        assert (await bob.hear("typing", room_id=room["id"]))["typing"] is True
        await ann.send(room["id"], "hello")
        assert (await bob.hear("message_created", room_id=room["id"]))["message"]["text"] == "hello"
    for node in planted:
        line = await logged(node, "signal handler failed", signal="typing", level="error")
        assert "planted in a signal's handler" in line["exception"]
        assert "fail_at_signal" in line["exception"]
        event = "handler of a client's event failed"
        line = await logged(node, event, event_name="message_created", level="error")
        assert "planted in an event's handler" in line["exception"]


@pytest.mark.parametrize("kind", ["postgres"])
async def test_what_no_node_sends_is_logged_once_and_harms_nothing(
    nodes: list[Node], redis: Redis
) -> None:
    size = [node.log.stat().st_size for node in nodes]
    messages = [
        b"\xff\xfe no JSON",
        b"[]",
        b"{}",
        b'{"method": "emit", "event": "typing"}',
        msgspec.json.encode({"method": "later", "host_id": "a newer node"}),
        emitted("typing", TYPED | {"room_id": 5}),
        emitted("typing", "no object"),
        emitted("never heard of", {}),
    ]
    async with world_of(nodes) as world:
        room, (ann, bob) = await world.room("ann", "bob")
        with RedisClient.from_url(redis.url) as client:
            for raw in messages * 25:
                client.publish("chat:0", raw)
        await ann.send(room["id"], "hello")
        await bob.hear("message_created", room_id=room["id"])
        await bob.send(room["id"], "hello")
        await ann.hear("message_created", room_id=room["id"])
    for node, since in zip(nodes, size, strict=True):
        said = [line["event"] for line in node.log_lines(since)]
        assert said.count("malformed message from a node") == 1
        assert said.count("malformed signal") == 1
        assert said.count("unknown signal ignored") <= 1
        assert node.errors(since) == []


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_newer_nodes_signal_with_one_more_field_is_heard(
    nodes: list[Node], redis: Redis
) -> None:
    async with world_of(nodes) as world:
        room, (ann, bob) = await world.room("ann", "bob")
        typed = {"room_id": room["id"], "user_id": ann.id, "device": "newer", "typing": True}
        with RedisClient.from_url(redis.url) as client:
            client.publish("chat:0", emitted("typing", typed | {"mood": "in a hurry"}))
        told = await bob.hear("typing", room_id=room["id"])
        assert told == {"room_id": room["id"], "user_id": ann.id, "typing": True}


def emitted(name: str, data: Any) -> bytes:
    """A signal of another node, as it comes over Redis."""
    message = {"method": "emit", "event": name, "data": [data], "namespace": SIGNALS}
    rest = {"room": None, "skip_sid": None, "callback": None, "binary": False, "host_id": "newer"}
    return msgspec.json.encode(message | rest)


# --- The dispatcher behind each manager ---

Manager = LocalManager | RedisManager


class Ears:
    """A node's manager and dispatcher, and the signals of typing that it heard."""

    def __init__(self, manager: Manager) -> None:
        self.manager = manager
        self.dispatcher = Dispatcher()
        self.heard: asyncio.Queue[TypingSignal] = asyncio.Queue()
        self.dispatcher.on_signal(TypingSignal, self.heard.put)
        manager.observer = self.dispatcher.observe
        create_server(client_manager=manager)

    async def next(self) -> TypingSignal:
        async with asyncio.timeout(PATIENCE):
            return await self.heard.get()


@pytest.fixture
async def pair(
    kind: str, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Manager, list[Ears]]]:
    """Who sends, and all that hear it: one process, or two nodes on a Redis."""
    if kind == "sqlite":
        local = LocalManager()
        yield local, [Ears(local)]
        return
    redis: Redis = request.getfixturevalue("redis")
    managers = [RedisManager(f"{redis.url.removesuffix('/0')}/8") for _ in range(2)]
    ears = [Ears(manager) for manager in managers]
    for manager in managers:
        manager.on_gap = nothing
        manager.start()
    async with asyncio.timeout(PATIENCE):
        while not all(manager.other_nodes for manager in managers):
            await asyncio.sleep(0.01)
    yield managers[0], ears
    for manager in managers:
        await manager.close()


async def nothing() -> None:
    """No gap matters here."""


Pair = tuple[Manager, list[Ears]]


async def test_a_newer_nodes_fields_and_signals_are_ignored(pair: Pair) -> None:
    sender, ears = pair
    await sender.signal("brand_new", {"anything": 1})
    await sender.signal("typing", TYPED | {"mood": "in a hurry"})
    for each in ears:
        assert await each.next() == TypingSignal(**TYPED)  # type: ignore[arg-type]


async def test_an_unknown_signal_is_logged_once(pair: Pair) -> None:
    sender, ears = pair
    with capture_logs() as logs:
        for _ in range(20):
            await sender.signal("brand_new", {})
        await sender.signal("typing", TYPED)
        for each in ears:
            await each.next()
    said = [line for line in logs if line["event"] == "unknown signal ignored"]
    assert [line["signal"] for line in said] == ["brand_new"] * len(ears)
    assert {line["log_level"] for line in said} == {"info"}


async def test_a_malformed_signal_is_logged_once_and_harms_nothing(pair: Pair) -> None:
    sender, ears = pair
    with capture_logs() as logs:
        for _ in range(20):
            await sender.signal("typing", {"room_id": "room"})
        await sender.signal("typing", TYPED)
        for each in ears:
            await each.next()
    said = [line for line in logs if line["event"] == "malformed signal"]
    assert [line["signal"] for line in said] == ["typing"] * len(ears)
    assert all("user_id" in line["why"] for line in said)


async def test_a_failing_handler_reaches_neither_the_sender_nor_the_next(pair: Pair) -> None:
    sender, ears = pair

    async def fail(signal: RevokedSignal) -> None:
        raise RuntimeError("planted")

    for each in ears:
        each.dispatcher.on_signal(RevokedSignal, fail)
    with capture_logs() as logs:
        await sender.signal("revoked", {"session_ids": ["session"]})
        await sender.signal("typing", TYPED)
        for each in ears:
            await each.next()
    said = [line for line in logs if line["event"] == "signal handler failed"]
    assert [line["signal"] for line in said] == ["revoked"] * len(ears)
    assert all(line["exc_info"] for line in said)


async def test_every_handler_of_a_signal_is_called() -> None:
    dispatcher, called = Dispatcher(), []

    def note(name: str) -> Callable[[PresenceSignal], Any]:
        async def handle(signal: PresenceSignal) -> None:
            called.append(name)
            raise RuntimeError(name)

        return handle

    dispatcher.on_signal(PresenceSignal, note("first"))
    dispatcher.on_signal(PresenceSignal, note("second"))
    await dispatcher.observe(SIGNALS, "presence", {"user_id": "ann"})
    assert called == ["first", "second"]
