"""Usernames that nobody may take, and who has one already."""

from __future__ import annotations

from typing import Any

import pytest

from server.auth.reserved import RESERVED_NAMES, is_reserved
from tests.support.client import PASSWORD, Http, Refused, unique
from tests.support.database import query
from tests.support.node import Node
from tests.support.world import World, world_of

TAKEN_FROM_ALL = ["all", "here", "everyone", "admin", "system", "support", "root", "deleted"]


async def refusal(call: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as refused:
        await call
    return refused.value.code, refused.value.field


@pytest.mark.parametrize("name", [*TAKEN_FROM_ALL, "ADMIN", "_admin_", "every_one", "s.y-s.tem"])
async def test_signup_with_a_reserved_username(shared_world: World, name: str) -> None:
    http = Http(shared_world.nodes[0])
    body = {"email": f"{unique('x')}@example.com", "username": name, "password": PASSWORD}
    try:
        assert await refusal(http("POST", "/auth/signup", body)) == (
            "validation_failed",
            "username",
        )
    finally:
        await http.close()


def test_names_that_only_contain_one_are_free() -> None:
    for name in ("allen", "admin2", "shere", "rooty", "sysop_ann", "supporter"):
        assert not is_reserved(name)
    assert all(is_reserved(name) for name in RESERVED_NAMES)


async def test_who_has_a_reserved_name_keeps_it(node: Node) -> None:
    async with world_of([node]) as world:
        ann = await world.user("ann", connect=False)
        bob = await world.user("bob", connect=False)
        reserved = "UPDATE users SET username = 'Here', username_key = 'here' WHERE id = $1"
        await query(node, reserved, ann.id)
        for change in ({"bio": "still"}, {"username": "HERE"}, {"username": "here"}):
            assert (await ann.http("PATCH", "/users/me", change))["username"].lower() == "here"
        for user, name in ((ann, "root"), (bob, "root"), (bob, "here")):
            call = user.http("PATCH", "/users/me", {"username": name})
            assert await refusal(call) == ("validation_failed", "username")
        node.stop()
        since = node.log.stat().st_size
        node.start()
        assert (await ann.http("GET", "/users/me"))["username"] == "here"
        said = [line for line in node.log_lines(since) if "reserved" in line.get("event", "")]
        assert [(line["level"], line["usernames"]) for line in said] == [("warning", "here")]
