"""Times: integers in the code (milliseconds since 1970, UTC), and RFC 3339 text on the wire."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache

# The last time that can be written as text, the end of the year 9999.
MOST_MS = 253_402_300_799_999
_TWO = [f"{n:02}" for n in range(60)]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def timestamp(ms: int) -> str:
    """``2026-11-22T14:03:11.123Z``"""
    hour, rest = divmod(ms, 3_600_000)
    minute, rest = divmod(rest, 60_000)
    second, rest = divmod(rest, 1000)
    return f"{_hour(hour)}{_TWO[minute]}:{_TWO[second]}.{rest:03}Z"


# A page of messages has many times that fall into few hours, so the hours are cached.
@lru_cache(1024)
def _hour(hours: int) -> str:
    return time.strftime("%Y-%m-%dT%H:", time.gmtime(hours * 3600))


def timestamp_or_none(ms: int | None) -> str | None:
    return None if ms is None else timestamp(ms)


def to_ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)
