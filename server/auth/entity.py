"""People, and what signing in gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct


@dataclass(frozen=True, slots=True)
class Known:
    """What a sign-in brings along to show that it comes from where the account was signed in
    before: the marks of a browser, and a refresh token of the account. It needs neither."""

    marks: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)


class Status(Struct, frozen=True):
    emoji: str | None
    text: str | None
    expires_at: str | None


class User(Struct, frozen=True, kw_only=True):
    """A person as others see them."""

    id: str
    username: str
    display_name: str
    bio: str | None
    avatar_url: str | None
    status: Status | None
    deleted: bool
    created_at: str


class Me(User, frozen=True, kw_only=True):
    """A person as they see themselves."""

    email: str
    # The address that takes its place once the link that was mailed there is followed.
    pending_email: str | None
    preferences: dict[str, Any]


class Session(Struct, frozen=True, kw_only=True):
    """What signup, signin and refresh answer. ``refresh_token`` is None when a cookie has it."""

    user: Me
    session_id: str
    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str | None


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session as its owner gets it, how long it lasts (seconds), and the marks by which the
    browser is known from now on."""

    session: Session
    lasts: int
    marks: str | None = field(default=None, repr=False)


class SessionInfo(Struct, frozen=True, kw_only=True):
    """``address``: where it was signed in or last refreshed from; of IPv6 the /64."""

    id: str
    device: str | None
    address: str | None
    created_at: str
    last_seen_at: str
    current: bool
