"""What is sent by mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# What a mailed token is good for: a new password; to confirm the address of a sign-up; to confirm a
# new one, which then takes the old one's place; to put the old one back.
MailKind = Literal["reset", "verify", "change", "undo"]


@dataclass(frozen=True, slots=True)
class Letter:
    """``token_hash``: of the token in it, where it matters whether that was sent."""

    to: str
    subject: str
    text: str = field(repr=False)
    token_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """Of the token itself only a hash is kept. ``created_at`` and ``expires_at`` in ms."""

    token_hash: str
    user_id: str
    kind: MailKind
    email: str
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An address that was proved. ``changed``: it has taken another one's place."""

    user_id: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Undone:
    """A change of address that was undone: whose, the address that is back, what ended."""

    user_id: str
    email: str
    session_ids: list[str]
