"""Ids and times of the seeded world. They are the same in every run."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from server.kernel.clock import to_ms

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
# The time of the last message. It is fixed, because ids contain their time.
END = to_ms(datetime(2026, 11, 1, tzinfo=UTC))


def uuid7(at: int, rng: Random) -> str:
    bits = (at << 80) | (7 << 76) | (rng.getrandbits(12) << 64) | (2 << 62) | rng.getrandbits(62)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
