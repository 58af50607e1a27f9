"""What travels to devices that have no socket open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct

AlertKind = Literal["message", "direct_message", "mention", "reply", "reaction", "added_to_room"]
Urgency = Literal["normal", "high"]
Result = Literal["delivered", "gone", "too_large", "later", "refused"]


class PushKey(Struct, frozen=True):
    """VAPID's public key, as browsers want it for ``applicationServerKey``."""

    key: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where one device listens. Who knows the endpoint and the keys can write to it."""

    id: str
    user_id: str
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


class Content(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a push says. ``notification_id`` is absent where no Notification stands behind it."""

    kind: AlertKind
    room_id: str
    seq: int | None
    title: str
    body: str
    unread: int
    notification_id: str | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """``topic``: a newer push of the same one replaces an older that still waits for its device.
    ``ttl``: for how long it may wait (seconds)."""

    body: bytes
    topic: str
    urgency: Urgency
    ttl: int


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """``gone``: the subscription has ended. ``later``: worth another try, after ``retry_after``
    seconds where the service says so. ``refused``: it will never be taken. ``silent``: nobody
    answered."""

    result: Result
    detail: str = ""
    retry_after: float | None = None
    silent: bool = False


class About(Struct, frozen=True, omit_defaults=True):
    """The payload of a job: what there is to tell, and how far the telling has got.

    ``after``: of a room's members, in order of their ids, those up to this one are dealt with.
    ``brief``: a service found the whole too large.
    """

    kind: str
    notification_id: str | None = None
    after: str | None = None
    brief: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """``leased_until`` names the claim: who claimed the job later holds another one."""

    id: int
    subscription_id: str | None
    room_id: str
    about: About
    attempts: int
    created_at: int
    leased_until: int


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody whom a job concerns, with one of their subscriptions."""

    job_id: int
    subscription_id: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What one subscription is to be told, as things are now. ``room_name``: None where a room
    has none; ``text``: what was said, if anything was."""

    subscription: Subscription
    kind: AlertKind
    room_id: str
    seq: int | None
    room_name: str | None
    actor_name: str
    text: str
    notification_id: str | None
