"""What a push says, and how it travels: pure functions of an alert."""

from __future__ import annotations

import base64
import hashlib

import msgspec

from server.push.entity import About, Alert, Content, Push

# Kinds that are about a message, one after the other in a room.
SPOKEN = ("message", "direct_message", "mention", "reply")
# Push services take 4 KiB, with the encryption's own bytes.
MOST_BYTES = 3_000


def push(alert: Alert, about: About, unread: int, ttl: int) -> Push:
    body = msgspec.json.encode(_content(alert, unread, brief=about.brief))
    if len(body) > MOST_BYTES:
        body = msgspec.json.encode(_content(alert, unread, brief=True))
    return Push(
        body=body,
        topic=topic(alert),
        urgency="normal" if alert.kind in ("message", "reaction") else "high",
        ttl=ttl,
    )


def topic(alert: Alert) -> str:
    """32 characters of base64url, as RFC 8030 has it; tells a push service nothing of rooms, nor
    which of its devices share one."""
    what = "spoken" if alert.kind in SPOKEN else alert.kind
    text = f"{alert.subscription.auth} {alert.room_id} {what}"
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:24]).decode()


def _content(alert: Alert, unread: int, *, brief: bool) -> Content:
    return Content(
        kind=alert.kind,
        room_id=alert.room_id,
        seq=alert.seq,
        title="" if brief else _title(alert),
        body="" if brief else alert.text,
        unread=unread,
        notification_id=alert.notification_id,
    )


def _title(alert: Alert) -> str:
    """In no language: who, and where if it is not between the two."""
    return " · ".join(filter(None, (alert.actor_name, alert.room_name)))
