"""Types of pushes, which reach devices that have no socket open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct

AlertKind = Literal["message", "direct_message", "mention", "reply", "reaction", "added_to_room"]
Urgency = Literal["normal", "high"]
Result = Literal["delivered", "gone", "foreign", "too_large", "later", "refused"]


class PushKey(Struct, frozen=True):
    """The public VAPID key, in the form that browsers expect for ``applicationServerKey``."""

    key: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """The address of one device. Anyone who knows the endpoint and the keys can send pushes to
    it."""

    id: str
    user_id: str
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


class Content(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The content of a push. ``notification_id`` is absent if there is no notification for it."""

    kind: AlertKind
    room_id: str
    seq: int | None
    title: str
    body: str
    unread: int
    notification_id: str | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """``topic``: a push replaces an older one with the same topic that still waits for its device.
    ``ttl``: how long the push may wait (seconds)."""

    body: bytes
    topic: str
    urgency: Urgency
    ttl: int


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """The result of sending a push. ``gone``: the subscription has ended. ``foreign``: it was made
    with another VAPID key, so the service will never take a push for it. ``later``: try again,
    after ``retry_after`` seconds if the service says so. ``refused``: the service will never take
    it. ``silent``: the service did not answer."""

    result: Result
    detail: str = ""
    retry_after: float | None = None
    silent: bool = False


class About(Struct, frozen=True, omit_defaults=True):
    """The payload of a job: what it is about and how far it has got.

    ``after``: the room's members up to this id, in the order of ids, have been handled. ``brief``:
    a service found the full push too large.
    """

    kind: str
    notification_id: str | None = None
    after: str | None = None
    brief: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job in the outbox. ``leased_until`` identifies the claim: a later claim has another value.
    Times are in ms."""

    id: int
    subscription_id: str | None
    room_id: str
    about: About
    attempts: int
    created_at: int
    leased_until: int


@dataclass(frozen=True, slots=True)
class Listener:
    """A user who should get the push of a job, with one of their subscriptions."""

    job_id: int
    subscription_id: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What one subscription should be told, as things are now. ``room_name`` is None if the room
    has no name. ``text`` is the text of the message, or empty."""

    subscription: Subscription
    kind: AlertKind
    room_id: str
    seq: int | None
    room_name: str | None
    actor_name: str
    text: str
    notification_id: str | None
