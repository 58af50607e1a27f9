"""The ports of the delivery of pushes: the outbox, push services, presence and unread counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from server.push.entity import About, Alert, Job, Listener, Push, PushOutcome, Subscription


class JobStore(Protocol):
    """The outbox of pushes.

    Each job is delivered at least once: a worker that dies after sending a push and before
    ``finish`` leaves the job to another worker, which sends the push again. Each method is one
    transaction. All raise ``Unavailable`` when the database cannot be reached. Times are
    milliseconds.
    """

    async def claim(self, now: int, until: int, *, whole: bool, limit: int) -> list[Job]:
        """Claims due jobs. No other worker gets them before ``until``; if they are not finished by
        then, they are due again. ``whole``: claims jobs about whole messages, which have no
        subscription yet, rather than jobs of one subscription."""
        ...

    async def sizes(self, room_ids: Iterable[str]) -> dict[str, int]: ...

    async def step(self, room_id: str, after: str | None, size: int) -> str | None:
        """The id of the member that is ``size`` members after ``after``, in the order of ids; None
        if there are fewer."""
        ...

    async def listeners(
        self, jobs: Sequence[Job], now: int, after: str | None, upto: str | None
    ) -> list[Listener]:
        """Those of the members after ``after`` and up to ``upto`` who want to be notified of the
        jobs' messages."""
        ...

    async def said(self, jobs: Sequence[Job], now: int) -> dict[int, Alert]:
        """The alerts of jobs about messages, by job id. Jobs that no longer have anything to tell
        are left out."""
        ...

    async def find_alerts(
        self, notification_ids: Sequence[str], now: int
    ) -> tuple[list[Alert], set[str]]:
        """The alerts of unread notifications, one for every subscription of their users, and the
        ids of the notifications that are withdrawn, whose cause was taken back and may come again.
        Both are read in one statement, so a notification that comes back at the same time is in one
        of the results and not in both."""
        ...

    async def spread(
        self, found: Sequence[tuple[Job, Sequence[str]]], now: int, upto: str | None
    ) -> None:
        """Replaces jobs about whole messages, all of one claim, by one job for each subscription.
        With ``upto``, the given jobs stay and continue after that member. Jobs that another worker
        has claimed in the meantime are skipped."""
        ...

    async def finish(self, jobs: Sequence[Job]) -> None: ...

    async def postpone(self, job: Job, due_at: int, about: About) -> None: ...

    async def defer(self, jobs: Sequence[Job], due_at: int) -> None:
        """Makes jobs due later, without counting an attempt."""
        ...

    async def unsubscribe(self, subscription: Subscription) -> None: ...


class PushTransport(Protocol):
    """Sends a push to the push service of a device. The present implementation is Web Push."""

    async def send_push(self, subscription: Subscription, push: Push) -> PushOutcome:
        """Makes one attempt and ends within about 10 s. Never raises; the outcome tells what went
        wrong. After ``later``, the service may still have taken the push."""
        ...


class Presences(Protocol):
    async def connected(self, user_ids: Collection[str]) -> set[str]:
        """Those of the users who have a socket open on any node."""
        ...


class Totals(Protocol):
    async def read_totals(self, user_ids: list[str]) -> dict[str, int]:
        """The number of unread messages of each user who has any."""
        ...
