"""A push service and its devices, which stand for a browser vendor and its browsers."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.client import PATIENCE, User, new_id
from tests.support.database import query
from tests.support.node import Node

Json = dict[str, Any]


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Answer:
    """The service's answer to a push, given after ``delay`` seconds."""

    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


@dataclass
class Received:
    headers: Mapping[str, str]
    content: Json


class Device:
    """One browser: its keys, its endpoint, and the pushes it received. The service gives its
    ``answers`` one after the other, and 201 after that."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.id = new_id()
        self.endpoint = f"{origin}/push/{self.id}"
        self.received: list[Received] = []
        self.answers: list[Answer] = []
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)
        self._news = asyncio.Condition()

    @property
    def subscription(self) -> Json:
        """The subscription in the form of ``PushSubscription.toJSON()``."""
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": b64(point), "auth": b64(self._auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    async def subscribe(self, user: User) -> None:
        assert await user.http("PUT", "/push/subscriptions", self.subscription) is None

    async def take(self, headers: Mapping[str, str], body: bytes) -> Answer:
        assert headers["Content-Encoding"] == "aes128gcm"
        plain = http_ece.decrypt(
            body, private_key=self._key, auth_secret=self._auth, version="aes128gcm"
        )
        async with self._news:
            self.received.append(Received(headers, json.loads(plain)))
            self._news.notify_all()
        return self.answers.pop(0) if self.answers else Answer()

    async def hear(self, count: int = 1, within: float = PATIENCE) -> list[Json]:
        """Wait until there are ``count`` pushes. Returns the contents of all."""
        async with self._news:
            try:
                async with asyncio.timeout(within):
                    await self._news.wait_for(lambda: len(self.received) >= count)
            except TimeoutError:
                raise AssertionError(f"{len(self.received)} of {count} pushes came") from None
        return self.contents

    @property
    def contents(self) -> list[Json]:
        return [one.content for one in self.received]

    def claims(self, key: str, n: int = 0) -> Json:
        """The claims in the VAPID token of a push, verified with the server's public key."""
        scheme, _, parameters = self.received[n].headers["Authorization"].partition(" ")
        given = dict(one.strip().split("=", 1) for one in parameters.split(","))
        assert (scheme, given["k"]) == ("vapid", key)
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(key))
        claims: Json = jwt.decode(given["t"], public, algorithms=["ES256"], audience=self.origin)
        assert time.time() < claims["exp"] <= time.time() + 24 * 3600
        return claims


class PushService:
    """A push service on loopback, which the tests' nodes may reach (``PUSH_PRIVATE_HOSTS``)."""

    def __init__(self) -> None:
        self.origin = ""
        self.devices: dict[str, Device] = {}
        self.paths: dict[str, int] = defaultdict(int)

    def device(self) -> Device:
        device = Device(self.origin)
        self.devices[device.id] = device
        return device

    async def handle(self, request: web.Request) -> web.Response:
        self.paths[request.path] += 1
        device = self.devices.get(request.match_info["id"])
        if device is None:
            return web.Response(status=404)
        answer = await device.take(request.headers, await request.read())
        await asyncio.sleep(answer.delay)
        return web.Response(status=answer.status, headers=answer.headers)


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    service = PushService()
    app = web.Application()
    app.router.add_post("/push/{id}", service.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        await runner.cleanup()


async def send_text(by: User, room_id: str, text: str = "hello", **more: Any) -> Json:
    return await by.send(room_id, text, **more)


async def outbox_is_done(node: Node, room_id: str) -> None:
    """Wait until the outbox has nothing left about the room."""
    async with asyncio.timeout(PATIENCE):
        while await query(node, "SELECT id FROM push_jobs WHERE room_id = $1", room_id):
            await asyncio.sleep(0.05)


async def group_heard_of(by: User, *members: User, heard: Iterable[Device], **fields: Any) -> Json:
    """Create a group. The pushes about being added to it are removed from the devices."""
    room = await by.group(*members, **fields)
    await outbox_is_done(by.node, room["id"])
    for device in heard:
        device.received.clear()
    return room


async def set_levels(user: User, room_id: str, **levels: Any) -> None:
    await user.http("PATCH", f"/rooms/{room_id}/me", levels)
