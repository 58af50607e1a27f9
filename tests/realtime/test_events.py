"""A client's events: one at a time, in order, always answered, never in the reader's way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.engine import Serve, Served, soon, until


async def test_the_value_is_the_acks_one_argument(served: Served) -> None:
    ann = await served.client()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        return {"none": None, "pair": (1, 2), "list": [1, [2]]}[event]

    served.rooms.handle = handle
    for event, ack in [("none", "[null]"), ("pair", "[[1,2]]"), ("list", "[[1,[2]]]")]:
        await ann.emit(event, id=12)
        assert await ann.receive() == f"43/rooms,12{ack}"
    assert served.sio.stats.acks == served.sio.stats.events_in == 3


async def test_an_event_without_an_id_is_handled_and_not_answered(served: Served) -> None:
    ann = await served.client()
    await ann.emit("quiet")
    assert (await ann.call("asked"))["event"] == "asked"
    assert [event for event, _ in served.rooms.events] == ["quiet", "asked"]
    assert (served.sio.stats.events_in, served.sio.stats.acks) == (2, 1)


async def test_one_at_a_time_and_in_order_across_namespaces(served: Served) -> None:
    ann = await served.client()
    await ann.connect("/notifications")
    running, order = 0, []

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        nonlocal running
        running += 1
        assert running == 1
        # The first ones take longest.
        await asyncio.sleep(0.01 if args[0] < 3 else 0)
        running -= 1
        order.append(args[0])

    served.rooms.handle = served.notifications.handle = handle
    for number in range(20):
        await ann.emit("go", number, id=number, ns="/rooms" if number % 2 else "/notifications")
    acks = [(await ann.ack())[0] for _ in range(20)]
    assert order == acks == list(range(20))


async def test_two_clients_do_not_wait_for_each_other(served: Served) -> None:
    ann, bob = await served.client(), await served.client()
    go_on = asyncio.Event()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        await (go_on.wait() if event == "wait" else asyncio.sleep(0))
        return event

    served.rooms.handle = handle
    await ann.emit("wait", id=1)
    assert await bob.call("quick") == "quick"
    go_on.set()
    assert await ann.ack() == (1, "wait")


async def test_pongs_are_read_while_a_handler_runs(serve: Serve) -> None:
    served = await serve(ping_interval=0.1, ping_timeout=0.4)
    ann = await served.client()
    go_on = asyncio.Event()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        await go_on.wait()

    served.rooms.handle = handle
    await ann.emit("wait", id=1)
    for _ in range(6):
        assert await ann.receive(pings=True) == "2"
        await ann.send("3")
    go_on.set()
    assert await ann.ack() == (1, None)


async def test_the_queue_is_bounded_and_nothing_is_lost(serve: Serve) -> None:
    served = await serve()
    served.sio.handler_queue = 4
    ann = await served.client()
    started, go_on = asyncio.Event(), asyncio.Event()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        started.set()
        await go_on.wait()

    served.rooms.handle = handle
    for number in range(50):
        await ann.emit("go", id=number)
    await soon(started.wait())
    inbox = await served.inbox(ann)
    await until(lambda: len(inbox._items) == 4)
    # An answer to a websocket PING would show that the reader had gone on.
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await ann.ws.ping()
            await ann.ws.receive()
    assert len(inbox._items) == 4
    go_on.set()
    assert [(await ann.ack())[0] for _ in range(50)] == list(range(50))


async def test_the_queue_is_bounded_in_bytes_too(serve: Serve) -> None:
    served = await serve(max_http_buffer_size=1000)
    ann = await served.client()
    go_on = asyncio.Event()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        await go_on.wait()

    served.rooms.handle = handle
    for number in range(20):
        await ann.emit("go", "x" * 900, id=number)
    inbox = await served.inbox(ann)
    await until(lambda: inbox._full)
    assert len(inbox._items) == 5
    go_on.set()
    assert [(await ann.ack())[0] for _ in range(20)] == list(range(20))


async def test_no_task_while_idle(served: Served) -> None:
    ann = await served.client()
    assert (await ann.call("hello"))["ok"]
    await until(lambda: not served.sio.eio.tasks)


async def test_a_disconnect_drops_what_waits_and_lets_the_running_one_finish(
    served: Served,
) -> None:
    ann = await served.client()
    started, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        started.set()
        await go_on.wait()
        done.set()

    served.rooms.handle = handle
    for number in range(10):
        await ann.emit("go", number, id=number)
    await soon(started.wait())
    ann.cut()
    assert (await soon(served.rooms.left.get()))[0] == ann.sid
    assert not done.is_set()
    go_on.set()
    await soon(done.wait())
    await served.is_empty()
    assert len(served.rooms.events) == 1


async def test_events_before_a_disconnect_packet_are_handled(served: Served) -> None:
    ann = await served.client()
    await ann.emit("last words")
    await ann.send("41/rooms,")
    await ann.emit("too late")
    await soon(served.rooms.left.get())
    await ann.connect("/notifications")
    assert served.rooms.events == [("last words", [])]


async def test_events_for_a_namespace_that_is_not_connected_are_ignored(served: Served) -> None:
    ann = await served.client()
    await ann.emit("hello", id=1, ns="/notifications")
    await ann.emit("hello", id=1, ns="/elsewhere")
    assert (await ann.call("hello"))["ok"]
    assert not served.notifications.events


@pytest.mark.parametrize("name", ["connect", "disconnect", "connect_error", "error", "*", ""])
async def test_lifecycle_names_are_events_like_any_other_to_the_door(
    served: Served, name: str
) -> None:
    ann = await served.client()
    assert (await ann.call(name, 1)) == {"ok": True, "event": name, "args": [1]}
    assert served.rooms.connected.qsize() == 1
    assert served.rooms.left.empty()


async def test_a_door_that_fails_is_logged_once_and_answers(served: Served) -> None:
    ann = await served.client()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        raise {"raise": RuntimeError("a secret"), "cancel": asyncio.CancelledError()}[event]

    served.rooms.handle = handle
    for event in ("raise", "cancel"):
        with capture_logs() as logs:
            answer = await ann.call(event)
        assert answer == {
            "ok": False,
            "error": {"code": "internal", "message": "Something went wrong."},
        }
        assert len(logs) == 1


async def test_an_answer_that_cannot_be_encoded_is_internal(served: Served) -> None:
    ann = await served.client()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        return {"object": object(), "surrogate": "\ud800"}[event]

    served.rooms.handle = handle
    for event in ("object", "surrogate"):
        assert (await ann.call(event))["error"]["code"] == "internal"
