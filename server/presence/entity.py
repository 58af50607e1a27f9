"""The presence of a user, as clients receive it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

PresenceStatus = Literal["online", "away", "offline"]


class Presence(Struct, frozen=True):
    status: PresenceStatus
    last_seen_at: str | None


HIDDEN_PRESENCE = Presence("offline", None)
