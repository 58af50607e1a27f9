"""The outcomes of calls and connections: ``ok``, or the code of the refusal."""

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
    """The outcome of a request: ``ok`` or a code. By default a request that any access token may
    make."""
    http = Http(node, token)
    method, path = call.split()
    try:
        return await outcome(http(method, path, body))
    finally:
        await http.close()


async def connect_errors(node: Node, auth: Any) -> dict[str, Any]:
    """The refusals of this ``auth``, as {namespace: the data of its connect_error}."""
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
