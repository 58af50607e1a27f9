"""Requests of somebody who has an account, far above all limits."""

from __future__ import annotations

from tests.support.client import User
from tests.walls.attacks.requests import pipelining
from tests.walls.harness import Attack
from tests.walls.raw_http import get


async def token(users: list[User]) -> str:
    return str(users[0].token)


ATTACKS = [
    Attack(
        "pipelined_user",
        "`GET /users/me` by one user, as fast as it goes, on 50 connections",
        pipelining(get("/api/v1/users/me", "Authorization: Bearer TOKEN"), 50),
        users=1,
        prepare=token,
    )
]
