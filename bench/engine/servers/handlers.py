"""The handlers of every server under test: a room from ``auth``, messages to it, and acks."""

from __future__ import annotations

import asyncio
from time import thread_time
from typing import Any

import socketio


class Lag:
    """The longest time that the event loop was blocked since the last call of ``take_ms``.

    It is measured from the first call on, in CPU time of the loop's thread, so that other processes
    do not count.
    """

    def __init__(self) -> None:
        self._longest = 0.0
        self._last: float | None = None

    def take_ms(self) -> float:
        if self._last is None:
            self._tick()
        longest, self._longest = self._longest, 0.0
        return longest * 1000

    def _tick(self) -> None:
        now = thread_time()
        if self._last is not None:
            self._longest = max(self._longest, now - self._last)
        self._last = now
        asyncio.get_running_loop().call_later(0.001, self._tick)


def handle(sio: socketio.AsyncServer) -> None:
    lag = Lag()

    @sio.on("connect")
    async def on_connect(sid: str, environ: dict[str, Any], auth: Any) -> bool:
        if auth and "room" in auth:
            await sio.enter_room(sid, auth["room"])
        return True

    @sio.on("message")
    async def on_message(sid: str, message: dict[str, Any]) -> dict[str, bool]:
        await sio.emit("message", message, to=message["room"])
        return {"ok": True}

    @sio.on("lag")
    async def on_lag(sid: str) -> dict[str, float]:
        return {"longest_ms": lag.take_ms()}
