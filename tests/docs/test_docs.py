"""The documentation lists what the code has, no more and no less; the libraries are as safe as
they have to be."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from events.catalogue import NOTIFICATIONS_TOLD, ROOMS_TOLD
from events.namespace import Door
from events.notifications import NotificationEvents
from events.rooms import RoomEvents
from server.edge.description.openapi import codes
from server.realtime import create_server
from tests.support.descriptions import Descriptions, descriptions_of
from tests.support.node import ROOT, Node

API = (ROOT / "docs" / "api.md").read_text()

# Known holes are closed from these versions on.
LEAST = {
    "aiohttp": (3, 14, 5),
    "python-engineio": (4, 13, 2),
    "python-socketio": (5, 16, 3),
    "PyJWT": (2, 15, 0),
    "Pillow": (12, 3, 0),
}


def listed(heading: str) -> list[str]:
    """The first column of the table below a heading."""
    section = API.split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


def events_of(door: type[Door]) -> set[str]:
    return {name[3:] for name, _ in inspect.getmembers(door) if name.startswith("on_")}


@pytest.fixture(scope="module")
def descriptions(shared_nodes: Callable[[str], list[Node]]) -> Descriptions:
    return descriptions_of(shared_nodes("sqlite")[0])


def test_routes(descriptions: Descriptions) -> None:
    routes = [
        f"{method.upper()} {path}"
        for path, calls in descriptions.openapi["paths"].items()
        for method in calls
    ]
    assert sorted(listed("HTTP, below `/api/v1`")) == sorted(routes)


@pytest.mark.parametrize(
    ("namespace", "door"), [("/rooms", RoomEvents), ("/notifications", NotificationEvents)]
)
def test_client_events(namespace: str, door: type[Door]) -> None:
    assert set(listed(f"Socket.IO: `{namespace}`, client → server")) == events_of(door)


@pytest.mark.parametrize(
    ("namespace", "told"), [("/rooms", ROOMS_TOLD), ("/notifications", NOTIFICATIONS_TOLD)]
)
def test_server_events(namespace: str, told: dict[str, Any]) -> None:
    assert listed(f"Socket.IO: `{namespace}`, server → client") == list(told)


def test_every_event_told_is_in_the_catalogue() -> None:
    source = "".join(path.read_text() for path in Path(ROOT, "events").glob("*.py"))
    told = set(re.findall(r"tell(?:_user)?\(\s*\"([a-z_]+)\"", source))
    assert told == {*ROOMS_TOLD, *NOTIFICATIONS_TOLD}


def test_options_of_the_engine() -> None:
    text = (ROOT / "docs" / "engine.md").read_text()
    table = text.split("<!-- options -->")[1].split("<!-- /options -->")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| `?([^`|]+?)`? \| ", table, re.MULTILINE))
    options = {
        name: option.default
        for name, option in inspect.signature(create_server).parameters.items()
        if option.kind is option.KEYWORD_ONLY
    }
    assert set(rows) == set(options)
    for name, default in options.items():
        if isinstance(default, bool | int | float | tuple):
            assert rows[name] == repr(default).replace("'", '"'), name


def test_the_map_of_the_engine_has_each_of_its_files() -> None:
    table = (ROOT / "docs" / "engine.md").read_text().split("<!-- files -->")[1]
    named = re.findall(r"`(\w+\.py)`", table.split("<!-- /files -->")[0])
    files = {path.name for path in (ROOT / "server" / "realtime").glob("*.py")}
    assert sorted(named) == sorted(files - {"__init__.py"})


@pytest.mark.parametrize("page", ["engine", "security"])
def test_tests_that_are_named(page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text()
    named = re.findall(r"`(?:tests/)?([\w/]+\.py)::(\w+)`", text)
    assert named
    for file, name in named:
        source = (ROOT / "tests" / file).read_text()
        assert re.search(rf"def {name}\(|class {name}\b", source), f"{file}::{name}"


def test_error_codes() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| ", API.split("## Error codes\n")[1], re.MULTILINE)
    assert rows == [(code, str(kind.status)) for code, kind in codes().items()]


@pytest.mark.parametrize("library", LEAST)
def test_least_versions(library: str) -> None:
    assert tuple(int(part) for part in version(library).split(".")[:3]) >= LEAST[library]


@pytest.mark.parametrize("library", ["aiohttp", "python-engineio", "python-socketio"])
def test_pinned_exactly(library: str) -> None:
    """Private names of these are overridden."""
    pinned = (ROOT / "pyproject.toml").read_text()
    assert re.search(rf'"{library}==[0-9.]+"', pinned)
    assert f"\n{library}=={version(library)}" in (ROOT / "requirements.txt").read_text()
