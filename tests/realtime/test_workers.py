"""Handlers share tasks, and notice nothing of it."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any

from tests.support.engine import Serve, soon

WHO: ContextVar[str] = ContextVar("WHO", default="nobody")


async def test_a_handler_that_waits_holds_up_its_own_client_alone(serve: Serve) -> None:
    served = await serve()
    go_on = asyncio.Event()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        if event == "wait":
            await go_on.wait()
        return event

    served.rooms.handle = handle
    ann, bob = await served.client(), await served.client()
    await ann.emit("wait", id=1)
    await ann.emit("later", id=2)
    assert [await bob.call("now") for _ in range(3)] == ["now"] * 3
    go_on.set()
    assert [await ann.ack(), await ann.ack()] == [(1, "wait"), (2, "later")]


async def test_what_a_handler_leaves_in_the_context_reaches_no_other(serve: Serve) -> None:
    served = await serve()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        before = WHO.get()
        WHO.set(sid)
        await asyncio.sleep(args[0])
        return [before, WHO.get() == sid]

    served.rooms.handle = handle
    clients = [await served.client() for _ in range(4)]
    for wait in (0, 0.01):
        answers = await asyncio.gather(*(client.call("who", wait) for client in clients))
        assert answers == [["nobody", True]] * 4


async def test_a_deadline_within_a_handler_ends_that_handler_alone(serve: Serve) -> None:
    served = await serve()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        try:
            async with asyncio.timeout(0.01 if event == "late" else 5):
                await asyncio.sleep(0.05)
        except TimeoutError:
            return "late"
        return "in time"

    served.rooms.handle = handle
    clients = [await served.client() for _ in range(4)]
    answers = await asyncio.gather(
        *(client.call(name) for client, name in zip(clients, ("late", "well") * 2, strict=True))
    )
    assert answers == ["late", "in time"] * 2


async def test_a_handler_that_cancels_its_task_takes_no_other_with_it(serve: Serve) -> None:
    served = await serve()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        if event == "give_up":
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
        return event

    served.rooms.handle = handle
    clients = [await served.client() for _ in range(4)]
    for client in clients:
        await client.emit("give_up" if client is clients[0] else "stay", id=1)
    assert [(await client.ack())[1] for client in clients] == ["give_up", "stay", "stay", "stay"]
    assert await clients[0].call("again") == "again"


async def test_a_handler_that_takes_too_long_is_answered_and_goes_on(serve: Serve) -> None:
    served = await serve(event_timeout=0.05)
    go_on, done = asyncio.Event(), asyncio.Event()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        if event == "wait":
            await go_on.wait()
            await asyncio.sleep(0)
            done.set()
        return event

    served.rooms.handle = handle
    ann = await served.client()
    began = asyncio.get_running_loop().time()
    await ann.emit("wait", id=1)
    for number in (2, 3):
        await ann.emit("later", id=number)
    number, answer = await ann.ack()
    assert asyncio.get_running_loop().time() - began >= 0.05
    assert (number, answer["error"]["code"]) == (1, "unavailable")
    # In order, and no sooner than the one before them was answered.
    assert [await ann.ack(), await ann.ack()] == [(2, "later"), (3, "later")]
    assert not done.is_set()
    go_on.set()
    await soon(done.wait())
    # Nothing more is said of it.
    assert await ann.call("now") == "now"


async def test_after_a_late_handler_events_are_handled_one_at_a_time(serve: Serve) -> None:
    """Also when it ends while one of them is being handled."""
    served = await serve(event_timeout=0.2)
    late, under_way, most = asyncio.Event(), 0, 0

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        nonlocal under_way, most
        if event == "wait":
            await late.wait()
            return event
        under_way += 1
        most = max(most, under_way)
        late.set()
        for _ in range(5):
            await asyncio.sleep(0)
        under_way -= 1
        return event

    served.rooms.handle = handle
    ann = await served.client()
    await ann.emit("wait", id=0)
    for number in range(1, 30):
        await ann.emit(str(number), id=number)
    acks = [await ann.ack() for _ in range(30)]
    assert [number for number, _ in acks] == list(range(30))
    assert acks[1:] == [(number, str(number)) for number in range(1, 30)]
    assert most == 1
