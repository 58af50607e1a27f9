"""Signing up and in, access tokens, and the password."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from typing import Any

import jwt
import pytest

from tests.support.answers import code_of
from tests.support.client import PASSWORD, Http, Refused, User, unique
from tests.support.database import query
from tests.support.node import Node
from tests.support.session_calls import signin
from tests.support.tokens import bad_tokens
from tests.support.world import World

ME = {
    "id", "username", "display_name", "bio", "avatar_url", "status", "deleted", "created_at",
    "email", "pending_email", "preferences",
}  # fmt: skip

SESSION = {
    "user", "session_id", "access_token", "token_type", "expires_in", "refresh_token",
}  # fmt: skip


@pytest.fixture
async def http(node: Node) -> Any:
    """Calls without an access token."""
    http = Http(node)
    yield http
    await http.close()


def newcomer(**changes: Any) -> dict[str, Any]:
    """What someone may sign up with."""
    username = unique("ann")
    fields = {"email": f"{username}@example.com", "username": username, "password": PASSWORD}
    return fields | changes


# Signing up


async def test_signup_answers_a_session(http: Http) -> None:
    given = newcomer(display_name="  Ann Lee ", device="phone")
    session = await http("POST", "/auth/signup", given)

    assert session.keys() == SESSION
    assert session["token_type"] == "Bearer"
    assert session["expires_in"] == 900
    me = session["user"]
    assert me.keys() == ME
    assert (me["username"], me["email"]) == (given["username"], given["email"])
    assert (me["display_name"], me["deleted"], me["preferences"]) == ("Ann Lee", False, {})
    assert (me["bio"], me["avatar_url"], me["status"]) == (None, None, None)
    assert me["pending_email"] is None
    claims = jwt.decode(session["access_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["sid"]) == (me["id"], session["session_id"])
    assert claims["exp"] - claims["iat"] == 900


async def test_signup_takes_optional_fields_as_null(http: Http) -> None:
    given = newcomer(display_name=None, device=None, cookie=None)
    session = await http("POST", "/auth/signup", given)
    assert session["user"]["display_name"] == given["username"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": None}, "email"),
        ({"email": 7}, "email"),
        ({"email": "ann"}, "email"),
        ({"email": "ann@localhost"}, "email"),
        ({"email": "ann lee@example.com"}, "email"),
        ({"email": "ann@example.com\nBcc: bob@example.com"}, "email"),
        ({"email": "a" * 250 + "@example.com"}, "email"),
        ({"username": ["ann"]}, "username"),
        ({"username": ""}, "username"),
        ({"username": "a"}, "username"),
        ({"username": "a" * 33}, "username"),
        ({"username": "ann lee"}, "username"),
        ({"username": "ann@example.com"}, "username"),
        ({"username": "-ann"}, "username"),
        ({"username": "änn"}, "username"),
        ({"username": "ann\0"}, "username"),
        ({"password": "seven77"}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"password": 12345678}, "password"),
        ({"password": "a password \0 with NUL"}, "password"),
        ({"display_name": "   "}, "display_name"),
        ({"display_name": "x" * 65}, "display_name"),
        ({"display_name": "two\nlines"}, "display_name"),
        ({"display_name": {}}, "display_name"),
        ({"device": "x" * 201}, "device"),
        ({"device": 1}, "device"),
        ({"cookie": "yes"}, "cookie"),
        ({"is_admin": True}, "is_admin"),
    ],
)
async def test_signup_names_the_wrong_field_and_makes_nobody(
    http: Http, changes: dict[str, Any], field: str
) -> None:
    given = newcomer()
    with pytest.raises(Refused) as refused:
        await http("POST", "/auth/signup", given | changes)

    assert (refused.value.code, refused.value.status) == ("validation_failed", 422)
    assert refused.value.field == field
    # Neither the name nor the address is taken.
    if field != "username":
        found = await query(
            http.node, "SELECT id FROM users WHERE username_key = $1", given["username"]
        )
        assert found == []


@pytest.mark.parametrize("field", ["email", "username"])
async def test_signup_with_what_somebody_has_is_a_conflict(world: World, field: str) -> None:
    ann = await world.user("ann", connect=False)
    taken = ann.session["user"][field].upper()
    for node in world.nodes:
        http = Http(node)
        with pytest.raises(Refused) as refused:
            await http("POST", "/auth/signup", newcomer(**{field: taken}))
        await http.close()
        assert (refused.value.code, refused.value.status) == ("conflict", 409)
        assert refused.value.field == field


@pytest.mark.parametrize("field", ["email", "username"])
async def test_signup_raced_for_one_name_has_one_winner(world: World, field: str) -> None:
    wanted = newcomer()[field]
    nodes = [world.nodes[n % len(world.nodes)] for n in range(6)]
    codes = await asyncio.gather(
        *(code_of(node, None, "POST /auth/signup", newcomer(**{field: wanted})) for node in nodes)
    )
    assert sorted(codes) == ["conflict"] * 5 + ["ok"]


# Signing in


async def test_signin_takes_username_or_email_without_case(world: World) -> None:
    ann = await world.user("ann", connect=False)
    email = ann.session["user"]["email"]

    sessions = [
        await signin(ann, login)
        for login in (ann.username, ann.username.upper(), email, f" {email.upper()} ")
    ]

    for session in sessions:
        assert session.keys() == SESSION
        assert session["user"] == ann.session["user"]
        assert await code_of(ann.node, session["access_token"]) == "ok"
    assert len({s["session_id"] for s in [ann.session, *sessions]}) == 5


async def test_signin_takes_a_password_however_it_was_composed(world: World) -> None:
    ann = await world.user("ann", connect=False, password="caf\u00e9 au lait")
    assert await signin(ann, password="cafe\u0301 au lait")


async def test_signin_refuses_unknown_logins_and_wrong_passwords_alike(world: World) -> None:
    ann = await world.user("ann", connect=False)
    problems = []
    for login, password in (
        (ann.username, "not her password"),
        (ann.username, ""),
        (ann.username, PASSWORD.upper()),
        (unique("nobody"), PASSWORD),
        (f"{unique('nobody')}@example.com", PASSWORD),
        (" ", PASSWORD),
        ("%", PASSWORD),
    ):
        with pytest.raises(Refused) as refused:
            await signin(ann, login, password)
        assert (refused.value.code, refused.value.status) == ("invalid_credentials", 401)
        problems.append(refused.value.error)
    assert all(problem == problems[0] for problem in problems)


# Access tokens

PROTECTED = [
    "POST /auth/signout",
    "POST /auth/password",
    "GET /auth/sessions",
    "DELETE /auth/sessions/0190a5d4-7a3c-7000-8000-000000000001",
    "GET /users/me",
    "GET /users/0190a5d4-7a3c-7000-8000-000000000001",
    "GET /users",
]


@pytest.mark.parametrize("call", PROTECTED)
async def test_a_call_without_a_token_is_unauthenticated(node: Node, call: str) -> None:
    assert await code_of(node, None, call) == "unauthenticated"


async def test_bad_tokens_are_refused_on_every_node(world: World) -> None:
    ann = await world.user("ann", connect=False)
    for name, (token, code) in bad_tokens(ann).items():
        for node in world.nodes:
            http = Http(node, token)
            with pytest.raises(Refused) as refused:
                await http("GET", "/users/me")
            await http.close()
            assert (refused.value.code, refused.value.status) == (code, 401), name


async def test_a_token_counts_as_bearer_only(ann: User, http: Http) -> None:
    for given in (ann.token, f"Basic {ann.token}", "Bearer", f"Bearer {ann.token} x"):
        status, headers, raw = await http.raw("GET", "/users/me", headers={"Authorization": given})
        assert (json.loads(raw)["code"], status) == ("unauthenticated", 401), given
        assert headers["WWW-Authenticate"] == "Bearer"


# The password


async def test_change_password_ends_every_other_session(world: World) -> None:
    ann = await world.user("ann", connect=False)
    other = await signin(ann)

    body = {"current_password": PASSWORD, "new_password": "another good password"}
    assert await ann.http("POST", "/auth/password", body) is None

    for node in world.nodes:
        assert await code_of(node, ann.token) == "ok"
        assert await code_of(node, other["access_token"]) == "unauthenticated"
    old = {"refresh_token": other["refresh_token"]}
    assert await code_of(ann.node, None, "POST /auth/refresh", old) == "unauthenticated"
    with pytest.raises(Refused, match="invalid_credentials"):
        await signin(ann)
    assert await signin(ann, password="another good password")


async def test_change_password_needs_the_current_one_and_a_good_new_one(world: World) -> None:
    ann = await world.user("ann", connect=False)
    other = await signin(ann)
    for current, new, code in (
        ("not her password", "another good password", "invalid_credentials"),
        (PASSWORD, "short", "validation_failed"),
        (PASSWORD, "x" * 1025, "validation_failed"),
    ):
        with pytest.raises(Refused) as refused:
            await ann.http(
                "POST", "/auth/password", {"current_password": current, "new_password": new}
            )
        assert refused.value.code == code
        assert refused.value.field == ("new_password" if code == "validation_failed" else None)

    assert await code_of(ann.node, other["access_token"]) == "ok"
    assert await signin(ann)


# What is stored


async def test_the_database_keeps_no_secret(world: World) -> None:
    ann = await world.user("ann", connect=False)
    http = Http(ann.node)
    body = {"refresh_token": ann.session["refresh_token"]}
    session = await http("POST", "/auth/refresh", body)
    await http.close()

    [credential] = await query(
        ann.node, "SELECT * FROM user_credentials WHERE user_id = $1", ann.id
    )
    [row] = await query(ann.node, "SELECT * FROM sessions WHERE user_id = $1", ann.id)
    [user] = await query(ann.node, "SELECT * FROM users WHERE id = $1", ann.id)

    assert credential["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert row["token_hash"] == sha256(session["refresh_token"].encode()).hexdigest()
    assert row["parent_hash"] == sha256(ann.session["refresh_token"].encode()).hexdigest()
    # What is secret or cold stands apart from what everybody may see.
    assert not {"email", "password_hash", "preferences"} & user.keys()
    stored = repr([credential, row, user])
    secrets = [PASSWORD]
    for one in (ann.session, session):
        secrets += [one["refresh_token"], one["access_token"], one["access_token"].split(".")[2]]
    assert not [secret for secret in secrets if secret in stored]
