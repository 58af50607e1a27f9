"""What takes a mail: a forgotten password, and an address that is one's own."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import PASSWORD, PATIENCE, Http, Refused, User, code_of, outcome, unique
from tests.support.database import query
from tests.support.mail import Postbox, mailing_nodes, postbox
from tests.support.node import Node
from tests.support.world import signup, world_of

pytestmark = pytest.mark.usefixtures("no_errors_logged")

FORGOT, RESET, VERIFY = (
    f"POST /auth/{path}" for path in ("password/forgot", "password/reset", "email/verify")
)
ANOTHER = "another fine password"


@pytest.fixture(scope="module")
def post() -> Iterator[Postbox]:
    with postbox() as box:
        yield box


@pytest.fixture(scope="module")
def shared_nodes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, post: Postbox
) -> Iterator[Callable[[str], list[Node]]]:
    folder = tmp_path_factory.mktemp("mail")
    with mailing_nodes(request, folder, post) as of:
        yield of


def email_of(user: User) -> str:
    return str(user.session["user"]["email"])


async def forgot(node: Node, email: str) -> tuple[int, bytes]:
    http = Http(node)
    try:
        status, _, body = await http.raw("POST", "/auth/password/forgot", json={"email": email})
        return status, body
    finally:
        await http.close()


async def refused(node: Node, call: str, body: Any) -> tuple[str, str | None]:
    http = Http(node)
    try:
        with pytest.raises(Refused) as error:
            method, path = call.split()
            await http(method, path, body)
        return error.value.code, error.value.field
    finally:
        await http.close()


async def reset_token(user: User, post: Postbox) -> str:
    """Past the mail that came when the user signed up."""
    await post.token(email_of(user), "verify")
    assert (await forgot(user.node, email_of(user)))[0] == 202
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
    assert await code_of(bob.node, None, RESET, {"token": token, "new_password": ANOTHER}) == "ok"
    for node in (ann.node, bob.node):
        assert await code_of(node, ann.token) == "unauthenticated"
    async with asyncio.timeout(PATIENCE):
        await ann.socket.closed.wait()
        await elsewhere.closed.wait()
    assert await signin(ann.node, ann, PASSWORD) == "invalid_credentials"
    assert await signin(ann.node, ann, ANOTHER) == "ok"
    # Who has the mail has the address.
    assert await verified(ann)


async def test_password_forgot_says_the_same_to_nobody(ann: User, post: Postbox) -> None:
    nobody = f"{unique('nobody')}@example.com"
    await post.next(email_of(ann))
    unknown = await forgot(ann.node, nobody)
    known = await forgot(ann.node, email_of(ann).upper())
    assert unknown == known == (202, b"")
    await post.token(email_of(ann), "reset")
    assert post.empty(nobody)
    for wrong in ("ann", "", "ann@example.com\r\nBcc: bob@example.com", "a@b.c\nd@e.f"):
        assert await refused(ann.node, FORGOT, {"email": wrong}) == ("validation_failed", "email")


async def test_a_mail_is_plain_and_short(ann: User, post: Postbox) -> None:
    letter = await post.next(email_of(ann))
    assert letter["From"] == "chat@example.com"
    assert letter["To"] == email_of(ann)
    assert letter["Subject"] == "Confirm your e-mail address"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"] and letter["Message-ID"].endswith("@example.com>")
    assert letter.get_content_type() == "text/plain"
    assert len(letter.get_content()) < 500
    # Nothing in it is what users write, nor is any token in the database or the log.
    assert ann.username not in letter.get_content().replace(email_of(ann), "")
    await forgot(ann.node, email_of(ann))
    token = await post.token(email_of(ann), "reset")
    rows = await query(ann.node, "SELECT token_hash FROM email_tokens WHERE user_id = $1", ann.id)
    assert len(rows) == 2 and token not in [row["token_hash"] for row in rows]
    assert token not in ann.node.log_text()


async def test_a_mailed_token_is_good_once(ann: User, bob: User, post: Postbox) -> None:
    token = await reset_token(ann, post)
    bodies = [{"token": token, "new_password": f"{ANOTHER} {n}"} for n in range(4)]
    nodes = [ann.node, bob.node] * 2
    answers = await asyncio.gather(
        *(code_of(node, None, RESET, body) for node, body in zip(nodes, bodies, strict=True))
    )
    assert sorted(answers) == ["ok", *["validation_failed"] * 3]
    won = bodies[answers.index("ok")]["new_password"]
    assert await signin(ann.node, ann, won) == "ok"
    assert await refused(ann.node, RESET, bodies[0]) == ("validation_failed", "token")


async def test_a_mailed_token_that_is_not_good_is_refused(
    ann: User, bob: User, post: Postbox
) -> None:
    verify = await post.token(email_of(ann), "verify")
    await forgot(ann.node, email_of(ann))
    reset = await post.token(email_of(ann), "reset")
    bad = ("validation_failed", "token")
    for token in (verify, "x", "", reset[:-1], reset.upper(), "é", ann.token[:200]):
        body = {"token": token, "new_password": ANOTHER}
        assert await refused(ann.node, RESET, body) == bad, token
    assert await refused(ann.node, VERIFY, {"token": reset}) == bad
    # A password that will not do leaves the token good.
    body = {"token": reset, "new_password": "short"}
    assert await refused(ann.node, RESET, body) == ("validation_failed", "new_password")

    await query(ann.node, "UPDATE email_tokens SET expires_at = 1 WHERE user_id = $1", ann.id)
    body = {"token": reset, "new_password": ANOTHER}
    assert await refused(bob.node, RESET, body) == bad
    assert await refused(bob.node, VERIFY, {"token": verify}) == bad
    assert await signin(ann.node, ann, PASSWORD) == "ok"
    assert not await verified(ann)


async def test_a_mailed_token_is_void_after_a_change(ann: User, bob: User, post: Postbox) -> None:
    old = await reset_token(ann, post)
    body = {"current_password": PASSWORD, "new_password": ANOTHER}
    await ann.http("POST", "/auth/password", body)
    body = {"token": old, "new_password": "yet another one"}
    assert await refused(ann.node, RESET, body) == ("validation_failed", "token")

    gone = await reset_token(bob, post)
    await bob.http("DELETE", "/users/me", {"password": PASSWORD})
    body = {"token": gone, "new_password": ANOTHER}
    assert await refused(ann.node, RESET, body) == ("validation_failed", "token")
    await forgot(ann.node, email_of(bob))
    await forgot(ann.node, email_of(ann))
    await post.token(email_of(ann), "reset")
    assert post.empty(email_of(bob))


async def test_email_verify(ann: User, bob: User, post: Postbox) -> None:
    first = await post.token(email_of(ann), "verify")
    assert not await verified(ann)
    assert await code_of(bob.node, None, VERIFY, {"token": first}) == "ok"
    assert await verified(ann)
    assert await refused(ann.node, VERIFY, {"token": first}) == ("validation_failed", "token")


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
        assert (await forgot(node, email_of(ann)))[0] == 202
        async with asyncio.timeout(PATIENCE):
            while not _failures(node):
                await asyncio.sleep(0.05)
            while await good_for_long(node):
                await asyncio.sleep(0.05)
        post.refuse = False
        assert (await forgot(node, email_of(ann)))[0] == 202
        body = {"token": await post.token(email_of(ann), "reset"), "new_password": ANOTHER}
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
            assert [(await forgot(node, email))[0] for _ in range(7)] == [202] * 7
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
            assert (await forgot(node, (email_of(ann), email_of(bob), nobody)[n % 3]))[0] == 202
        await post.token(email_of(ann), "verify")
        links = [await post.token(email_of(ann), "reset") for _ in range(3)]
        # One more would have come before this one.
        carol = await signup(node, "carol")
        await carol.close()
        await post.token(email_of(carol), "verify")
        assert post.empty(email_of(ann))
        # The first one is as good as the last.
        body = {"token": links[0], "new_password": ANOTHER}
        assert await code_of(node, None, RESET, body) == "ok"
        # The others are void with it: so whoever asks now has to get another, limit or not.
        assert (await forgot(node, email_of(ann)))[0] == 202
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
                assert (await forgot(node, email_of(ann)))[0] == 202
                assert time.monotonic() - began < 5
                # Now it refuses: what failed is in the log, in one line without the address.
                silent.close()
                await forgot(node, email_of(ann))
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
    await forgot(node, email_of(ann))
    token = await post.token(email_of(ann), "reset")
    for password in (
        "password123",
        "        ",
        f"it is {ann.username}",
        email_of(ann).upper(),
        "the best chat",
    ):
        code = await refused(nodes[-1], RESET, {"token": token, "new_password": password})
        assert code == ("validation_failed", "new_password"), password
    body = {"token": token, "new_password": ANOTHER}
    assert await code_of(nodes[-1], None, RESET, body) == "ok"
    await ann.close()
