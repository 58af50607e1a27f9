"""Decides when a push is tried again."""

from __future__ import annotations

import random

from server.push.entity import Job, PushOutcome

MOST_ATTEMPTS = 6
# The wait after the first failure (seconds). Each wait is four times the previous one, 11 minutes
# in all.
FIRST_WAIT = 2.0
DELAY_GROWTH = 4.0
# The age after which a push is dropped, because it is no longer news (seconds).
PUSH_LIFE = 24 * 3600


def seconds_left(job: Job, now: int) -> int:
    """How many seconds of the push's life are left. ``now`` is in ms."""
    return PUSH_LIFE - (now - job.created_at) // 1000


def next_try(job: Job, outcome: PushOutcome, now: int) -> int | None:
    """The time of the next attempt (ms); None if there were enough attempts or the push would be
    too old by then."""
    if job.attempts + 1 >= MOST_ATTEMPTS:
        return None
    wait = FIRST_WAIT * DELAY_GROWTH**job.attempts
    # The next attempt is never sooner than the service asks for.
    wait = max(wait * random.uniform(0.5, 1.0), outcome.retry_after or 0.0)
    return now + int(wait * 1000) if wait < seconds_left(job, now) else None
