"""What a node does again and again in the background, and how often."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from events.gate import Gate
from events.presence import PresenceFeed
from events.signals import Signals
from server.backends import Backends
from server.kernel import audit
from server.kernel.clock import now_ms
from server.services import Services

# The seconds between two runs of a node's housekeeping.
EVERY_EXPIRY = 1.0
EVERY_REVOCATION = 2.0
EVERY_PRESENCE = 5.0
EVERY_LEASE = 10.0
EVERY_MEMBERSHIP = 60.0
EVERY_PURGE = 60.0
EVERY_AFTERMATH = 5.0
EVERY_FORGET = 3600.0
EVERY_REST = 60.0
EVERY_TIDYING = 600.0
EVERY_SUM = 60.0
EVERY_DISK = 5.0
EVERY_STATISTICS = 5.0
# How long ended sessions are kept (ms).
KEPT_SESSIONS = 7 * 24 * 3600 * 1000

Round = tuple[float, Callable[[], Awaitable[None]]]


def housekeeping(
    services: Services,
    backends: Backends,
    gate: Gate,
    presence: PresenceFeed,
    signals: Signals,
) -> Iterable[Round]:
    """The rounds: the seconds between two runs, and what runs."""
    rounds: tuple[Round, ...] = (
        (EVERY_EXPIRY, gate.close_expired),
        (EVERY_REVOCATION, services.guard.sweep_sessions),
        (EVERY_PRESENCE, presence.sweep_leases),
        (EVERY_LEASE, presence.renew),
        (EVERY_MEMBERSHIP, signals.reload_rooms),
        (EVERY_PURGE, services.writer.purge),
        (EVERY_PURGE, services.push_store.forget_subscriptions),
        (EVERY_AFTERMATH, lambda: services.deletion.sweep_deletions(now_ms())),
        (EVERY_FORGET, lambda: services.sessions.forget_sessions(now_ms() - KEPT_SESSIONS)),
        (EVERY_FORGET, services.accounts.forget_usernames),
        (EVERY_FORGET, services.notifications.forget_old),
        (EVERY_FORGET, services.mails.forget_tokens),
        (EVERY_REST, services.decoders.rest),
        (EVERY_TIDYING, services.media.tidy_storage),
        (EVERY_DISK, backends.disks.watch),
        (EVERY_SUM, audit.sum_up),
    )
    if backends.statistics:
        rounds += ((EVERY_STATISTICS, backends.statistics.refresh),)
    return rounds
