"""Searching as a user in a room with known texts."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.client import Refused, User
from tests.support.database import PATIENCE, query
from tests.support.message_calls import HTTP, group_of
from tests.support.node import Node
from tests.support.world import World

Json = dict[str, Any]
ACCENT = "\u0301"


def search_path(q: str, **more: Any) -> str:
    fields = {"q": q, **{name.rstrip("_"): value for name, value in more.items()}}
    return "/search/messages?" + "&".join(f"{k}={quote(str(v))}" for k, v in fields.items())


async def indexed(node: Node) -> None:
    """Wait until all that was sent so far can be found."""
    async with asyncio.timeout(PATIENCE):
        while await query(node, "SELECT 1 AS waits FROM search_due LIMIT 1"):
            await asyncio.sleep(0.02)


async def search(user: User, q: str, *, at_once: bool = False, **more: Any) -> Json:
    """A page of what is found. Unless ``at_once``, new messages are in the index before."""
    if not at_once:
        await indexed(user.node)
    page: Json = await user.http("GET", search_path(q, **more))
    assert set(page) == {"items", "has_more", "next"}
    assert page["has_more"] == (page["next"] is not None)
    return page


async def texts_found(user: User, q: str, **more: Any) -> list[str]:
    return [item["message"]["text"] for item in (await search(user, q, **more))["items"]]


async def search_refusal(user: User, call: str) -> tuple[str, str | None]:
    with pytest.raises(Refused) as error:
        await user.http("GET", call)
    return error.value.code, error.value.field


async def room_with_texts(shared_world: World, *said: str) -> tuple[str, User, User]:
    """A room of Ann and Bob in which Ann has sent these texts. If there are two nodes, each of them
    uses a different one."""
    room_id, (ann, bob) = await group_of(shared_world)
    for text in said:
        await HTTP.send(ann, room_id, text=text)
    return room_id, ann, bob
