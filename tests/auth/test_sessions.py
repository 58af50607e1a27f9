"""The list of one's sessions, and how they end."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.support.answers import code_of
from tests.support.client import PATIENCE, Http, Refused, User, new_id
from tests.support.database import query
from tests.support.session_calls import signin
from tests.support.world import World


def from_address(address: str) -> aiohttp.ClientSession:
    """Calls from another address of loopback."""
    connector = aiohttp.TCPConnector(local_addr=(address, 0))
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


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
