"""The audit log: who did what to whom, when and from where, and never a secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from server.kernel import audit
from server.kernel.caller import Caller, calling
from tests.support.client import PASSWORD, Socket, unique
from tests.support.mail import Postbox, postbox
from tests.support.node import KINDS, ROOT, Node, clustered
from tests.support.services import Postgres, Redis
from tests.walls.audited import Guest, Log

ANOTHER = "another good password"


@pytest.fixture(scope="module")
def post() -> Iterator[Postbox]:
    with postbox() as box:
        yield box


@pytest.fixture(scope="module", params=KINDS)
def audited(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, post: Postbox
) -> Iterator[list[Node]]:
    """Nodes with the default log level."""
    folder, names = tmp_path_factory.mktemp("audited"), ["one"]
    settings = {
        "RATE_LIMITS": "on",
        "TRUSTED_PROXIES": "127.0.0.1",
        "SMTP_URL": post.url,
        "MAIL_FROM": "chat@example.com",
    }
    if request.param == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        redis: Redis = request.getfixturevalue("redis")
        settings |= clustered(postgres.create_database("audited"), redis.url)
        names = ["one", "two"]
    nodes = [Node(folder / name, **settings).start() for name in names]
    yield nodes
    for node in nodes:
        node.stop()


@pytest.fixture
def guest(audited: list[Node]) -> Guest:
    return Guest(audited)


@pytest.fixture
def log(audited: list[Node]) -> Log:
    return Log(audited)


async def test_signing_up_in_and_out(guest: Guest, log: Log) -> None:
    first = await guest.signup()
    second = await guest.signin(first)
    await guest("POST /auth/signout", session=second)
    assert log.one("signed_up") == guest.line(first)
    assert log.one("signed_in") == guest.line(second)
    assert log.one("signed_out") == guest.line(second)


async def test_failures(guest: Guest, log: Log) -> None:
    ann = await guest.signup()
    secret = "what I typed into the wrong field"
    await guest.signin(ann, "wrong")
    assert log.one("signin_failed") == guest.line(ann, session_id=None, login_hash=None)
    log = Log(log._nodes)
    await guest("POST /auth/signin", {"login": secret, "password": "wrong"})
    line = log.one("signin_failed")
    assert re.fullmatch("[0-9a-f]{24}", line.pop("login_hash"))
    assert line == {"user_id": None, "session_id": None, "address": guest.address}
    for _ in range(5):
        await guest.signin(ann, "wrong")
    assert log.one("signin_limited") == guest.line(ann, session_id=None)


async def test_the_password(guest: Guest, log: Log, post: Postbox) -> None:
    ann = await guest.signup()
    other = await guest.signin(ann)
    for current in ("wrong", PASSWORD):
        body = {"current_password": current, "new_password": ANOTHER}
        await guest("POST /auth/password", body, ann)
    assert log.one("password_failed") == guest.line(ann)
    assert log.one("password_changed") == guest.line(ann, sessions_ended=1)

    email = ann["user"]["email"]
    await post.token(email, "verify")
    await guest("POST /auth/password/forgot", {"email": email})
    token = await post.token(email, "reset")
    assert log.one("password_reset_asked") == guest.line(ann, session_id=None)
    await guest("POST /auth/password/reset", {"token": token, "new_password": "yet another one"})
    assert log.one("password_reset") == guest.line(ann, session_id=None, sessions_ended=1)
    assert other["session_id"] != ann["session_id"]


async def test_the_address(guest: Guest, log: Log, post: Postbox) -> None:
    ann = await guest.signup()
    token = await post.token(ann["user"]["email"], "verify")
    await guest("POST /auth/email/verify", {"token": token})
    assert log.one("email_confirmed") == guest.line(ann, session_id=None)


async def test_mailed_tokens_that_are_not_good(guest: Guest, log: Log) -> None:
    wrong = "a token of somebody's making"
    for path, kind in (
        ("password/reset", "reset"),
        ("email/verify", "verify"),
        ("email/undo", "undo"),
    ):
        log = Log(log._nodes)
        more = {"new_password": ANOTHER} if kind == "reset" else {}
        await guest(f"POST /auth/{path}", {"token": wrong, **more})
        line = log.one("mailed_token_refused")
        assert line == {"user_id": None, "session_id": None, "address": guest.address, "kind": kind}
        assert wrong not in "".join(node.log_text() for node in log._nodes)


async def test_what_others_know_one_by(guest: Guest, log: Log) -> None:
    ann = await guest.signup()
    await guest("PATCH /users/me", {"bio": "something about me"}, ann)
    await guest("PATCH /users/me", {"username": ann["user"]["username"]}, ann)
    assert not [line for line in log.lines() if line["event"] == "profile_changed"]
    await guest("PATCH /users/me", {"display_name": "Somebody Else"}, ann)
    assert log.one("profile_changed") == guest.line(ann, changed="display_name")
    log = Log(log._nodes)
    await guest("PATCH /users/me", {"username": unique("bob")}, ann)
    assert log.one("profile_changed") == guest.line(ann, changed="username")


async def test_sessions(guest: Guest, log: Log) -> None:
    ann = await guest.signup()
    other = await guest.signin(ann)
    await guest(f"DELETE /auth/sessions/{other['session_id']}", session=ann)
    assert log.one("session_ended") == guest.line(ann, ended_session_id=other["session_id"])

    stolen = {"refresh_token": ann["refresh_token"]}
    successor = await guest("POST /auth/refresh", stolen)
    await guest("POST /auth/refresh", {"refresh_token": successor["refresh_token"]})
    thief = Guest(log._nodes)
    await thief("POST /auth/refresh", stolen)
    assert log.one("refresh_reused") == thief.line(ann)


async def test_roles_and_rooms(audited: list[Node], guest: Guest, log: Log) -> None:
    """Over sockets too, whose lines name the client's address as those of requests do."""
    ann, bob = [await guest.signup() for _ in range(2)]
    ids = [session["user"]["id"] for session in (ann, bob)]
    group = {"kind": "group", "name": "a group", "member_ids": [ids[1]]}
    room = (await guest("POST /rooms", group, ann))["id"]
    await guest(f"PATCH /rooms/{room}/members/{ids[1]}", {"role": "admin"}, ann)
    in_room = {"room_id": room, "target_id": ids[1]}
    assert log.one("role_changed") == guest.line(ann, **in_room, role="admin")
    # Calls that change nothing and calls that are refused add no line.
    await guest(f"PATCH /rooms/{room}/members/{ids[1]}", {"role": "admin"}, ann)
    await guest(f"PATCH /rooms/{room}/members/{ids[0]}", {"role": "member"}, bob)
    assert len([line for line in log.lines() if line["event"] == "role_changed"]) == 1

    socket = await Socket(audited[-1], ann["access_token"]).connect()
    await socket.call("leave_room", room_id=room)
    await socket.close()
    here = guest.line(ann, address="127.0.0.1", **in_room)
    assert log.one("owner_changed") == here

    await guest(f"DELETE /rooms/{room}", session=bob)
    assert log.one("room_deleted") == guest.line(bob, room_id=room)


