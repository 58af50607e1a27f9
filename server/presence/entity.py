"""The presence of a user, as clients receive it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Status = Literal["online", "away", "offline"]


class Presence(Struct, frozen=True):
    status: Status
    last_seen_at: str | None


HIDDEN = Presence("offline", None)
