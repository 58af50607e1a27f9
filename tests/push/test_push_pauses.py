"""How often a worker reads the outbox where nobody has a device."""

from __future__ import annotations

import asyncio
from typing import Any

from server.push.delivery import GAP_FOR_NOTHING, PushWorker
from server.push.entity import Job


class EmptyOutbox:
    """The outbox of a server on which nobody has a device."""

    def __init__(self) -> None:
        self.reads = 0

    async def claim(self, now: int, until: int, *, whole: bool, limit: int) -> list[Job]:
        self.reads += whole
        return []


async def test_messages_that_make_no_jobs_wake_a_worker_seldom() -> None:
    outbox: Any = EmptyOutbox()
    nothing: Any = None
    worker = PushWorker(outbox, nothing, nothing, nothing)
    worker.wake()
    running = asyncio.create_task(worker.run())
    for _ in range(30):
        worker.wake()
        await asyncio.sleep(0.05)
    assert 1 <= outbox.reads <= 1.5 / GAP_FOR_NOTHING + 1
    await worker.stop(0.0)
    await running
