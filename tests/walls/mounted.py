"""What the running application answers to: from its own routers and namespaces, whoever put it
there, so that nothing has to be listed by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from server.app import Node
from server.backends import open_backends
from server.config import Settings
from server.edge.http import PREFIX

# The listener of its own that the metrics may have.
APART = "METRICS_ADDR "


@asynccontextmanager
async def application(folder: Path) -> AsyncIterator[Node]:
    """As ``python -m server`` builds it, with everything that the settings can add."""
    given = {
        "DATA_DIR": str(folder),
        "METRICS_TOKEN": "a-token-of-a-scraper",
        "METRICS_ADDR": "127.0.0.1:0",
    }
    settings = Settings.load(given, folder / "no.env").with_secret_key()
    backends = await open_backends(settings)
    node = Node(settings, backends)
    try:
        yield node
    finally:
        await node.close()
        await backends.close()


def routes_of(app: web.Application) -> set[str]:
    """``GET /rooms`` for a call of the API, ``GET /healthz`` for whatever else; a HEAD is its
    GET's."""
    found = set()
    for route in app.router.routes():
        assert route.resource is not None
        path = route.resource.canonical
        found.add(f"{route.method} {path.removeprefix(PREFIX)}")
    return {name for name in found if f"GET {name.removeprefix('HEAD ')}" not in found - {name}}


def events_of(node: Node) -> set[str]:
    """``/rooms send_message``."""
    doors = node.sio.namespace_handlers
    assert doors.keys() | node.sio.handlers.keys() == doors.keys(), "handlers beside the doors"
    return {f"{name} {event}" for name, door in doors.items() for event in door.events}
