"""Delivers pushes from the outbox to the devices. Every node takes part, and each job belongs to
one node at a time.

A message is stored with one job. Here it becomes one job for each subscription of the users who
want to be notified and have no socket open. Whether they still do is checked again when the push is
sent.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from urllib.parse import urlsplit

import msgspec
import structlog

from server.kernel.clock import now_ms
from server.kernel.tasks import Tasks, guarded
from server.kernel.timeouts import came_in_time
from server.push import retries, wording
from server.push.entity import Alert, Job, PushOutcome
from server.push.places import PushPlaces
from server.push.ports import JobStore, Presences, PushTransport, Totals

log = structlog.get_logger("push")

# How often the outbox is read if nothing wakes the worker, and the least time between two reads
# (seconds). Where nobody has a device, messages wake the worker for nothing, so it rests longer.
POLL = 1.5
GAP = 0.1
GAP_FOR_NOTHING = 0.5
# How long a claim of jobs lasts: longer than a push with all the work around it (ms).
JOB_LEASE = 30_000
# How long a job waits at least if there is no free place for it (ms).
WAIT = 2_000
# How long a job waits if its cause was undone right away (ms): the cause often comes again.
SECOND_THOUGHTS = 60_000
# How many jobs about whole messages are handled together.
MESSAGES_AT_ONCE = 200
# How many members are handled together. A larger room takes several steps.
MEMBERS_AT_ONCE = 500


class PushWorker:
    def __init__(
        self,
        store: JobStore,
        transport: PushTransport,
        presences: Presences,
        totals: Totals,
        *,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._store = store
        self._transport = transport
        self._presences = presences
        self._totals = totals
        self._clock = clock
        self._news = asyncio.Event()
        self._places = PushPlaces()
        self._sending = Tasks()
        self._stopping = False
        # Whether the last round found jobs.
        self._found = False
        # How often the transport returned each result.
        self.results: Counter[str] = Counter()

    def wake(self) -> None:
        """Makes the worker read the outbox soon, because there may be new jobs."""
        self._news.set()

    async def run(self) -> None:
        """Delivers jobs until it is stopped or cancelled."""
        while not self._stopping:
            woken = self._news.is_set()
            self._news.clear()
            # A job that fails here is due again when its lease ends.
            await guarded(self._round)
            await asyncio.sleep(GAP_FOR_NOTHING if woken and not self._found else GAP)
            await came_in_time(self._news.wait(), POLL)

    async def stop(self, patience: float) -> None:
        """Stops claiming jobs, and gives the jobs under way ``patience`` seconds to end. The others
        are due again when their leases end."""
        self._stopping = True
        self.wake()
        await self._sending.close(patience)

    async def _round(self) -> None:
        self._found = False
        whole = await self._claim(whole=True, limit=MESSAGES_AT_ONCE)
        if whole:
            await self._spread(whole)
        free = self._places.free
        single = await self._claim(whole=False, limit=free) if free else []
        self._found = bool(whole or single)
        if single:
            await self._send_all(single)
        if len(whole) == MESSAGES_AT_ONCE or (single and len(single) == free):
            self.wake()

    async def _claim(self, *, whole: bool, limit: int) -> list[Job]:
        now = self._clock()
        return await self._store.claim(now, now + JOB_LEASE, whole=whole, limit=limit)

    # --- From a message to its listeners ---

    async def _spread(self, jobs: list[Job]) -> None:
        sizes = await self._store.sizes(job.room_id for job in jobs)
        about_messages = [job for job in jobs if job.about.notification_id is None]
        large = [job for job in about_messages if sizes.get(job.room_id, 0) > MEMBERS_AT_ONCE]
        small = [job for job in about_messages if job not in large]
        noted = [job for job in jobs if job.about.notification_id is not None]
        if small:
            await self._spread_messages(small, None, None)
        for job in large:
            upto = await self._store.step(job.room_id, job.about.after, MEMBERS_AT_ONCE)
            await self._spread_messages([job], job.about.after, upto)
        if noted:
            await self._spread_notifications(noted)
        # There may be jobs of single subscriptions now, or further members to handle.
        self.wake()

    async def _spread_messages(self, jobs: list[Job], after: str | None, upto: str | None) -> None:
        now = self._clock()
        found = await self._store.listeners(jobs, now, after, upto)
        here = await self._connected(one.user_id for one in found)
        by_job: dict[int, list[str]] = {job.id: [] for job in jobs}
        for one in found:
            if one.user_id not in here:
                by_job[one.job_id].append(one.subscription_id)
        await self._store.spread([(job, by_job[job.id]) for job in jobs], now, upto)

    async def _spread_notifications(self, jobs: list[Job]) -> None:
        now = self._clock()
        alerts, withdrawn = await self._store.find_alerts([_noted(job) for job in jobs], now)
        jobs = await self._defer_withdrawn(jobs, withdrawn)
        here = await self._connected(alert.subscription.user_id for alert in alerts)
        by_id: dict[str | None, list[str]] = {}
        for alert in alerts:
            if alert.subscription.user_id not in here:
                by_id.setdefault(alert.notification_id, []).append(alert.subscription.id)
        found = [(job, by_id.get(job.about.notification_id, [])) for job in jobs]
        await self._store.spread(found, now, None)

    async def _defer_withdrawn(self, jobs: list[Job], withdrawn: set[str]) -> list[Job]:
        """Makes young jobs wait whose notification is ``withdrawn``, and returns the other jobs. A
        cause that was taken back often comes again, and a device should get only one push for
        it."""
        now = self._clock()
        waiting = [
            job
            for job in jobs
            if job.about.notification_id in withdrawn and now - job.created_at < SECOND_THOUGHTS
        ]
        if waiting:
            await self._store.defer(waiting, now + WAIT)
        return [job for job in jobs if job not in waiting]

    async def _connected(self, user_ids: Iterable[str]) -> set[str]:
        wanted = set(user_ids)
        return await self._presences.connected(wanted) if wanted else set()

    # --- From a job to its device ---

    async def _send_all(self, jobs: list[Job]) -> None:
        alerts, withdrawn = await self._alerts(jobs)
        jobs = await self._defer_withdrawn(jobs, withdrawn)
        users = {alert.subscription.user_id for alert in alerts.values()}
        here = await self._connected(users)
        unread = await self._totals.read_totals(list(users - here)) if users - here else {}
        wanted = {
            job_id: alert
            for job_id, alert in _newest(alerts).items()
            if alert.subscription.user_id not in here
        }
        await self._store.finish([job for job in jobs if job.id not in wanted])
        crowded = []
        for job in jobs:
            if alert := wanted.get(job.id):
                if self._places.take_place(_origin(alert)):
                    self._start(job, alert, unread.get(alert.subscription.user_id, 0))
                else:
                    crowded.append(job)
        if crowded:
            due_at = self._clock() + random.randint(WAIT, 2 * WAIT)
            await self._store.defer(crowded, due_at)

    async def _alerts(self, jobs: list[Job]) -> tuple[dict[int, Alert], set[str]]:
        """The alert of each job by the job's id, and the ids of the notifications that are
        withdrawn. A job has no alert if its message was read, deleted or muted in the meantime."""
        now = self._clock()
        jobs = [job for job in jobs if retries.seconds_left(job, now) > 0]
        spoken = [job for job in jobs if job.about.notification_id is None]
        others = [job for job in jobs if job.about.notification_id is not None]
        found = await self._store.said(spoken, now) if spoken else {}
        ids = [_noted(job) for job in others]
        noted, withdrawn = await self._store.find_alerts(ids, now) if ids else ([], set())
        by_both = {(one.notification_id, one.subscription.id): one for one in noted}
        for job in others:
            if alert := by_both.get((_noted(job), str(job.subscription_id))):
                found[job.id] = alert
        return found, withdrawn

    def _start(self, job: Job, alert: Alert, unread: int) -> None:
        task = self._sending.start(self._send(job, alert, unread))
        task.add_done_callback(lambda _: self._sent(_origin(alert)))

    def _sent(self, origin: str) -> None:
        was_full = not self._places.free
        self._places.give_back(origin)
        if was_full:
            self.wake()

    async def _send(self, job: Job, alert: Alert, unread: int) -> None:
        ttl = retries.seconds_left(job, self._clock())
        push = wording.push(alert, job.about, unread, ttl)
        outcome = await self._transport.send_push(alert.subscription, push)
        self.results[outcome.result] += 1
        self._places.note(_origin(alert), answered=not outcome.silent)
        await self._conclude(job, alert, outcome)

    async def _conclude(self, job: Job, alert: Alert, outcome: PushOutcome) -> None:
        now = self._clock()
        due_at, about = None, job.about
        if outcome.result == "later":
            due_at = retries.next_try(job, outcome, now)
        elif outcome.result == "too_large" and not about.brief:
            due_at, about = now, msgspec.structs.replace(about, brief=True)
        if due_at is not None:
            return await self._store.postpone(job, due_at, about)
        if outcome.result in ("gone", "foreign"):
            say = log.warning if outcome.result == "foreign" else log.info
            say("push subscription dropped", reason=outcome.detail)
            await self._store.unsubscribe(alert.subscription)
        elif outcome.result != "delivered":
            log.warning("push dropped", reason=outcome.detail, attempts=job.attempts + 1)
        await self._store.finish([job])


def _origin(alert: Alert) -> str:
    return urlsplit(alert.subscription.endpoint).netloc


def _noted(job: Job) -> str:
    assert job.about.notification_id is not None
    return job.about.notification_id


def _newest(alerts: Mapping[int, Alert]) -> dict[int, Alert]:
    """The alerts without those that a later alert would replace on the same device."""

    def place(item: tuple[int, Alert]) -> tuple[str, str]:
        return item[1].subscription.id, wording.topic(item[1])

    def order(item: tuple[int, Alert]) -> tuple[tuple[str, str], int, int]:
        return place(item), item[1].seq or 0, item[0]

    grouped = groupby(sorted(alerts.items(), key=order), key=place)
    return dict(list(group)[-1] for _, group in grouped)
