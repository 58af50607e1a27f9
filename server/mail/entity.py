"""Types of mails and mailed tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# The purposes of mailed tokens: to set a new password; to confirm the address of a sign-up; to
# confirm a new address, which then replaces the old one; to restore the old address.
MailKind = Literal["reset", "verify", "change", "undo"]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail. ``token_hash``: the hash of the token in it, if it matters whether that was sent."""

    to: str
    subject: str
    text: str = field(repr=False)
    token_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A mailed token, of which only a hash is stored. ``created_at`` and ``expires_at`` are in
    ms."""

    token_hash: str
    user_id: str
    kind: MailKind
    email: str
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmed address. ``changed``: it has replaced an earlier address."""

    user_id: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Undone:
    """A change of address that was undone: the user, the restored address, and the sessions that
    ended."""

    user_id: str
    email: str
    session_ids: list[str]
