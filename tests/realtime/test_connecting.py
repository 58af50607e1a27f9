"""Only an explicit yes in time admits, and whoever is not admitted leaves no trace."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from socketio.exceptions import ConnectionRefusedError
from structlog.testing import capture_logs

from server.kernel.errors import TokenExpired
from tests.support.engine import Recorder, Serve, Served, soon, until

UNAVAILABLE = {"message": "unavailable", "data": {"code": "unavailable"}}
INTERNAL = {"message": "internal", "data": {"code": "internal"}}


async def test_yes_admits(served: Served) -> None:
    ann = await served.websocket()
    answer = await ann.connect(auth={"token": "t"})
    assert set(answer) == {"sid"}
    assert await ann.call("hello", 1) == {"ok": True, "event": "hello", "args": [1]}
    assert served.sio.eio_sid(answer["sid"], "/rooms") == ann.opening["sid"]
    assert served.sio.eio_sid("nobody", "/rooms") is None


@pytest.mark.parametrize("answer", [None, False, 0, 1, "yes", object()])
async def test_anything_but_true_refuses(served: Served, answer: Any) -> None:
    async def connect(*_: Any) -> Any:
        return answer

    served.rooms.connect = connect
    ann = await served.websocket()
    with capture_logs() as logs:
        assert await ann.connect() == UNAVAILABLE
    assert [line["event"] for line in logs] == ["connect handler did not say yes"]
    assert not served.sio.manager.rooms
    assert not served.sio.manager.pending_connect


async def test_a_refusal_is_shown_as_the_handler_said_it(served: Served) -> None:
    async def connect(*_: Any) -> Any:
        raise ConnectionRefusedError("expired", {"code": "token_expired"})

    served.rooms.connect = connect
    ann = await served.websocket()
    with capture_logs() as logs:
        assert await ann.connect() == {"message": "expired", "data": {"code": "token_expired"}}
    assert not logs
    assert not served.sio.manager.rooms


async def test_a_chat_error_refuses_with_its_code(served: Served) -> None:
    async def connect(*_: Any) -> Any:
        raise TokenExpired()

    served.rooms.connect = connect
    ann = await served.websocket()
    answer = await ann.connect()
    assert answer["message"] == "The access token has expired."
    assert answer["data"]["code"] == "token_expired"


async def test_a_handler_that_raises_refuses_and_is_logged_once(served: Served) -> None:
    async def connect(sid: str, *_: Any) -> Any:
        await served.rooms.enter_room(sid, "r1")
        raise RuntimeError("a secret of the database")

    served.rooms.connect = connect
    ann = await served.websocket()
    with capture_logs() as logs:
        assert await ann.connect() == INTERNAL
    assert [line["event"] for line in logs] == ["connect handler failed"]
    assert not served.sio.manager.rooms
    # Nothing of it sticks to the transport: the next try is a first one.
    served.rooms.connect = None
    assert "sid" in await ann.connect()


async def test_a_handler_that_is_cancelled_refuses(served: Served) -> None:
    async def connect(*_: Any) -> Any:
        raise asyncio.CancelledError

    served.rooms.connect = connect
    assert await (await served.websocket()).connect() == UNAVAILABLE
    assert not served.sio.manager.rooms


@pytest.mark.parametrize("stubborn", [False, True])
async def test_a_handler_that_is_too_slow_refuses(serve: Serve, stubborn: bool) -> None:
    served = await serve(admit_timeout=0.05)

    async def connect(*_: Any) -> Any:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if not stubborn:
                raise
        return True

    served.rooms.connect = connect
    assert await (await served.websocket()).connect() == UNAVAILABLE
    assert not served.sio.manager.rooms


async def test_rooms_entered_by_the_handler_hear_events_before_the_answer(served: Served) -> None:
    async def connect(sid: str, *_: Any) -> Any:
        await served.rooms.enter_room(sid, "r1")
        await served.rooms.emit("news", 1, room="r1")
        return True

    served.rooms.connect = connect
    ann = await served.websocket()
    await ann.send("40/rooms,")
    assert await ann.receive() == '42/rooms,["news",1]'
    assert (await ann.receive()).startswith('40/rooms,{"sid":')


@pytest.mark.parametrize("say", [True, False])
async def test_a_client_that_leaves_meanwhile_is_no_ghost(served: Served, say: bool) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def connect(sid: str, *_: Any) -> Any:
        await served.rooms.enter_room(sid, "before")
        entered.set()
        await go_on.wait()
        await served.rooms.enter_room(sid, "after")
        served.sio.manager.basic_enter_room(sid, "/rooms", "forced", eio_sid=ann.opening["sid"])
        return say

    served.rooms.connect = connect
    ann = await served.websocket()
    await ann.send("40/rooms,")
    await soon(entered.wait())
    ann.cut()
    await until(lambda: not served.sio.eio.sockets)
    assert not served.sio.manager.rooms
    go_on.set()
    sid = await soon(served.rooms.connected.get())
    if say:
        # It said yes, so it is told that the client has left.
        assert await soon(served.rooms.left.get()) == (sid, "transport close")
    await served.is_empty()
    assert served.rooms.left.empty()


async def test_disconnecting_a_client_that_still_connects_refuses_it(served: Served) -> None:
    async def connect(sid: str, *_: Any) -> Any:
        await served.sio.disconnect(sid, "/rooms")
        return True

    served.rooms.connect = connect
    ann = await served.websocket()
    assert await ann.connect() == UNAVAILABLE
    assert (await soon(served.rooms.left.get()))[1] == "server disconnect"
    assert not served.sio.manager.rooms


async def test_a_second_connect_changes_nothing(served: Served) -> None:
    ann = await served.client()
    await ann.send("40/rooms,")
    assert (await ann.call("still here"))["ok"]
    assert list(served.sio.manager.rooms["/rooms"]) == [None, ann.sid]
    assert served.rooms.connected.qsize() == 1


async def test_a_second_connect_while_the_first_waits_changes_nothing(served: Served) -> None:
    async def connect(*_: Any) -> Any:
        await asyncio.sleep(0)
        return True

    served.rooms.connect = connect
    ann = await served.websocket()
    await ann.send("40/rooms,")
    await ann.send("40/rooms,")
    assert (await ann.receive()).startswith('40/rooms,{"sid":')
    assert (await ann.call("hello"))["ok"]
    assert served.rooms.connected.qsize() == 1


async def test_an_unknown_namespace_is_refused(served: Served) -> None:
    ann = await served.websocket()
    assert await ann.connect("/elsewhere") == {"message": "Invalid namespace"}
    await ann.send("40")
    assert await ann.receive() == '44{"message":"Invalid namespace"}'
    assert not served.sio.manager.rooms


@pytest.mark.parametrize("auth", ["", "{}", '{"token":"123"}'])
async def test_the_main_namespace_and_what_is_said_on_the_way_in(serve: Serve, auth: str) -> None:
    served = await serve(ping_interval=0.1)
    main = Recorder("/")
    served.sio.register_namespace(main)
    told: asyncio.Queue[Any] = asyncio.Queue()

    async def connect(sid: str, environ: dict[str, Any], auth: Any) -> bool:
        told.put_nowait(auth)
        return True

    main.connect = served.rooms.connect = connect
    ann = await served.websocket()
    for namespace in ("", "/rooms,"):
        await ann.send(f"40{namespace}{auth}")
        answer = await ann.receive()
        assert answer.startswith(f"40{namespace}{{")
        assert json.loads(answer.removeprefix(f"40{namespace}")).keys() == {"sid"}
        assert await soon(told.get()) == (json.loads(auth) if auth else None)
    # Out of one again, it is still in the other, and still asked whether it lives.
    await ann.send("41")
    assert (await soon(main.left.get()))[1] == "client disconnect"
    assert (await ann.call("hello"))["ok"]
    assert await ann.receive(pings=True) == "2"


async def test_two_namespaces_on_one_transport(served: Served) -> None:
    ann = await served.websocket()
    rooms = await ann.connect("/rooms")
    notifications = await ann.connect("/notifications")
    assert served.sio.eio_sid(rooms["sid"], "/rooms") == served.sio.eio_sid(
        notifications["sid"], "/notifications"
    )
    await ann.send("41/rooms,")
    assert await soon(served.rooms.left.get()) == (rooms["sid"], "client disconnect")
    assert (await ann.call("hello", ns="/notifications"))["ok"]


async def test_back_into_a_namespace_that_is_still_being_left(served: Served) -> None:
    ann = await served.client()
    leaving, go_on = asyncio.Event(), asyncio.Event()

    async def on_disconnect(sid: str, reason: str) -> None:
        leaving.set()
        await go_on.wait()

    served.rooms.on_disconnect = on_disconnect  # type: ignore[method-assign]
    kicked = asyncio.create_task(served.sio.disconnect(ann.sid, "/rooms"))
    assert await ann.receive() == "41/rooms,"
    await soon(leaving.wait())
    again = asyncio.create_task(ann.connect())
    await until(lambda: served.sio.eio.sockets[ann.opening["sid"]].inbox)
    go_on.set()
    assert "sid" in await soon(again)
    await soon(kicked)
    assert (await ann.call("hello"))["ok"]


async def test_a_transport_without_a_namespace_is_closed(serve: Serve) -> None:
    served = await serve(connect_timeout=0.1)
    ann, bob, poller = await served.websocket(), await served.client(), await served.poller()
    await ann.closed()
    await until(lambda: poller.sid not in served.sio.eio.sockets)
    assert (await poller.get())[0] == 400
    # One that connected stays, until it leaves its last namespace.
    assert (await bob.call("hello"))["ok"]
    await bob.send("41/rooms,")
    await bob.closed()
    await served.is_empty()


async def test_a_connect_that_began_in_time_may_end(serve: Serve) -> None:
    served = await serve(connect_timeout=0.05, admit_timeout=0.2)
    started = asyncio.Event()

    async def slow(*_: Any) -> Any:
        started.set()
        await asyncio.sleep(0.1)
        return True

    async def too_slow(*_: Any) -> Any:
        await asyncio.Event().wait()

    served.rooms.connect = slow
    ann = await served.websocket()
    assert "sid" in await ann.connect()
    served.rooms.connect = too_slow
    bob = await served.websocket()
    for _ in range(5):
        await bob.send("40/rooms,")
    await bob.closed()


@pytest.mark.parametrize(("answer", "admitted"), [(None, True), (True, True), (False, False)])
async def test_a_handler_may_admit_by_saying_nothing_where_that_is_wanted(
    serve: Serve, answer: bool | None, admitted: bool
) -> None:
    served = await serve(explicit_accept=False)

    async def connect(*_: Any) -> bool | None:
        return answer

    served.rooms.connect = connect
    ann = await served.websocket()
    assert ("sid" in await ann.connect()) == admitted
