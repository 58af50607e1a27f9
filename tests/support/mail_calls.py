"""Calls for a forgotten password or a new address, and the mails that follow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.client import Http, Refused, User
from tests.support.node import Node

FORGOT, RESET, VERIFY, UNDO = (
    f"POST /auth/{path}"
    for path in ("password/forgot", "password/reset", "email/verify", "email/undo")
)
ANOTHER_PASSWORD = "another fine password"


def email_of(user: User) -> str:
    return str(user.session["user"]["email"])


async def forgot_password(node: Node, email: str) -> tuple[int, bytes]:
    http = Http(node)
    try:
        status, _, body = await http.raw("POST", "/auth/password/forgot", json={"email": email})
        return status, body
    finally:
        await http.close()


async def refusal_of(node: Node, call: str, body: Any) -> tuple[str, str | None]:
    http = Http(node)
    try:
        with pytest.raises(Refused) as error:
            method, path = call.split()
            await http(method, path, body)
        return error.value.code, error.value.field
    finally:
        await http.close()
