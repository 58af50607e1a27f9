"""Searching as a user in a room with known texts."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.support.client import Refused, User
from tests.support.message_calls import HTTP, group_of
from tests.support.world import World

Json = dict[str, Any]
ACCENT = "\u0301"


def search_path(q: str, **more: Any) -> str:
    fields = {"q": q, **{name.rstrip("_"): value for name, value in more.items()}}
    return "/search/messages?" + "&".join(f"{k}={quote(str(v))}" for k, v in fields.items())


async def search(user: User, q: str, **more: Any) -> Json:
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
