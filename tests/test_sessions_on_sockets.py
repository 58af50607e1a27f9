"""What becomes of sockets when tokens expire and sessions end, on every node at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from socketio.exceptions import ConnectionError as ConnectionRefused

from tests.cast import Cast
from tests.client import (
    PASSWORD,
    PATIENCE,
    Http,
    Refused,
    Socket,
    User,
    World,
    code_of,
    connect_errors,
    outcome,
)
from tests.tokens import access_token, bad_tokens

NAMESPACES = ("/rooms", "/notifications")


async def events_answer(socket: Socket) -> list[str]:
    """What an event on each namespace comes to."""
    return [
        await outcome(socket.call("watch_presence", user_ids=[])),
        await outcome(socket.call("get_unread", namespace="/notifications")),
    ]


async def signin(user: User) -> User:
    """The same user on one more device."""
    http = Http(user.node)
    try:
        body = {"login": user.username, "password": PASSWORD}
        return User(user.node, await http("POST", "/auth/signin", body))
    finally:
        await http.close()


async def heard_closing(socket: Socket, code: str) -> None:
    """Both namespaces were told why, and the socket is no longer connected."""
    closings = [await socket.hear("closing") for _ in NAMESPACES]
    assert closings == [{"code": code, "retry_after": None}] * 2
    async with asyncio.timeout(PATIENCE):
        await socket.closed.wait()
    # Told before it was disconnected, not by a client that lost its connection.
    assert {namespace for namespace, name, _ in socket.heard if name == "closing"} == {*NAMESPACES}


# Connecting


async def test_connect_with_a_bad_token_is_refused_on_both_namespaces(world: World) -> None:
    ann = await world.user("ann", connect=False)
    for name, (token, code) in bad_tokens(ann).items():
        for node in world.nodes:
            errors = await connect_errors(node, {"token": token})
            assert errors.keys() == {*NAMESPACES}, name
            for error in errors.values():
                assert error["data"] == {"code": code}, name
                assert error["message"]


@pytest.mark.parametrize(
    "auth", [None, {}, {"token": None}, {"token": 7}, {"token": ["x"]}, {"Token": "x"}]
)
async def test_connect_without_a_token_is_refused(cast: Cast, auth: Any) -> None:
    errors = await connect_errors(cast.nodes[0], auth)
    assert [errors[namespace]["data"] for namespace in NAMESPACES] == [
        {"code": "unauthenticated"}
    ] * 2


async def test_connect_after_signout_is_refused_on_every_node(world: World) -> None:
    ann = await world.user("ann", connect=False)
    await ann.http("POST", "/auth/signout")
    for node in world.nodes:
        errors = await connect_errors(node, {"token": ann.token})
        assert [errors[namespace]["data"]["code"] for namespace in NAMESPACES] == [
            "unauthenticated"
        ] * 2


# Ends of sessions


async def sign_out(ann: User, phone: User) -> None:
    await phone.http("POST", "/auth/signout")


async def delete_the_session(ann: User, phone: User) -> None:
    await ann.http("DELETE", f"/auth/sessions/{phone.session['session_id']}")


async def change_the_password(ann: User, phone: User) -> None:
    body = {"current_password": PASSWORD, "new_password": "another good password"}
    await ann.http("POST", "/auth/password", body)


async def steal_the_refresh_token(ann: User, phone: User) -> None:
    stolen = {"refresh_token": phone.session["refresh_token"]}
    second = await phone.http("POST", "/auth/refresh", stolen)
    await phone.http("POST", "/auth/refresh", {"refresh_token": second["refresh_token"]})
    assert await outcome(ann.http("POST", "/auth/refresh", stolen)) == "unauthenticated"


@pytest.mark.parametrize(
    "end", [sign_out, delete_the_session, change_the_password, steal_the_refresh_token]
)
async def test_an_ended_session_is_dead_at_once_on_every_node(
    world: World, end: Callable[[User, User], Awaitable[None]]
) -> None:
    ann = await world.user("ann")
    phone = await signin(ann)
    world.users.append(phone)
    sockets = [await phone.connect(node) for node in world.nodes]
    sockets.append(await phone.connect(phone.node, transports=["polling"]))

    await end(ann, phone)

    for node in world.nodes:
        assert await code_of(node, phone.token) == "unauthenticated"
        assert await code_of(node, ann.token) == "ok"
    for socket in sockets:
        await heard_closing(socket, "unauthenticated")
    # The other device goes on.
    assert await events_answer(ann.socket) == ["ok", "ok"]
    assert ann.socket.all("closing") == []


async def test_signout_finds_sockets_that_are_about_to_connect(world: World) -> None:
    ann = await world.user("ann", connect=False)
    sockets = [Socket(node, ann.token) for node in world.nodes * 6]

    async def connect(socket: Socket) -> None:
        # Some are refused, others are in and out again before the SDK has noticed.
        with suppress(ConnectionRefused):
            await socket.connect()

    connecting = [asyncio.create_task(connect(socket)) for socket in sockets]
    await ann.http("POST", "/auth/signout")
    await asyncio.gather(*connecting)
    try:
        for socket in sockets:
            if socket.sio.connected:
                async with asyncio.timeout(PATIENCE):
                    await socket.closed.wait()
    finally:
        for socket in sockets:
            await socket.close()


# Tokens that expire


async def test_an_expiring_socket_is_warned_and_closed(cast: Cast) -> None:
    ann = await cast.user("ann", connect=False)
    token = access_token(ann, ttl=3)
    socket = Socket(ann.node, token)
    await socket.connect()

    # Due 60 s ahead: at once.
    warnings = [await socket.hear("auth_expiring") for _ in NAMESPACES]
    assert [name for name, event, _ in socket.heard if event == "auth_expiring"] != []
    assert warnings[0] == warnings[1]
    assert warnings[0].keys() == {"expires_at"}
    await heard_closing(socket, "token_expired")

    assert await code_of(ann.node, token) == "token_expired"
    errors = await connect_errors(ann.node, {"token": token})
    assert [errors[name]["data"] for name in NAMESPACES] == [{"code": "token_expired"}] * 2
    # A fresh access token of the session is all it takes.
    assert await events_answer(await ann.connect()) == ["ok", "ok"]


@pytest.mark.parametrize("namespace", NAMESPACES)
async def test_refresh_auth_counts_for_both_namespaces(cast: Cast, namespace: str) -> None:
    ann = await cast.user("ann", connect=False)
    bob = await cast.user("bob")
    expiring = Socket(ann.node, access_token(ann, ttl=3))
    left_alone = Socket(ann.node, access_token(ann, ttl=3))
    for socket in (expiring, left_alone):
        await socket.connect()

    ack = await expiring.call("refresh_auth", namespace=namespace, token=ann.token)

    assert ack.keys() == {"ok", "expires_at"}
    assert ack["expires_at"] > (await left_alone.hear("auth_expiring"))["expires_at"]
    # By then, its own token would have ended it too.
    await heard_closing(left_alone, "token_expired")
    assert await events_answer(expiring) == ["ok", "ok"]
    assert expiring.all("closing") == []
    assert await events_answer(bob.socket) == ["ok", "ok"]
    await expiring.close()


async def test_refresh_auth_takes_the_token_of_a_refreshed_session(world: World) -> None:
    ann = await world.user("ann")
    body = {"refresh_token": ann.session["refresh_token"]}
    session = await ann.http("POST", "/auth/refresh", body)
    for namespace in NAMESPACES:
        ack = await ann.socket.call(
            "refresh_auth", namespace=namespace, token=session["access_token"]
        )
        assert ack["ok"]


async def test_refresh_auth_refuses_every_other_token(world: World) -> None:
    ann = await world.user("ann")
    tablet, bob = await signin(ann), await world.user("bob", connect=False)
    world.users.append(tablet)
    tokens = bad_tokens(ann) | {
        "another session's": (tablet.token, "unauthenticated"),
        "another user's": (bob.token, "unauthenticated"),
    }
    for name, (token, code) in tokens.items():
        for namespace in NAMESPACES:
            with pytest.raises(Refused) as refused:
                await ann.socket.call("refresh_auth", namespace=namespace, token=token)
            assert refused.value.code == code, name
    assert await events_answer(ann.socket) == ["ok", "ok"]


async def test_refresh_auth_leaves_another_session_on_the_connection_alone(world: World) -> None:
    ann = await world.user("ann", connect=False)
    tablet = await signin(ann)
    world.users.append(tablet)
    tokens = iter([access_token(ann, ttl=3), access_token(tablet, ttl=3)])
    socket = Socket(ann.node, "")
    # The SDK asks anew for each namespace.
    await socket.sio.connect(
        ann.node.url,
        auth=lambda: {"token": next(tokens)},
        namespaces=list(NAMESPACES),
        transports=["websocket"],
        wait_timeout=PATIENCE,
    )

    await socket.call("refresh_auth", token=ann.token)

    await socket.hear("closing", code="token_expired")
    assert [name for name, event, _ in socket.heard if event == "closing"] == ["/notifications"]
    await socket.close()
