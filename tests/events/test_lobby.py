"""The namespace ``/``, which some clients enter first whether they want to or not."""

from __future__ import annotations

from typing import Any

import pytest
import socketio

from tests.support.client import PATIENCE
from tests.support.shared_world import SharedWorld


async def entered(url: str, token: str | None, told: list[Any]) -> socketio.AsyncClient:
    """A client that enters ``/`` and then ``/rooms``, and notes all that it hears."""
    client = socketio.AsyncClient(reconnection=False)
    client.on("*", lambda event, *args: told.append(("/", event)), namespace="/")
    client.on("*", lambda event, *args: told.append(("/rooms", event)), namespace="/rooms")
    auth = {"token": token} if token else None
    await client.connect(url, auth=auth, namespaces=["/", "/rooms"], wait_timeout=PATIENCE)
    return client


async def test_a_client_that_enters_it_first_is_let_in_and_hears_nothing_there(
    shared_world: SharedWorld,
) -> None:
    ann, bob = await shared_world.user(), await shared_world.user()
    room = await ann.group(bob)
    told: list[Any] = []
    client = await entered(bob.node.url, bob.token, told)
    try:
        ack = await client.call("sync", {"rooms": {}}, namespace="/rooms", timeout=PATIENCE)
        assert ack["ok"]
        await ann.send(room["id"], "hello")
        await bob.hear("message_created", room_id=room["id"])
        ack = await client.call("send_message", {}, namespace="/", timeout=PATIENCE)
        assert (ack["ok"], ack["error"]["code"]) == (False, "not_found")
        assert ("/rooms", "message_created") in told
        assert not [event for namespace, event in told if namespace == "/"]
    finally:
        await client.disconnect()


@pytest.mark.parametrize("token", [None, "wrong"])
async def test_without_a_good_token_nobody_is_let_in(
    shared_world: SharedWorld, token: str | None
) -> None:
    ann = await shared_world.user()
    with pytest.raises(socketio.exceptions.ConnectionError):
        await entered(ann.node.url, token, [])
