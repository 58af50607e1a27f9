"""Signing up and in, the password, and the list of one's sessions."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from typing import Any

import aiohttp
import jwt
import pytest

from tests.support.client import PASSWORD, PATIENCE, Http, Refused, User, code_of, new_id, unique
from tests.support.database import query
from tests.support.node import Node
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


def from_address(address: str) -> aiohttp.ClientSession:
    """Calls from another address of loopback."""
    connector = aiohttp.TCPConnector(local_addr=(address, 0))
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


def newcomer(**changes: Any) -> dict[str, Any]:
    """What someone may sign up with."""
    username = unique("ann")
    fields = {"email": f"{username}@example.com", "username": username, "password": PASSWORD}
    return fields | changes


async def signin(user: User, login: str | None = None, password: str = PASSWORD) -> dict[str, Any]:
    http = Http(user.node)
    try:
        body = {"login": login or user.username, "password": password}
        session: dict[str, Any] = await http("POST", "/auth/signin", body)
        return session
    finally:
        await http.close()


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


# Sessions


async def test_list_sessions(world: World) -> None:
    ann = await world.user("ann", connect=False, device="phone")
    other = await signin(ann)

    page = await ann.http("GET", "/auth/sessions")

    assert (page["has_more"], page["next"]) == (False, None)
    second, first = page["items"]
    assert first.keys() == {"id", "device", "address", "created_at", "last_seen_at", "current"}
    assert {first["address"], second["address"]} == {"127.0.0.1"}
    assert (first["id"], first["device"]) == (ann.session["session_id"], "phone")
    assert (second["id"], second["device"]) == (other["session_id"], None)
    assert (first["current"], second["current"]) == (True, False)
    assert first["created_at"] <= first["last_seen_at"]


async def test_list_sessions_says_where_each_was_last_used(world: World) -> None:
    ann = await world.user("ann", connect=False)
    first = await signin(ann)
    for address in ("127.0.0.9", "127.0.0.7"):
        there = Http(ann.node)
        await there.session.close()
        there.session = from_address(address)
        body = {"refresh_token": first["refresh_token"]}
        first = await there("POST", "/auth/refresh", body)
        await there.close()
        page = await ann.http("GET", "/auth/sessions")
        assert [item["address"] for item in page["items"]] == [address, "127.0.0.1"]


async def test_delete_sessions_ends_all_others_everywhere(world: World) -> None:
    ann, bob = await world.user("ann"), await world.user("bob")
    others = [User(node, await signin(ann)) for node in world.nodes for _ in range(2)]
    sockets = [await other.connect() for other in others]

    assert await ann.http("DELETE", "/auth/sessions") is None

    async with asyncio.timeout(PATIENCE):
        for socket in sockets:
            await socket.closed.wait()
    for node in world.nodes:
        for other in others:
            assert await code_of(node, other.token) == "unauthenticated"
            old = {"refresh_token": other.session["refresh_token"]}
            assert await code_of(node, None, "POST /auth/refresh", old) == "unauthenticated"
        assert await code_of(node, ann.token) == "ok"
        assert await code_of(node, bob.token) == "ok"
    [left] = (await ann.http("GET", "/auth/sessions"))["items"]
    assert (left["id"], left["current"]) == (ann.session["session_id"], True)
    assert not ann.socket.closed.is_set() and not bob.socket.closed.is_set()
    assert await ann.http("DELETE", "/auth/sessions") is None
    for other in others:
        await other.close()


async def test_a_user_has_a_hundred_sessions_and_the_least_used_goes(world: World) -> None:
    ann, bob = await world.user("ann"), await world.user("bob", connect=False)
    # The oldest sign-in of all, and used lately.
    kept = User(bob.node, await signin(ann))
    socket = await kept.connect()
    rest = [new_id() for _ in range(96)]
    rows = ", ".join(
        f"('{i}', '{ann.id}', 'x', 0, {n}, {n}, {n}, {2**52})" for n, i in enumerate(rest, start=2)
    )
    columns = "id, user_id, token_hash, generation, rotated_at, created_at, last_seen_at"
    await query(ann.node, f"INSERT INTO sessions ({columns}, expires_at) VALUES {rows}")
    await used_at(ann, 1)

    async def left() -> set[str]:
        sql = "SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL"
        return {row["id"] for row in await query(ann.node, sql, ann.id)}

    await signin(ann)
    await signin(ann)
    assert len(await left()) == 100
    assert await code_of(bob.node, ann.token) == "ok"
    await used_at(ann, 1)
    # At once, on both nodes: each one more than there may be.
    at = [User(world.nodes[n % len(world.nodes)], ann.session) for n in range(4)]
    new = await asyncio.gather(*(signin(user) for user in at))

    found = await left()
    assert len(found) == 100
    assert {one["session_id"] for one in new} <= found
    # The four least used are gone, and with them what hung on them, wherever it was.
    assert not found & {ann.session["session_id"], *rest[:3]} and set(rest[3:]) <= found
    async with asyncio.timeout(PATIENCE):
        await ann.socket.closed.wait()
    for node in world.nodes:
        assert await code_of(node, ann.token) == "unauthenticated"
        assert await code_of(node, kept.token) == "ok"
    assert not socket.closed.is_set()
    await kept.close()
    for user in at:
        await user.close()


async def used_at(user: User, moment: int) -> None:
    await query(
        user.node,
        "UPDATE sessions SET last_seen_at = $1 WHERE id = $2",
        moment,
        user.session["session_id"],
    )


async def test_list_sessions_in_pages(world: World) -> None:
    ann = await world.user("ann", connect=False)
    sessions = [ann.session, *[await signin(ann) for _ in range(4)]]

    seen, path = [], "/auth/sessions?limit=2"
    while path:
        page = await ann.http("GET", path)
        assert page["has_more"] == (page["next"] is not None)
        seen += [item["id"] for item in page["items"]]
        path = page["next"] and f"/auth/sessions?limit=2&cursor={page['next']}"

    assert seen == [session["session_id"] for session in reversed(sessions)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=WyJ4Iiwx", "cursor"),
        ("page=2", "page"),
    ],
)
async def test_list_sessions_names_the_wrong_field(ann: User, query: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        await ann.http("GET", f"/auth/sessions?{query}")
    assert (refused.value.code, refused.value.field) == ("validation_failed", field)


async def test_delete_session(world: World) -> None:
    ann = await world.user("ann", connect=False)
    other = await signin(ann)
    path = f"/auth/sessions/{other['session_id'].upper()}"

    assert await ann.http("DELETE", path) is None

    for node in world.nodes:
        assert await code_of(node, other["access_token"]) == "unauthenticated"
        assert await code_of(node, ann.token) == "ok"
    page = await ann.http("GET", "/auth/sessions")
    assert [item["id"] for item in page["items"]] == [ann.session["session_id"]]
    assert await code_of(ann.node, ann.token, f"DELETE {path}") == "not_found"


async def test_delete_session_of_somebody_else_is_not_found(world: World) -> None:
    ann = await world.user("ann", connect=False)
    bob = await world.user("bob", connect=False)
    refusals = []
    for session_id in (bob.session["session_id"], new_id()):
        with pytest.raises(Refused) as refused:
            await ann.http("DELETE", f"/auth/sessions/{session_id}")
        refusals.append(refused.value.error)

    assert refusals[0] == refusals[1]
    assert refusals[0]["code"] == "not_found"
    assert await code_of(bob.node, bob.token) == "ok"
    assert await code_of(ann.node, ann.token, "DELETE /auth/sessions/7") == "validation_failed"


async def test_signout(world: World) -> None:
    ann = await world.user("ann", connect=False)
    other = await signin(ann)

    assert await ann.http("POST", "/auth/signout") is None

    for node in world.nodes:
        assert await code_of(node, ann.token) == "unauthenticated"
        assert await code_of(node, other["access_token"]) == "ok"
    old = {"refresh_token": ann.session["refresh_token"]}
    assert await code_of(ann.node, None, "POST /auth/refresh", old) == "unauthenticated"


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
