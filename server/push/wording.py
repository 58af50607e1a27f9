"""Makes pushes from alerts: their texts, topics and urgency. All functions are pure."""

from __future__ import annotations

import base64
import hashlib

import msgspec

from server.kernel.unseen import isolated
from server.push.entity import About, Alert, Content, Push
from server.push.plain import without_markdown

# The kinds that are about a message in a room.
SPOKEN = ("message", "direct_message", "mention", "reply")
# Push services take 4 KiB, including the overhead of the encryption.
MOST_PUSH_BYTES = 3_000


def push(alert: Alert, about: About, unread: int, ttl: int) -> Push:
    body = msgspec.json.encode(_content(alert, unread, brief=about.brief))
    if len(body) > MOST_PUSH_BYTES:
        body = msgspec.json.encode(_content(alert, unread, brief=True))
    return Push(
        body=body,
        topic=topic(alert),
        urgency="normal" if alert.kind in ("message", "reaction") else "high",
        ttl=ttl,
    )


def topic(alert: Alert) -> str:
    """A topic of 32 base64url characters, as RFC 8030 requires. A push service cannot learn from it
    which room it is, or which devices share a room."""
    what = "spoken" if alert.kind in SPOKEN else alert.kind
    text = f"{alert.subscription.auth} {alert.room_id} {what}"
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:24]).decode()


def _content(alert: Alert, unread: int, *, brief: bool) -> Content:
    return Content(
        kind=alert.kind,
        room_id=alert.room_id,
        seq=alert.seq,
        title="" if brief else _title(alert),
        body="" if brief else _body(alert),
        unread=unread,
        notification_id=alert.notification_id,
    )


def _body(alert: Alert) -> str:
    return without_markdown(alert.text) if alert.kind in SPOKEN else alert.text


def _title(alert: Alert) -> str:
    """The title of a push, independent of language: the sender, and the room if it is a group. Two
    names beside each other are isolated, since they may be written in either direction."""
    names = [name for name in (alert.actor_name, alert.room_name) if name]
    return " · ".join(map(isolated, names)) if len(names) > 1 else "".join(names)
