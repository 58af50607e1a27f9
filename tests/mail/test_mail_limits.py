"""What no caller learns and no mail server holds up: mails that fail, are away, or are asked for
by others."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import code_of
from tests.support.client import PASSWORD, PATIENCE, outcome
from tests.support.database import query
from tests.support.mail import Postbox
from tests.support.mail_calls import (
    ANOTHER_PASSWORD,
    RESET,
    email_of,
    forgot_password,
    refusal_of,
)
from tests.support.node import Node
from tests.support.world import signup, world_of

pytestmark = pytest.mark.usefixtures("no_errors_logged")


# Nodes of their own


async def test_a_reset_that_was_not_sent_is_no_reason_to_send_no_other(
    folder: Path, post: Postbox
) -> None:
    node = Node(
        folder, RATE_LIMITS="on", LIMIT_HTTP="1000/s", LIMIT_MAIL="1/h", SMTP_URL=post.url
    ).start()
    try:
        ann = await signup(node, "ann")
        await ann.close()
        await post.token(email_of(ann), "verify")
        post.refuse = True
        assert (await forgot_password(node, email_of(ann)))[0] == 202
        async with asyncio.timeout(PATIENCE):
            while not _failures(node):
                await asyncio.sleep(0.05)
            while await good_for_long(node):
                await asyncio.sleep(0.05)
        post.refuse = False
        assert (await forgot_password(node, email_of(ann)))[0] == 202
        body = {"token": await post.token(email_of(ann), "reset"), "new_password": ANOTHER_PASSWORD}
        assert await code_of(node, None, RESET, body) == "ok"
    finally:
        post.refuse = False
        node.stop()


async def good_for_long(node: Node) -> bool:
    sql = "SELECT expires_at - created_at AS life FROM email_tokens WHERE kind = 'reset'"
    return any(row["life"] == 3_600_000 for row in await query(node, sql))


async def test_password_forgot_answers_alike_without_a_mail_server(folder: Path) -> None:
    """Nothing is sent, and the log says so."""
    node = Node(folder, RATE_LIMITS="on", LIMIT_HTTP="1000/s").start()
    try:
        ann = await signup(node, "ann")
        await ann.close()
        for email in (email_of(ann), "nobody@example.com"):
            assert [(await forgot_password(node, email))[0] for _ in range(7)] == [202] * 7
        assert "mail is off" in node.log_text()
    finally:
        node.stop()


async def test_a_reset_cannot_be_used_up_by_others(folder: Path, post: Postbox) -> None:
    node = Node(
        folder,
        RATE_LIMITS="on",
        LIMIT_HTTP="1000/s",
        LIMIT_NEW_CONNECTIONS="1000/s",
        LIMIT_SIGNIN="2/h",
        LIMIT_MAIL="3/h",
        SMTP_URL=post.url,
    ).start()
    try:
        ann, bob = await signup(node, "ann"), await signup(node, "bob")
        for n in range(200):
            # Neither asking for her, for others, nor for nobody takes anything from her.
            nobody = f"nobody{n}@example.com"
            assert (await forgot_password(node, (email_of(ann), email_of(bob), nobody)[n % 3]))[
                0
            ] == 202
        await post.token(email_of(ann), "verify")
        links = [await post.token(email_of(ann), "reset") for _ in range(3)]
        # One more would have come before this one.
        carol = await signup(node, "carol")
        await carol.close()
        await post.token(email_of(carol), "verify")
        assert post.empty(email_of(ann))
        # The first one is as good as the last.
        body = {"token": links[0], "new_password": ANOTHER_PASSWORD}
        assert await code_of(node, None, RESET, body) == "ok"
        # The others are void with it: so whoever asks now has to get another, limit or not.
        assert (await forgot_password(node, email_of(ann)))[0] == 202
        body = {"token": await post.token(email_of(ann), "reset"), "new_password": PASSWORD}
        assert await code_of(node, None, RESET, body) == "ok"
        for user in (ann, bob):
            await user.close()
    finally:
        node.stop()


async def test_a_mail_server_that_is_away_delays_nothing(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        node = Node(folder, SMTP_URL=f"smtp://127.0.0.1:{port}").start()
        try:
            async with world_of([node]) as world:
                began = time.monotonic()
                ann = await world.user("ann", connect=False)
                assert (await forgot_password(node, email_of(ann)))[0] == 202
                assert time.monotonic() - began < 5
                # Now it refuses: what failed is in the log, in one line without the address.
                silent.close()
                await forgot_password(node, email_of(ann))
                async with asyncio.timeout(PATIENCE):
                    while not (lines := _failures(node)):
                        await asyncio.sleep(0.05)
                assert await outcome(ann.http("GET", "/users/me")) == "ok"
            assert all(email_of(ann) not in json.dumps(line) for line in lines)
        finally:
            node.stop()


def _failures(node: Node) -> list[Any]:
    lines = [json.loads(line) for line in node.log_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == "a mail was not sent"]


async def test_reset_refuses_what_may_not_be_a_password(nodes: list[Node], post: Postbox) -> None:
    """As at sign-up; the token tells whose username and address count, and is not spent."""
    node = nodes[0]
    ann = await signup(node, "ann")
    await post.token(email_of(ann), "verify")
    await forgot_password(node, email_of(ann))
    token = await post.token(email_of(ann), "reset")
    for password in (
        "password123",
        "        ",
        f"it is {ann.username}",
        email_of(ann).upper(),
        "the best chat",
    ):
        code = await refusal_of(nodes[-1], RESET, {"token": token, "new_password": password})
        assert code == ("validation_failed", "new_password"), password
    body = {"token": token, "new_password": ANOTHER_PASSWORD}
    assert await code_of(nodes[-1], None, RESET, body) == "ok"
    await ann.close()
