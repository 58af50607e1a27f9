"""What the delivery of pushes needs of others: the outbox, push services, presence and counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from server.push.entity import About, Alert, Job, Listener, Push, PushOutcome, Subscription


class JobStore(Protocol):
    """Times are milliseconds. Each method is one transaction."""

    async def claim(self, now: int, until: int, *, whole: bool, limit: int) -> list[Job]:
        """Due ones, which nobody else gets before ``until``. ``whole``: those that have no
        subscription yet."""
        ...

    async def sizes(self, room_ids: Iterable[str]) -> dict[str, int]: ...

    async def step(self, room_id: str, after: str | None, size: int) -> str | None:
        """The user who is ``size`` members after ``after``, by id; None where there are fewer."""
        ...

    async def listeners(
        self, jobs: Sequence[Job], now: int, after: str | None, upto: str | None
    ) -> list[Listener]:
        """Of the members after ``after`` and up to ``upto``, those who want to hear of the jobs'
        messages."""
        ...

    async def said(self, jobs: Sequence[Job], now: int) -> dict[int, Alert]:
        """What jobs of one subscription are to tell of their messages; without those that have
        nothing more to tell."""
        ...

    async def find_alerts(
        self, notification_ids: Sequence[str], now: int
    ) -> tuple[list[Alert], set[str]]:
        """What there is to tell of unread notifications, for every subscription of their users, and
        the ids of those that are withdrawn: their cause was taken back, and may come again. Both
        are read in one statement, so a notification that comes back meanwhile is one or the other.
        """
        ...

    async def spread(
        self, found: Sequence[tuple[Job, Sequence[str]]], now: int, upto: str | None
    ) -> None:
        """Whole jobs of one claim → one for each subscription. The whole ones are done, or with
        ``upto`` go on after it. Passes over what another worker holds by now."""
        ...

    async def finish(self, jobs: Sequence[Job]) -> None: ...

    async def postpone(self, job: Job, due_at: int, about: About) -> None: ...

    async def defer(self, jobs: Sequence[Job], due_at: int) -> None:
        """For later, with nothing tried."""
        ...

    async def unsubscribe(self, subscription: Subscription) -> None: ...


class PushTransport(Protocol):
    """Hands a push to the service that a device listens to: Web Push today."""

    async def send_push(self, subscription: Subscription, push: Push) -> PushOutcome:
        """Ends within 10 s or so; what went wrong is in the outcome."""
        ...


class Presences(Protocol):
    async def connected(self, user_ids: Collection[str]) -> set[str]:
        """Those who have a socket open, on any node."""
        ...


class Totals(Protocol):
    async def read_totals(self, user_ids: list[str]) -> dict[str, int]:
        """Unread messages of each user who has any."""
        ...
