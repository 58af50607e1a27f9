"""What a client learns of the server before anybody has signed in."""

from __future__ import annotations

from pathlib import Path

from tests.support.client import Http
from tests.support.node import Node


async def config(node: Node, query: str = "") -> dict[str, object]:
    http = Http(node)
    try:
        found: dict[str, object] = await http("GET", f"/config{query}")
        return found
    finally:
        await http.close()


async def test_get_config_says_what_the_settings_say(node: Node) -> None:
    found = await config(node)
    assert found.keys() == {
        "signup",
        "mail",
        "oidc",
        "features",
        "limits",
        "public_url",
        "origin_allowed",
    }
    assert (found["signup"], found["mail"], found["oidc"]) == ("open", False, [])
    assert found["public_url"] == f"http://localhost:{node.port}"
    assert isinstance(found["features"], list) and "search" in found["features"]
    limits = found["limits"]
    assert isinstance(limits, dict)
    assert (limits["max_upload_bytes"], limits["max_text"]) == (25_000_000, 8_000)


async def test_get_config_follows_the_settings(tmp_path: Path) -> None:
    node = Node(
        tmp_path,
        LIMIT_MAX_UPLOAD_BYTES="3MB",
        LIMIT_SEATS_PER_ROOM="12",
        SMTP_URL="smtp://127.0.0.1:1",
        PUBLIC_URL="https://chat.example",
        CORS_ORIGINS="https://other.example",
    ).start()
    try:
        found = await config(node)
        limits = found["limits"]
        assert isinstance(limits, dict)
        assert (limits["max_upload_bytes"], limits["max_room_members"]) == (3_000_000, 12)
        assert (found["mail"], found["public_url"]) == (True, "https://chat.example")
        for origin, allowed in {
            "https://chat.example": True,
            "https://other.example": True,
            "http://192.168.1.5:8080": False,
        }.items():
            assert (await config(node, f"?origin={origin}"))["origin_allowed"] is allowed
    finally:
        node.stop()
