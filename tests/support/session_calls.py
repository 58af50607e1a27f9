"""Refreshing a session, and making it older."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.client import PASSWORD, Http, Refused, User
from tests.support.database import query
from tests.support.node import Node

THIRTY_DAYS = 30 * 24 * 3600
HALF_A_YEAR = 180 * 24 * 3600


async def refresh(node: Node, session: dict[str, Any]) -> dict[str, Any]:
    http = Http(node)
    try:
        body = {"refresh_token": session["refresh_token"]}
        answer: dict[str, Any] = await http("POST", "/auth/refresh", body)
        return answer
    finally:
        await http.close()


async def refused_refresh(node: Node, session: dict[str, Any]) -> str:
    with pytest.raises(Refused) as refused:
        await refresh(node, session)
    assert refused.value.status == 401
    return str(refused.value.code)


async def grown_older(user: User, seconds: int) -> None:
    """Make the user's session look as if it began that many seconds earlier."""
    await query(
        user.node,
        "UPDATE sessions SET created_at = created_at - $1 WHERE id = $2",
        seconds * 1000,
        user.session["session_id"],
    )


async def signin(user: User, login: str | None = None, password: str = PASSWORD) -> dict[str, Any]:
    http = Http(user.node)
    try:
        body = {"login": login or user.username, "password": password}
        session: dict[str, Any] = await http("POST", "/auth/signin", body)
        return session
    finally:
        await http.close()
