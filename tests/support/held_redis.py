"""A door to Redis that can hold back what Redis says."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Self

from tests.support.services import Redis


class HeldRedis:
    """Passes bytes between its clients and a Redis. What Redis says comes ``delay`` seconds later,
    in order. While ``deaf`` is True, open subscriptions get nothing, and nothing shows it."""

    def __init__(self, redis: Redis, database: int) -> None:
        self.delay = 0.0
        self.deaf = False
        self._redis = redis
        self._database = database
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._port = 0

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/{self._database}"

    def __enter__(self) -> Self:
        self._thread.start()
        opening = asyncio.start_server(self._serve, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(opening, self._loop).result()
        self._port = server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            theirs, ours = await asyncio.open_connection("127.0.0.1", self._redis.port)
            subscribed = asyncio.Event()
            await asyncio.gather(
                self._ask(reader, ours, subscribed), self._answer(theirs, writer, subscribed)
            )

    async def _ask(
        self, reader: asyncio.StreamReader, ours: asyncio.StreamWriter, subscribed: asyncio.Event
    ) -> None:
        while chunk := await reader.read(65536):
            if b"SUBSCRIBE" in chunk:
                subscribed.set()
            ours.write(chunk)
        ours.close()

    async def _answer(
        self, theirs: asyncio.StreamReader, writer: asyncio.StreamWriter, subscribed: asyncio.Event
    ) -> None:
        held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        passing = asyncio.create_task(self._pass_on(held, writer))
        while chunk := await theirs.read(65536):
            if not (self.deaf and subscribed.is_set()):
                held.put_nowait((self._loop.time() + self.delay, chunk))
        held.put_nowait((0.0, b""))
        await passing

    async def _pass_on(
        self, held: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        while True:
            due, chunk = await held.get()
            if not chunk:
                writer.close()
                return
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            writer.write(chunk)
