"""The stock JavaScript client, over each transport, against a Python user on another node."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.support import javascript
from tests.support.client import User
from tests.support.javascript import NodeScript
from tests.support.node import Node
from tests.support.world import World, world_of

TRANSPORTS = ("polling", "websocket", "polling,websocket")
Start = Callable[[Node, str], Awaitable[NodeScript]]


@pytest.fixture(scope="session")
def packages() -> Path:
    return javascript.install()


@pytest.fixture
async def start(packages: Path) -> AsyncIterator[Start]:
    scripts: list[NodeScript] = []

    async def begin(node: Node, transports: str) -> NodeScript:
        scripts.append(await NodeScript.start("core.mjs", node.url, transports))
        return scripts[-1]

    yield begin
    for script in scripts:
        await script.close()


async def meet(js: NodeScript, ann: User) -> str:
    """The JavaScript client makes a room with ann and they exchange a message; the room's id."""
    refused = await js.step("refused")
    assert refused["data"] == {"code": "unauthenticated"}
    connected = await js.step("connected")
    assert connected["one"]
    await js.tell(peer_id=ann.id)
    created = await js.step("created")
    room_id: str = created["room"]["id"]
    assert created["joined"]["id"] == room_id
    await ann.hear("room_joined")
    sent, again = await js.step("sent"), await js.step("sent again")
    assert sent["ok"] and not sent["duplicate"] and again["duplicate"]
    assert again["message"] == sent["message"]
    heard = await ann.hear("message_created", room_id=room_id)
    assert heard["message"]["text"] == "grüße 👋"

    await js.step("ready")
    await ann.call("typing", room_id=room_id, typing=True)
    typing = await js.step("heard typing")
    assert (typing["room_id"], typing["user_id"]) == (room_id, ann.id)
    message = await ann.send(room_id, "hello")
    assert (await js.step("heard message"))["message"]["id"] == message["id"]
    assert (await js.step("heard unread"))["room_id"] == room_id
    history = await js.step("history")
    assert [m["seq"] for m in history["messages"]] == [3, 2, 1]
    return room_id


@pytest.mark.parametrize("transports", TRANSPORTS)
async def test_core_over(world: World, start: Start, transports: str) -> None:
    ann = await world.user("ann")
    js = await start(world.nodes[-1], transports)
    await meet(js, ann)
    await js.tell(restart=False)
    await js.step("done")


@pytest.mark.parametrize("transports", TRANSPORTS)
async def test_it_comes_back_by_itself_over(tmp_path: Path, start: Start, transports: str) -> None:
    node = Node(tmp_path).start()
    try:
        async with world_of([node]) as world:
            ann = await world.user("ann")
            js = await start(node, transports)
            room_id = await meet(js, ann)
            await js.tell(restart=True)
            await js.step("waiting for the end")
            node.stop()
            assert (await js.step("closing"))["code"] == "draining"
            node.start()
            back = await js.step("back")
            assert back["message"]["seq"] == 4
            synced = (await js.step("synced"))["rooms"][0]
            assert synced["room"]["id"] == room_id and synced["complete"]
            assert [m["text"] for m in synced["messages"]] == ["back"]
            await js.step("done")
    finally:
        node.stop()
