"""What takes a mail: a forgotten password, and an address that is one's own."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.answers import code_of
from tests.support.client import PASSWORD, PATIENCE, User, unique
from tests.support.database import query
from tests.support.mail import Postbox
from tests.support.mail_calls import (
    ANOTHER_PASSWORD,
    FORGOT,
    RESET,
    VERIFY,
    email_of,
    forgot_password,
    refusal_of,
)
from tests.support.node import Node

pytestmark = pytest.mark.usefixtures("no_errors_logged")


async def reset_token(user: User, post: Postbox) -> str:
    """Past the mail that came when the user signed up."""
    await post.token(email_of(user), "verify")
    assert (await forgot_password(user.node, email_of(user)))[0] == 202
    return await post.token(email_of(user), "reset")


async def signin(node: Node, user: User, password: str) -> str:
    body = {"login": user.username, "password": password}
    return await code_of(node, None, "POST /auth/signin", body)


async def verified(user: User) -> bool:
    rows = await query(
        user.node,
        "SELECT email_verified_at AS at FROM user_credentials WHERE user_id = $1",
        user.id,
    )
    return rows[0]["at"] is not None


async def test_password_reset_ends_every_session_on_every_node(
    ann: User, bob: User, post: Postbox
) -> None:
    elsewhere = await ann.connect(bob.node)
    token = await reset_token(ann, post)
    assert await code_of(bob.node, ann.token) == "ok"
    assert (
        await code_of(bob.node, None, RESET, {"token": token, "new_password": ANOTHER_PASSWORD})
        == "ok"
    )
    for node in (ann.node, bob.node):
        assert await code_of(node, ann.token) == "unauthenticated"
    async with asyncio.timeout(PATIENCE):
        await ann.socket.closed.wait()
        await elsewhere.closed.wait()
    assert await signin(ann.node, ann, PASSWORD) == "invalid_credentials"
    assert await signin(ann.node, ann, ANOTHER_PASSWORD) == "ok"
    # Who has the mail has the address.
    assert await verified(ann)


async def test_password_forgot_says_the_same_to_nobody(ann: User, post: Postbox) -> None:
    nobody = f"{unique('nobody')}@example.com"
    await post.next(email_of(ann))
    unknown = await forgot_password(ann.node, nobody)
    known = await forgot_password(ann.node, email_of(ann).upper())
    assert unknown == known == (202, b"")
    await post.token(email_of(ann), "reset")
    assert post.empty(nobody)
    for wrong in ("ann", "", "ann@example.com\r\nBcc: bob@example.com", "a@b.c\nd@e.f"):
        assert await refusal_of(ann.node, FORGOT, {"email": wrong}) == (
            "validation_failed",
            "email",
        )


async def test_a_mail_is_plain_and_short(ann: User, post: Postbox) -> None:
    letter = await post.next(email_of(ann))
    assert letter["From"] == "chat@example.com"
    assert letter["To"] == email_of(ann)
    assert letter["Subject"] == "Confirm your email address"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"] and letter["Message-ID"].endswith("@example.com>")
    assert letter.get_content_type() == "text/plain"
    assert len(letter.get_content()) < 500
    # Nothing in it is what users write, nor is any token in the database or the log.
    assert ann.username not in letter.get_content().replace(email_of(ann), "")
    await forgot_password(ann.node, email_of(ann))
    token = await post.token(email_of(ann), "reset")
    rows = await query(ann.node, "SELECT token_hash FROM email_tokens WHERE user_id = $1", ann.id)
    assert len(rows) == 2 and token not in [row["token_hash"] for row in rows]
    assert token not in ann.node.log_text()


async def test_a_mailed_token_is_good_once(ann: User, bob: User, post: Postbox) -> None:
    token = await reset_token(ann, post)
    bodies = [{"token": token, "new_password": f"{ANOTHER_PASSWORD} {n}"} for n in range(4)]
    nodes = [ann.node, bob.node] * 2
    answers = await asyncio.gather(
        *(code_of(node, None, RESET, body) for node, body in zip(nodes, bodies, strict=True))
    )
    assert sorted(answers) == ["ok", *["validation_failed"] * 3]
    won = bodies[answers.index("ok")]["new_password"]
    assert await signin(ann.node, ann, won) == "ok"
    assert await refusal_of(ann.node, RESET, bodies[0]) == ("validation_failed", "token")


async def test_a_mailed_token_that_is_not_good_is_refused(
    ann: User, bob: User, post: Postbox
) -> None:
    verify = await post.token(email_of(ann), "verify")
    await forgot_password(ann.node, email_of(ann))
    reset = await post.token(email_of(ann), "reset")
    bad = ("validation_failed", "token")
    for token in (verify, "x", "", reset[:-1], reset.upper(), "é", ann.token[:200]):
        body = {"token": token, "new_password": ANOTHER_PASSWORD}
        assert await refusal_of(ann.node, RESET, body) == bad, token
    assert await refusal_of(ann.node, VERIFY, {"token": reset}) == bad
    # A password that will not do leaves the token good.
    body = {"token": reset, "new_password": "short"}
    assert await refusal_of(ann.node, RESET, body) == ("validation_failed", "new_password")

    await query(ann.node, "UPDATE email_tokens SET expires_at = 1 WHERE user_id = $1", ann.id)
    body = {"token": reset, "new_password": ANOTHER_PASSWORD}
    assert await refusal_of(bob.node, RESET, body) == bad
    assert await refusal_of(bob.node, VERIFY, {"token": verify}) == bad
    assert await signin(ann.node, ann, PASSWORD) == "ok"
    assert not await verified(ann)


async def test_a_mailed_token_is_void_after_a_change(ann: User, bob: User, post: Postbox) -> None:
    old = await reset_token(ann, post)
    body = {"current_password": PASSWORD, "new_password": ANOTHER_PASSWORD}
    await ann.http("POST", "/auth/password", body)
    body = {"token": old, "new_password": "yet another one"}
    assert await refusal_of(ann.node, RESET, body) == ("validation_failed", "token")

    gone = await reset_token(bob, post)
    await bob.http("DELETE", "/users/me", {"password": PASSWORD})
    body = {"token": gone, "new_password": ANOTHER_PASSWORD}
    assert await refusal_of(ann.node, RESET, body) == ("validation_failed", "token")
    await forgot_password(ann.node, email_of(bob))
    await forgot_password(ann.node, email_of(ann))
    await post.token(email_of(ann), "reset")
    assert post.empty(email_of(bob))


async def test_email_verify(ann: User, bob: User, post: Postbox) -> None:
    first = await post.token(email_of(ann), "verify")
    assert not await verified(ann)
    assert await code_of(bob.node, None, VERIFY, {"token": first}) == "ok"
    assert await verified(ann)
    assert await refusal_of(ann.node, VERIFY, {"token": first}) == ("validation_failed", "token")
