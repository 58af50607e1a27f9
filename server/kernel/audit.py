"""The audit log: who did what to whom, when and from where. It never has a secret, an email
address, or the text that was typed as a login, which may be a password in the wrong field.

Each line is one of ``EVENTS``, from the logger ``audit``, with ``address``, ``user_id`` and
``session_id`` and the ids that the event concerns. If a user or address causes an event very often,
further lines are counted instead of written. Events that strangers can cause also have a limit for
all callers together.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Literal, get_args

import structlog

from server.kernel import caller
from server.kernel.limits import Rate, TokenBuckets

log = structlog.get_logger("audit")

Event = Literal[
    "signed_up",
    "signed_in",
    "signin_failed",
    "signin_limited",
    "password_failed",
    "refresh_reused",
    "signed_out",
    "session_ended",
    "sessions_ended",
    "password_changed",
    "password_reset_asked",
    "password_reset",
    "email_change_asked",
    "email_changed",
    "email_change_undone",
    "email_confirmed",
    "mailed_token_refused",
    "profile_changed",
    "role_changed",
    "owner_changed",
    "room_deleted",
    "account_deleted",
]
EVENTS: tuple[Event, ...] = get_args(Event)

# Events that anyone can cause without an account, and so without limit from many addresses.
BY_STRANGERS: frozenset[Event] = frozenset(
    (
        *("signin_failed", "signin_limited", "refresh_reused", "password_reset_asked"),
        "mailed_token_refused",
    )
)
# The most lines of one event for each user or address, and for an event by strangers in all.
RATE_OF_EACH = Rate(1, 100)
RATE_OF_ALL = Rate(10, 1_000)


class Audit:
    """``clock`` returns seconds and never goes backwards."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets = TokenBuckets(clock, most=20_000)
        self._left_out: Counter[Event] = Counter()

    def write_line(
        self,
        event: Event,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        **ids: str | int | None,
    ) -> None:
        """Writes one line. ``user_id`` and ``session_id`` are the caller's, unless given."""
        who = caller.current()
        if self._too_many(event, who.user_id or who.address or ""):
            self._left_out[event] += 1
            return
        log.info(
            event,
            user_id=user_id or who.user_id,
            address=who.address,
            session_id=session_id or who.session_id,
            **ids,
        )

    async def sum_up(self) -> None:
        """Writes one line for each event of which lines were left out since the last call."""
        left_out, self._left_out = self._left_out, Counter()
        for event, count in left_out.items():
            log.info("left_out", of=event, count=count)

    def _too_many(self, event: Event, who: str) -> bool:
        if self._buckets.take_tokens(event, f"of {who}", RATE_OF_EACH):
            return True
        return event in BY_STRANGERS and bool(
            self._buckets.take_tokens(event, "of all", RATE_OF_ALL)
        )


# There is one for the process, because the process has one log.
_audit = Audit()
note, sum_up = _audit.write_line, _audit.sum_up
