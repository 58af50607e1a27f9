"""Web Push: RFC 8030 over aiohttp, encrypted by pywebpush (RFC 8291), signed with VAPID."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from server.backends.addresses import AddressReach, NotPublic
from server.push.entity import Push, PushOutcome, Subscription
from server.push.keys import VapidKeys

# Seconds.
PUSH_TIMEOUT = 10.0
CONNECTIONS = 64


class WebPush:
    """A ``PushTransport`` over Web Push. It follows no redirects and never reads response bodies.

    Errors of the service and of the network become a ``PushOutcome``; none is raised.
    """

    def __init__(self, keys: VapidKeys, reach: AddressReach) -> None:
        self._keys = keys
        self._reach = reach
        # One for private hosts (True), one for public hosts (False), so that they never share
        # connections.
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def send_push(self, subscription: Subscription, push: Push) -> PushOutcome:
        url = URL(subscription.endpoint)
        headers = {
            "Authorization": self._keys.authorization(str(url.origin())),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(push.ttl),
            "Topic": push.topic,
            "Urgency": push.urgency,
        }
        body = _encrypted(subscription, push.body)
        try:
            async with self._session(url).post(
                url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                return _outcome(answer.status, answer.headers.get("Retry-After"))
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, NotPublic):
                return PushOutcome("refused", str(error.os_error))
            return PushOutcome("later", type(error).__name__, silent=True)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return PushOutcome("later", type(error).__name__, silent=True)

    def _session(self, url: URL) -> aiohttp.ClientSession:
        private = self._reach.is_private_host(url)
        if private not in self._sessions:
            self._sessions[private] = aiohttp.ClientSession(
                connector=self._reach.connector(url, CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=PUSH_TIMEOUT),
            )
        return self._sessions[private]

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()


def _encrypted(subscription: Subscription, body: bytes) -> bytes:
    # Imported here because its libraries take 9 MB of memory, which is needed only for pushes.
    from pywebpush import WebPusher

    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    pusher = WebPusher({"endpoint": subscription.endpoint, "keys": keys})
    return bytes(pusher.encode(body)["body"])


def _outcome(status: int, retry_after: str | None) -> PushOutcome:
    detail = f"HTTP {status}"
    if status in (200, 201, 202, 204):
        return PushOutcome("delivered")
    if status in (404, 410):
        return PushOutcome("gone", detail)
    if status in (401, 403):
        return PushOutcome("foreign", f"{detail}: it was made with another VAPID key")
    if status == 413:
        return PushOutcome("too_large", detail)
    if status == 429 or status >= 500:
        return PushOutcome("later", detail, _seconds(retry_after))
    return PushOutcome("refused", detail)


def _seconds(retry_after: str | None) -> float | None:
    """The seconds that a ``Retry-After`` header names, as a number or a date; None for anything
    else."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
