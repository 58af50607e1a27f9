"""What the SDKs send, byte by byte as far as it matters: each in its own way, all are served."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.support.client import User
from tests.support.engine import soon
from tests.support.raw_sockets import Raw


@dataclass
class Sdk:
    """How an SDK asks and connects. No SDK but a browser's names an Origin."""

    query: str = "EIO=4&transport={transport}"
    path: str = "/socket.io/"
    headers: dict[str, str] = field(default_factory=dict)
    # A cache buster, as it comes with each request of a polling client.
    t: str = ""
    connect: str = "40/rooms,{auth}"
    # It goes to a websocket after polling, or begins with one.
    upgrades: bool = True
    # How it writes the JSON of its CONNECT.
    separators: tuple[str, str] = (",", ":")


SDKS = {
    "JavaScript": Sdk(t="&t=ab3k9x2", headers={"User-Agent": "node-XMLHttpRequest"}),
    "JavaScript, websocket": Sdk(upgrades=False),
    "Python": Sdk(
        query="transport={transport}&EIO=4",
        t="&t=1763850000.123456",
        headers={"User-Agent": "Python/3.11 aiohttp/3.14.5"},
    ),
    "Java": Sdk(
        query="EIO=4&transport={transport}",
        t="&t=PQr7xYz",
        headers={"Accept": "*/*", "User-Agent": "okhttp/3.12.12", "Accept-Encoding": "gzip"},
    ),
    "Swift": Sdk(
        query="transport={transport}&b64=1&EIO=4",
        headers={"User-Agent": "Chat/1 CFNetwork/1490.0.4 Darwin/23.2.0"},
        separators=(" , ", " : "),
    ),
    "Swift, websocket": Sdk(query="transport={transport}&EIO=4", upgrades=False),
    "Dart": Sdk(
        query="EIO=4&transport={transport}",
        t="&t=PQrABCD",
        headers={"User-Agent": "Dart/3.2 (dart:io)"},
    ),
    "C++, without the slash": Sdk(path="/socket.io", upgrades=False),
    "an empty query beside": Sdk(query="token=&EIO=4&transport={transport}&", t="&t=1"),
    "a query in the namespace": Sdk(connect="40/rooms?platform=ios,{auth}"),
}


class Device:
    """One that speaks as its SDK does."""

    def __init__(self, base: str, sdk: Sdk, http: aiohttp.ClientSession) -> None:
        self._base = base
        self._sdk = sdk
        self._http = http
        self.sid = ""

    def url(self, transport: str) -> URL:
        sdk = self._sdk
        query = sdk.query.format(transport=transport) + (sdk.t if transport == "polling" else "")
        sid = f"&sid={self.sid}" if self.sid else ""
        return URL(f"{self._base}{sdk.path}?{query}{sid}", encoded=True)

    async def get(self) -> str:
        async with self._http.get(self.url("polling"), headers=self._sdk.headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def post(self, body: str) -> None:
        headers = {**self._sdk.headers, "Content-Type": "text/plain;charset=UTF-8"}
        url = self.url("polling")
        async with self._http.post(url, data=body.encode(), headers=headers) as answer:
            assert (answer.status, await answer.text()) == (200, "ok")

    async def websocket(self) -> Raw:
        headers = {k: v for k, v in self._sdk.headers.items() if k == "User-Agent"}
        return Raw(await self._http.ws_connect(self.url("websocket"), headers=headers))


@pytest.mark.parametrize("name", SDKS)
async def test_a_session_of(ann: User, name: str) -> None:
    sdk = SDKS[name]
    auth = json.dumps({"token": ann.token}, separators=sdk.separators)
    connect = sdk.connect.format(auth=auth)
    async with aiohttp.ClientSession() as http:
        device = Device(ann.node.url, sdk, http)
        if sdk.upgrades:
            opening = json.loads((await device.get())[1:])
            device.sid = opening["sid"]
            assert opening["upgrades"] == ["websocket"]
            await device.post(connect)
            admitted(await soon(device.get()))
            await device.post('42/rooms,0["sync",{"rooms":{}}]')
            assert '43/rooms,0[{"ok":true' in await soon(device.get())
            socket = await device.websocket()
            await socket.send("2probe")
            assert await socket.receive() == "3probe"
            # The GET that it has under way ends, and then it moves.
            assert await soon(device.get()) == "6"
            await socket.send("5")
        else:
            socket = await device.websocket()
            assert json.loads((await socket.receive())[1:])["upgrades"] == []
            await socket.send(connect)
            admitted(await socket.receive())
        # An ack's id begins at 0 or at 1, and an event may do without one.
        for number in (1, 25):
            await socket.send(f'42/rooms,{number}["sync",{{"rooms":{{}}}}]')
            assert (await socket.ack())[0] == number
        await socket.send('42/rooms,["sync",{"rooms":{}}]')
        await socket.send("41/rooms,")
        await socket.send("1")
        async for message in socket.ws:
            assert message.type is aiohttp.WSMsgType.TEXT


def admitted(packet: str) -> None:
    assert packet.startswith('40/rooms,{"sid":"'), packet


REFUSED: dict[str, tuple[str, Any]] = {
    "no auth": ("40/rooms,", "unauthenticated"),
    "auth without a token": ("40/rooms,{}", "unauthenticated"),
    "a token that is none": ('40/rooms,{"token":"undefined"}', "unauthenticated"),
    "a token that is no text": ('40/rooms,{"token":null}', "unauthenticated"),
    "the main namespace": ("40", "unauthenticated"),
    "a namespace that is none": ("40/nowhere,", None),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refusal_that_sdks_can_read(ann: User, name: str) -> None:
    connect, code = REFUSED[name]
    async with aiohttp.ClientSession() as http:
        socket = await Device(ann.node.url, Sdk(), http).websocket()
        await socket.receive()
        await socket.send(connect)
        packet = await socket.receive()
    namespace = connect[2:].partition("{")[0]
    assert packet.startswith("44" + namespace + "{")
    refusal = json.loads(packet[packet.index("{") :])
    assert isinstance(refusal["message"], str)
    assert refusal.get("data", {}).get("code") == code
