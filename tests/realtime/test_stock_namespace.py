"""A namespace of the stock library works as it does there, callbacks and calls among it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import socketio
from structlog.testing import capture_logs

from server.kernel.errors import NotFound
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
