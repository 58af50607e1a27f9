"""The documentation lists what the code has, no more and no less; the libraries are as safe as
they have to be."""

from __future__ import annotations

import inspect
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from events.namespace import Door
from events.notifications import NotificationEvents
from events.rooms import RoomEvents
from server.auth.handler import AuthRoutes
from server.invites.handler import InviteRoutes
from server.media.handler import MediaRoutes
from server.messages.handler import MessageRoutes
from server.notifications.handler import NotificationRoutes
from server.profiles.handler import ProfileRoutes
from server.push.handler import PushRoutes
from server.rooms.handler import RoomRoutes
from tests.node import ROOT

API = (ROOT / "docs" / "api.md").read_text()

# Known holes are closed from these versions on.
LEAST = {
    "aiohttp": (3, 14, 5),
    "python-engineio": (4, 13, 2),
    "python-socketio": (5, 16, 3),
    "PyJWT": (2, 15, 0),
}


def listed(heading: str) -> list[str]:
    """The first column of the table below a heading."""
    section = API.split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


def events_of(door: type[Door]) -> set[str]:
    return {name[3:] for name, _ in inspect.getmembers(door) if name.startswith("on_")}


def test_routes() -> None:
    nothing: Any = None
    services: list[Any] = [
        AuthRoutes(nothing, 0),
        ProfileRoutes(nothing),
        RoomRoutes(nothing),
        InviteRoutes(nothing),
        MessageRoutes(nothing),
        NotificationRoutes(nothing),
        MediaRoutes(nothing),
        PushRoutes(nothing, nothing),
    ]
    routes = [f"{r.method} {r.path}" for service in services for r in service.routes()]
    assert sorted(listed("HTTP, below `/api/v1`")) == sorted(routes)


@pytest.mark.parametrize(
    ("namespace", "door"), [("/rooms", RoomEvents), ("/notifications", NotificationEvents)]
)
def test_client_events(namespace: str, door: type[Door]) -> None:
    assert set(listed(f"Socket.IO: `{namespace}`, client → server")) == events_of(door)


def test_server_events() -> None:
    source = "".join(path.read_text() for path in Path(ROOT, "events").glob("*.py"))
    told = set(re.findall(r"tell(?:_user)?\(\s*\"([a-z_]+)\"", source))
    documented = {
        event
        for namespace in ("/rooms", "/notifications")
        for event in listed(f"Socket.IO: `{namespace}`, server → client")
    }
    assert documented == told


@pytest.mark.parametrize("library", LEAST)
def test_least_versions(library: str) -> None:
    assert tuple(int(part) for part in version(library).split(".")[:3]) >= LEAST[library]


@pytest.mark.parametrize("library", ["aiohttp", "python-engineio", "python-socketio"])
def test_pinned_exactly(library: str) -> None:
    """Private names of these are overridden."""
    pinned = (ROOT / "pyproject.toml").read_text()
    assert re.search(rf'"{library}==[0-9.]+"', pinned)
    assert f"\n{library}=={version(library)}" in (ROOT / "requirements.txt").read_text()
