"""The permission matrix of what is mounted beside the API: files, pages, probes, the handshake."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.support.client import Http
from tests.support.node import Node
from tests.support.tokens import bad_tokens
from tests.walls import outside_permissions
from tests.walls.mounted import APART
from tests.walls.outside_permissions import OUTSIDE, AddressScene
from tests.walls.permissions import LETTERS
from tests.walls.scenes import CALLERS, PEOPLE, Callers, sign_up_callers


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """With everything that the settings can add, as ``mounted.application`` has it."""
    node = Node(
        tmp_path_factory.mktemp("outside"),
        METRICS_TOKEN="a-token-of-a-scraper",
        METRICS_ADDR="127.0.0.1:0",
    )
    yield node.start()
    node.stop()


@pytest.fixture(scope="module")
def sessions() -> dict[str, Any]:
    """Once somebody has signed them up."""
    return {}


@pytest.fixture
async def callers(node: Node, sessions: dict[str, Any]) -> AsyncIterator[Callers]:
    sessions.update(sessions or await sign_up_callers([node]))
    callers = Callers([node], sessions)
    yield callers
    await callers.close()


@pytest.mark.parametrize(
    ("route", "scene"), [(route, scene) for route, rows in OUTSIDE.items() for scene in rows]
)
async def test_who_may_outside_the_api(
    route: str, scene: str, node: Node, callers: Callers
) -> None:
    build: AddressScene = getattr(outside_permissions, scene)
    named, query = await build(callers)
    method, path = route.removeprefix(APART).split()
    path = re.sub(r"\{(\w+)\}", lambda found: named[found[1]], path)
    url = (metrics_url(node) if route.startswith(APART) else node.url) + path
    said = {}
    for caller in CALLERS:
        token = callers[caller].token if caller in PEOPLE else None
        if caller == "forged":
            token = bad_tokens(callers["owner"])["another key"][0]
        said[caller] = await outcome_of(Http(node, token), method, f"{url}?{query}")
    wanted = [LETTERS[letter] for letter in OUTSIDE[route][scene]]
    assert said == dict(zip(CALLERS, wanted, strict=True))


def metrics_url(node: Node) -> str:
    line = next(line for line in node.log_lines() if line["event"] == "serving metrics")
    return f"http://{line['host']}:{line['port']}"


async def outcome_of(http: Http, method: str, url: str) -> str:
    """Where HEAD is a GET's, it comes to the same."""
    try:
        status, _, raw = await http.raw("GET" if method == "*" else method, url)
        if method == "GET":
            assert (await http.raw("HEAD", url))[0] == status
        return "ok" if status < 400 else str(json.loads(raw)["code"])
    finally:
        await http.close()
