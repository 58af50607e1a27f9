"""What calls and connections come to: ``ok``, or the codes of their refusals."""

from __future__ import annotations

from typing import Any

import socketio

from tests.support.client import PATIENCE, Http, outcome
from tests.support.node import Node


async def code_of(
    node: Node,
    token: str | None = None,
    call: str = "GET /users/me",
    body: Any = None,
) -> str:
    """What a request comes to, by default one that any access token may make: ok, or a code."""
    http = Http(node, token)
    method, path = call.split()
    try:
        return await outcome(http(method, path, body))
    finally:
        await http.close()


async def connect_errors(node: Node, auth: Any) -> dict[str, Any]:
    """What each namespace that refuses this ``auth`` says: {namespace: connect_error's data}."""
    errors: dict[str, Any] = {}
    sio = socketio.AsyncClient(reconnection=False)
    for namespace in ("/rooms", "/notifications"):
        # The SDK hands over the packet's data; a default argument keeps this round's namespace.
        sio.on("connect_error", lambda d, n=namespace: errors.update({n: d}), namespace=namespace)
    try:
        await sio.connect(
            node.url,
            auth=auth,
            namespaces=["/rooms", "/notifications"],
            transports=["websocket"],
            wait_timeout=PATIENCE,
        )
    except socketio.exceptions.ConnectionError:
        pass
    finally:
        await sio.disconnect()
    return errors
