"""Changes of an account's email address, by calls and by the mails that follow."""

from __future__ import annotations

from typing import Any

from tests.support.answers import code_of
from tests.support.client import PASSWORD, Http, Refused, User, unique
from tests.support.mail import Postbox
from tests.support.mail_calls import VERIFY, email_of
from tests.support.node import Node


def new_address(name: str = "new") -> str:
    return f"{unique(name)}@example.com"


async def ask_for_email(
    user: User, email: str, password: str = PASSWORD, **more: Any
) -> dict[str, Any]:
    """Ask for a change of address. Returns the user as they see themselves afterwards."""
    body = {"email": email, "current_password": password, **more}
    me: dict[str, Any] = await user.http("PATCH", "/users/me", body)
    return me


async def me_of(user: User) -> dict[str, Any]:
    me: dict[str, Any] = await user.http("GET", "/users/me")
    return me


async def signed_in(node: Node, login: str, password: str = PASSWORD) -> User | None:
    """The user, signed in on another device; None if the credentials are wrong."""
    http = Http(node)
    try:
        body = {"login": login, "password": password}
        return User(node, await http("POST", "/auth/signin", body))
    except Refused as refused:
        assert refused.code == "invalid_credentials"
        return None
    finally:
        await http.close()


async def can_sign_in(node: Node, login: str, password: str = PASSWORD) -> bool:
    body = {"login": login, "password": password}
    return await code_of(node, None, "POST /auth/signin", body) == "ok"


async def spend(node: Node, call: str, token: str, **more: Any) -> str:
    return await code_of(node, None, call, {"token": token, **more})


async def past_signup(user: User, post: Postbox) -> str:
    """The user's address, after the mail of the sign-up has come."""
    await post.token(email_of(user), "verify")
    return email_of(user)


async def moved_email(user: User, post: Postbox, node: Node) -> tuple[str, str]:
    """Change the user's address. Returns the new address and the token that undoes the change."""
    old, new = (await me_of(user))["email"], new_address()
    await ask_for_email(user, new)
    assert await spend(node, VERIFY, await post.token(new, "verify")) == "ok"
    return new, await post.token(old, "undo-email")
