"""Times are integers inside (milliseconds since 1970, UTC) and RFC 3339 text on the wire."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

# The last moment that can be written as text.
MOST_MS = 253_402_300_799_999
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def timestamp(ms: int) -> str:
    """``2026-11-22T14:03:11.123Z``"""
    seconds, rest = divmod(ms, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:03}Z"


def timestamp_or_none(ms: int | None) -> str | None:
    return None if ms is None else timestamp(ms)


def to_ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)
