"""What is sent by mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["reset", "verify"]


@dataclass(frozen=True, slots=True)
class Letter:
    to: str
    subject: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewToken:
    """Of the token itself only a hash is kept. ``created_at`` and ``expires_at`` in ms."""

    token_hash: str
    user_id: str
    kind: Kind
    email: str
    created_at: int
    expires_at: int
