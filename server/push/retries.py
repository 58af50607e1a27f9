"""When a push is tried again."""

from __future__ import annotations

import random

from server.push.entity import Job, PushOutcome

MOST_ATTEMPTS = 6
# Seconds after the first failure; each wait is four times the one before: 11 minutes in all.
FIRST_WAIT = 2.0
GROWTH = 4.0
# A push that is older says nothing new (seconds).
LIFE = 24 * 3600


def seconds_left(job: Job, now: int) -> int:
    """Of the push's life. ``now`` in ms."""
    return LIFE - (now - job.created_at) // 1000


def next_try(job: Job, outcome: PushOutcome, now: int) -> int | None:
    """When (ms), or None when it has been tried enough or will have lost its meaning by then."""
    if job.attempts + 1 >= MOST_ATTEMPTS:
        return None
    wait = FIRST_WAIT * GROWTH**job.attempts
    # Never sooner than the service asks for.
    wait = max(wait * random.uniform(0.5, 1.0), outcome.retry_after or 0.0)
    return now + int(wait * 1000) if wait < seconds_left(job, now) else None
