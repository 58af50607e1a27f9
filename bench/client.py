"""A cheap Socket.IO client: websocket only, one namespace; it only sends messages and counts."""

from __future__ import annotations

import asyncio
import uuid
from time import perf_counter
from typing import Any, Self

import aiohttp
import msgspec

PREFIX = "42/rooms,"


class Sender:
    """Sends messages one after the other, each once the one before it is acknowledged."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._acks: dict[int, asyncio.Future[Any]] = {}
        self._next = 0
        self.heard = 0
        self.latencies: list[float] = []
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, http: aiohttp.ClientSession, url: str, token: str) -> Self:
        address = f"{url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket"
        socket = await http.ws_connect(address, max_msg_size=0)
        await socket.receive_str()
        auth = msgspec.json.encode({"token": token}).decode()
        await socket.send_str(f"40/rooms,{auth}")
        answer = await socket.receive_str()
        if not answer.startswith("40/rooms,"):
            raise RuntimeError(f"not connected: {answer}")
        return cls(socket)

    async def _read(self) -> None:
        async for message in self._socket:
            text = message.data
            if text == "2":
                await self._socket.send_str("3")
            elif text.startswith("43/rooms,"):
                number, _, rest = text[len("43/rooms,") :].partition("[")
                self._acks.pop(int(number)).set_result(msgspec.json.decode("[" + rest)[0])
            elif text.startswith('42/rooms,["message_created"'):
                self.heard += 1

    async def call(self, event: str, payload: dict[str, Any]) -> Any:
        number, self._next = self._next, self._next + 1
        done = self._acks[number] = asyncio.get_running_loop().create_future()
        body = msgspec.json.encode([event, payload]).decode()
        await self._socket.send_str(f"{PREFIX}{number}{body}")
        return await done

    async def send(self, room_id: str, text: str) -> None:
        began = perf_counter()
        payload = {"room_id": room_id, "client_id": str(uuid.uuid4()), "text": text}
        ack = await self.call("send_message", payload)
        if not ack["ok"]:
            raise RuntimeError(f"refused: {ack}")
        self.latencies.append(perf_counter() - began)

    async def close(self) -> None:
        await self._socket.close()
        await self._reader
