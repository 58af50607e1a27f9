"""A client's events: one at a time, in order, always answered, never in the reader's way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import socketio
from structlog.testing import capture_logs

from server.errors import NotFound
from tests.realtime.conftest import Serve
from tests.support.engine import Served, soon, until


class Stock(socketio.AsyncNamespace):
    """A namespace of python-socketio's own kind, without `handle_event`."""

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any) -> bool:
        return True

    async def on_add(self, sid: str, a: int, b: int) -> int:
        return a + b

    async def on_pair(self, sid: str) -> tuple[int, int]:
        return 1, 2

    async def on_nothing(self, sid: str) -> None:
        return None

    async def on_fail(self, sid: str) -> None:
        raise RuntimeError("a secret")

    async def on_refuse(self, sid: str) -> None:
        raise NotFound()

    async def on_opaque(self, sid: str) -> object:
        return object()

    async def on_error(self, sid: str, *args: Any) -> None:
        raise AssertionError("a client's event must not come here")


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
    served = await serve(handler_queue=4)
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
    await until(lambda: not served.sio.eio._tasks)


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
            "error": {"code": "internal", "message": "something went wrong"},
        }
        assert len(logs) == 1


async def test_an_answer_that_cannot_be_encoded_is_internal(served: Served) -> None:
    ann = await served.client()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        return {"object": object(), "surrogate": "\ud800"}[event]

    served.rooms.handle = handle
    for event in ("object", "surrogate"):
        assert (await ann.call(event))["error"]["code"] == "internal"


class TestStockNamespace:
    @pytest.fixture
    async def served(self, served: Served) -> Served:
        served.sio.register_namespace(Stock("/stock"))
        return served

    async def test_acks(self, served: Served) -> None:
        ann = await served.client("/stock")
        await ann.emit("add", 1, 2, id=1, ns="/stock")
        assert await ann.receive() == "43/stock,1[3]"
        await ann.emit("pair", id=2, ns="/stock")
        assert await ann.receive() == "43/stock,2[1,2]"
        await ann.emit("nothing", id=3, ns="/stock")
        assert await ann.receive() == "43/stock,3[]"

    @pytest.mark.parametrize(
        ("event", "code"),
        [("fail", "internal"), ("opaque", "internal"), ("refuse", "not_found")],
    )
    async def test_failures_are_answered(self, served: Served, event: str, code: str) -> None:
        ann = await served.client("/stock")
        with capture_logs() as logs:
            answer = await ann.call(event, ns="/stock")
        assert answer["ok"] is False
        assert answer["error"]["code"] == code
        assert "secret" not in str(answer)
        assert len(logs) == (code == "internal")

    @pytest.mark.parametrize("name", ["connect", "disconnect", "connect_error", "error", "*"])
    async def test_reserved_names_reach_no_handler(self, served: Served, name: str) -> None:
        ann = await served.client("/stock")
        answer = await ann.call(name, {}, {}, ns="/stock")
        assert answer["error"]["code"] == "validation_failed"
        assert (await ann.call("add", 1, 2, ns="/stock")) == 3

    async def test_what_cannot_be_read_is_refused(self, served: Served) -> None:
        ann = await served.client("/stock")
        await ann.send("42/stock,1{}")
        assert (await ann.ack())[1]["error"]["code"] == "validation_failed"

    async def test_functions_and_unknown_events(self, served: Served) -> None:
        @served.sio.on("connect", namespace="/functions")
        async def connect(sid: str, environ: dict[str, Any], auth: Any) -> bool:
            return True

        ann = await served.client("/functions")
        answer = await ann.call("unknown", ns="/functions")
        assert answer["error"]["code"] == "validation_failed"


async def test_callbacks_are_bounded_and_die_with_the_client(served: Served) -> None:
    ann = await served.client()
    answers: asyncio.Queue[Any] = asyncio.Queue()
    await served.rooms.emit("ask", to=ann.sid, callback=answers.put_nowait)
    assert await ann.receive() == '42/rooms,1["ask"]'
    # Wrong ids, and the one under which the stock manager keeps its counter.
    for id in (0, 2, 2**53):
        await ann.send(f"43/rooms,{id}[1]")
    await ann.send("43/notifications,1[1]")
    await ann.send("43/rooms,1[5]")
    assert await soon(answers.get()) == 5
    # One that fails costs a line in the log, not the connection.
    await served.rooms.emit("ask", to=ann.sid, callback=lambda: None)
    with capture_logs() as logs:
        await ann.send("43/rooms,2[1,2,3]")
        assert (await ann.receive()).startswith("42/rooms,2")
        await until(lambda: logs)
    for _ in range(100):
        await served.rooms.emit("ask", to=ann.sid, callback=answers.put_nowait)
    assert len(served.sio.manager.callbacks[ann.sid]) == 33
    ann.cut()
    await served.is_empty()


async def test_call(served: Served) -> None:
    ann = await served.client()
    asked = asyncio.create_task(served.rooms.call("ask", 1, sid=ann.sid, timeout=5))
    assert await ann.receive() == '42/rooms,1["ask",1]'
    await ann.send('43/rooms,1["fine"]')
    assert await soon(asked) == "fine"
