"""Users and sessions as clients receive them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import Struct

# Why a session ended before it expired, as the clients that used it are told. ``signed_out``: the
# user signed out in it; ``ended``: the user ended it from another device; ``too_many``: newer
# sessions took its place; ``token_reused``: an old refresh token was presented again, perhaps by a
# thief.
Ending = Literal[
    "signed_out",
    "ended",
    "too_many",
    "password_changed",
    "email_restored",
    "account_deleted",
    "token_reused",
]


@dataclass(frozen=True, slots=True)
class Known:
    """What shows that a sign-in comes from a device where the account was signed in before: the
    marks of a browser, or a refresh token of the account. Both are optional."""

    marks: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)


class Status(Struct, frozen=True):
    emoji: str | None
    text: str | None
    expires_at: str | None


class User(Struct, frozen=True, kw_only=True):
    """A user as other users see them."""

    id: str
    username: str
    display_name: str
    bio: str | None
    avatar_url: str | None
    status: Status | None
    deleted: bool
    created_at: str


class Me(User, frozen=True, kw_only=True):
    """A user as they see themselves."""

    email: str
    # The new address, which replaces ``email`` once the user follows the link mailed to it.
    pending_email: str | None
    preferences: dict[str, Any]


class Session(Struct, frozen=True, kw_only=True):
    """The answer to signup, signin and refresh. ``expires_in`` is in seconds. ``refresh_token`` is
    None when a cookie carries it."""

    user: Me
    session_id: str
    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str | None


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session as its owner gets it, how long it lasts (seconds), and the new device marks of the
    browser."""

    session: Session
    lasts: int
    marks: str | None = field(default=None, repr=False)


class SessionInfo(Struct, frozen=True, kw_only=True):
    """``address``: the address of the sign-in or of the last refresh; for IPv6, the /64 prefix."""

    id: str
    device: str | None
    address: str | None
    created_at: str
    last_seen_at: str
    current: bool
