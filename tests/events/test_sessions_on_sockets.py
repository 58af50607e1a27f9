"""What becomes of sockets when tokens expire and sessions end, on every node at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from tests.support.answers import code_of, connect_errors
from tests.support.client import PASSWORD, PATIENCE, Http, Refused, Socket, User, outcome
from tests.support.node import Node
from tests.support.raw_sockets import raw_socket
from tests.support.shared_world import SharedWorld
from tests.support.tokens import access_token, bad_tokens
from tests.support.world import World

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


async def heard_closing(socket: Socket, code: str, reason: str | None = None) -> None:
    """Both namespaces were told why, and the socket is no longer connected."""
    closings = [await socket.hear("closing") for _ in NAMESPACES]
    assert closings == [{"code": code, "retry_after": None, "reason": reason}] * 2
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
async def test_connect_without_a_token_is_refused(shared_world: SharedWorld, auth: Any) -> None:
    errors = await connect_errors(shared_world.nodes[0], auth)
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
    ("end", "why"),
    [
        (sign_out, "signed_out"),
        (delete_the_session, "ended"),
        (change_the_password, "password_changed"),
        (steal_the_refresh_token, "token_reused"),
    ],
)
async def test_an_ended_session_is_dead_at_once_on_every_node(
    world: World, end: Callable[[User, User], Awaitable[None]], why: str
) -> None:
    """Its sockets are told why."""
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
        await heard_closing(socket, "unauthenticated", why)
    # The other device goes on.
    assert await events_answer(ann.socket) == ["ok", "ok"]
    assert ann.socket.all("closing") == []


async def test_signout_finds_sockets_that_are_about_to_connect(world: World) -> None:
    ann = await world.user("ann", connect=False)

    async def fate(node: Node) -> str:
        """How a connection ends: by the transport's end, or a refusal."""
        async with raw_socket(node) as socket, asyncio.timeout(PATIENCE):
            await socket.send("40/rooms," + json.dumps({"token": ann.token}))
            while (message := await socket.ws.receive()).type is WSMsgType.TEXT:
                if message.data.startswith("44/rooms,"):
                    return str(json.loads(message.data[9:])["data"]["code"])
            return "closed"

    fates = asyncio.gather(*(fate(node) for node in world.nodes * 6))
    await ann.http("POST", "/auth/signout")
    # Whoever had begun to connect by then may be told to try again.
    assert set(await fates) <= {"closed", "unauthenticated", "unavailable"}


async def test_closing_reaches_a_client_that_polls(world: World) -> None:
    ann = await world.user("ann", connect=False)
    async with aiohttp.ClientSession() as http:
        url = f"{ann.node.url}/socket.io/?EIO=4&transport=polling"
        async with http.get(url) as answer:
            url += "&sid=" + json.loads((await answer.text())[1:])["sid"]

        async def poll() -> str:
            async with http.get(url) as answer:
                return await answer.text()

        for namespace in NAMESPACES:
            connect = f"40{namespace}," + json.dumps({"token": ann.token})
            assert (await http.post(url, data=connect)).status == 200
            assert (await poll()).startswith(f"40{namespace},")
        waiting = asyncio.create_task(poll())
        await ann.http("POST", "/auth/signout")
        # The first of it ends the waiting request; by the next one the server has hung up.
        packets = await waiting
        await asyncio.sleep(0.3)
        if packets.count("closing") < 2:
            packets += await poll()

    for namespace in NAMESPACES:
        assert f'42{namespace},["closing"' in packets
        assert f"41{namespace}," in packets


# Tokens that expire


async def test_a_socket_lives_as_long_as_its_token(shared_world: SharedWorld) -> None:
    ann = await shared_world.user("ann", connect=False)
    token = access_token(ann, ttl=3)
    expiring, extended = [await Socket(ann.node, token).connect() for _ in range(2)]
    await extended.call("refresh_auth", token=ann.token)

    # Due 60 s ahead: at once.
    warnings = [await expiring.hear("auth_expiring") for _ in NAMESPACES]
    assert {name for name, event, _ in expiring.heard if event == "auth_expiring"} == {*NAMESPACES}
    assert warnings == [{"expires_at": warnings[0]["expires_at"]}] * 2
    await heard_closing(expiring, "token_expired")

    assert await code_of(ann.node, token) == "token_expired"
    errors = await connect_errors(ann.node, {"token": token})
    assert [errors[name]["data"] for name in NAMESPACES] == [{"code": "token_expired"}] * 2
    assert await events_answer(extended) == ["ok", "ok"]
    assert extended.all("closing") == []
    for socket in (expiring, extended):
        await socket.close()


@pytest.mark.parametrize("namespace", NAMESPACES)
async def test_refresh_auth_counts_for_both_namespaces(
    shared_world: SharedWorld, namespace: str
) -> None:
    ann = await shared_world.user("ann")
    other = await ann.connect()

    # A token that is about to expire shows whom it counts for.
    ack = await ann.socket.call("refresh_auth", namespace=namespace, token=access_token(ann, 50))

    assert ack.keys() == {"ok", "expires_at"}
    for _ in NAMESPACES:
        await ann.socket.hear("auth_expiring", expires_at=ack["expires_at"])
    assert await events_answer(other) == ["ok", "ok"]
    assert other.all("auth_expiring") == []


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
    async with raw_socket(ann.node) as socket:
        await socket.connect("/notifications", {"token": tablet.token})
        await socket.connect("/rooms", {"token": ann.token})

        await socket.emit("refresh_auth", {"token": access_token(ann, 50)}, id=1)

        heard = [await socket.receive(), await socket.receive()]
        # The other namespace would have been warned in the same round.
        await socket.emit("get_unread", {}, id=2, ns="/notifications")
        heard.append(await socket.receive())
    warned = [packet for packet in heard if "auth_expiring" in packet]
    assert len(warned) == 1 and warned[0].startswith("42/rooms,")
    assert heard[2].startswith("43/notifications,2")
