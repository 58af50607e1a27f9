"""Handlers share tasks, and notice nothing of it."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any

from tests.support.engine import Serve

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
