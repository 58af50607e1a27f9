"""A server like ``python -m server`` whose nodes get to know each other, and forget each other, in
a tenth of the time."""

from __future__ import annotations

from server.backends.bus import bus, directory, interest, listening, older, others
from server.commands import main as serve

SETTLING = 1.0
BEAT_EVERY = 0.3
EXPIRES = 4.0
LINGERS = 0.5
CANARY_LASTS = 1.5


def hasten() -> None:
    """Shorten the times of this process."""
    bus.SETTLING = directory.SETTLING = SETTLING
    directory.EXPECTED = 0.3
    bus.BEAT_EVERY = directory.BEAT_EVERY = listening.BEAT_EVERY = BEAT_EVERY
    others.EXPIRES = EXPIRES
    others.ASK_EVERY = 0.1
    interest.LINGERS = LINGERS
    listening.DEAF_AFTER = 1.0
    older.CANARY_LASTS = CANARY_LASTS


def main(argv: list[str]) -> int:
    hasten()
    return serve(argv)