async def test_deleting_an_account(guest: Guest, log: Log) -> None:
    ann = await guest.signup()
    await guest("DELETE /users/me", {"password": PASSWORD}, ann)
    assert log.one("account_deleted") == guest.line(ann, sessions_ended=1)


async def test_no_line_tells_a_secret(audited: list[Node]) -> None:
    """This checks all lines that the tests above have caused."""
    log = Log(audited)
    log._seen = [0] * len(audited)
    lines = log.lines()
    assert lines
    text = json.dumps(lines)
    for secret in ("@example.com", PASSWORD, ANOTHER, "wrong", "yet another", "eyJ", "argon2"):
        assert secret not in text
    assert {line["event"] for line in lines} <= {*audit.EVENTS, "left_out"}
    for line in lines:
        assert {"user_id", "address", "session_id"} <= line.keys() or line["event"] == "left_out"
        values = [value for key, value in line.items() if key != "timestamp"]
        assert not any(isinstance(value, str) and len(value) > 40 for value in values), line


# How many lines are written


async def test_who_repeats_an_event_is_summed_up() -> None:
    now = 0.0
    log = audit.Audit(lambda: now)
    with capture_logs() as lines:
        with calling(Caller("192.0.2.1")):
            for _ in range(500):
                log.write_line("signin_failed")
            log.write_line("signed_up")
        with calling(Caller("192.0.2.2")):
            log.write_line("signin_failed")
        await log.sum_up()
        await log.sum_up()
    counts = [line["event"] for line in lines]
    assert counts.count("signin_failed") == audit.RATE_OF_EACH.burst + 1
    assert counts.count("signed_up") == 1
    [summed] = [line for line in lines if line["event"] == "left_out"]
    assert (summed["of"], summed["count"]) == ("signin_failed", 500 - audit.RATE_OF_EACH.burst)
    now += 2
    with capture_logs() as lines, calling(Caller("192.0.2.1")):
        for _ in range(5):
            log.write_line("signin_failed")
    assert len(lines) == 2


async def test_many_strangers_together_are_summed_up_too() -> None:
    log = audit.Audit(lambda: 0.0)
    with capture_logs() as lines:
        for n in range(3 * audit.RATE_OF_ALL.burst):
            with calling(Caller(f"address {n}")):
                log.write_line("signin_failed")
                log.write_line("signed_in", user_id="u")
        await log.sum_up()
    counts = [line["event"] for line in lines]
    assert counts.count("signin_failed") == audit.RATE_OF_ALL.burst
    # Events of a successful sign-in are written for each account.
    assert counts.count("signed_in") == 3 * audit.RATE_OF_ALL.burst


def test_every_event_is_told_of() -> None:
    section = (ROOT / "docs" / "security.md").read_text().split("## The audit log\n")[1]
    table = section.split("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == (*audit.EVENTS, "left_out")
