"""The outbox of pushes in the database: which jobs are due, who should get a push, and the results.

The code that stores a message adds a job in the same transaction. The job has no
``subscription_id``; it has the message's ``room_id`` and ``seq``, and the payload
``{"kind": "message"}``. The code that stores a notification of another cause adds a job with the
payload ``{"kind": …, "notification_id": …}``.

A claim moves a job's ``due_at`` to the end of its lease, in a statement of its own. So no
transaction is open while a push is being sent, and the job of a worker that died is due again when
its lease ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from server.blocks.clauses import BLOCKED
from server.kernel.database import Database, DatabaseConnection, Row
from server.kernel.ids import FIRST_ID, LAST_ID
from server.push.entity import About, Alert, AlertKind, Job, Listener, Subscription

PUSH_EXCERPT = 140

# `{}` selects jobs about whole messages or jobs of one subscription. The inner statement is not
# written inside the IN, where PostgreSQL may run it more than once and lock more than the limit.
_CLAIM = """
    WITH due AS (
        SELECT id FROM push_jobs WHERE due_at <= $1 AND subscription_id IS {} NULL
        ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
    )
    UPDATE push_jobs SET due_at = $2 WHERE id IN (SELECT id FROM due)
    RETURNING id, subscription_id, room_id, payload, attempts, created_at, due_at
"""
# Whether a session may get pushes at the time $2.
_ALIVE = "e.id = s.session_id AND e.revoked_at IS NULL AND e.expires_at > $2"
_NAMED = """
    (EXISTS (SELECT 1 FROM mentions a
        WHERE a.user_id = m.user_id AND a.room_id = x.room_id AND a.seq = x.seq)
    OR EXISTS (SELECT 1 FROM room_notices a WHERE a.room_id = x.room_id AND a.seq = x.seq))
"""
_REPLIED = """
    EXISTS (SELECT 1 FROM messages o
        WHERE o.room_id = x.room_id AND o.seq = x.reply_to_seq AND o.author_id = m.user_id)
"""
# An edit has made the message one to everybody, also to who has read it.
_TOLD_LATER = """
    EXISTS (SELECT 1 FROM room_notices a WHERE a.room_id = x.room_id AND a.seq = x.seq
        AND a.told_at_seq > m.last_read_seq AND a.told_at_seq > m.joined_seq)
"""
# Finds, for jobs about messages, the subscriptions of the users who want to be notified.
_WANTED = f"""
    JOIN rooms r ON r.id = j.room_id AND r.deleted_at IS NULL
    JOIN messages x ON x.room_id = j.room_id AND x.seq = j.seq AND x.deleted_at IS NULL
    JOIN room_members m ON m.room_id = j.room_id AND m.active
    JOIN push_subscriptions s ON s.user_id = m.user_id
    JOIN sessions e ON {_ALIVE}
    WHERE j.id = ANY($1::bigint[]) AND m.user_id <> x.author_id
        AND (m.last_read_seq < x.seq OR {_TOLD_LATER})
        AND (m.muted_until IS NULL OR m.muted_until <= $2) AND NOT {BLOCKED.format("x.author_id")}
        AND (m.notify = 'all'
            OR (m.notify = 'mentions' AND (r.kind = 'direct' OR {_NAMED} OR {_REPLIED})))
"""
_LISTENERS = f"""
    SELECT j.id AS job_id, s.id AS subscription_id, s.user_id FROM push_jobs j {_WANTED}
        AND m.user_id > $3::uuid AND m.user_id <= $4::uuid
"""
_SUBSCRIPTION = "s.id AS subscription_id, s.user_id, s.endpoint, s.p256dh, s.auth"
_SAID = f"""
    SELECT j.id AS job_id, {_SUBSCRIPTION}, r.id AS room_id, r.kind AS room_kind,
        r.name AS room_name, x.seq,
        CASE WHEN x.text = '' AND x.attachments IS NOT NULL THEN '📎'
            ELSE substr(x.text, 1, {PUSH_EXCERPT}) END AS text,
        {_NAMED} AS named, {_REPLIED} AS replied,
        (SELECT u.display_name FROM users u WHERE u.id = x.author_id) AS actor_name, (
            SELECT n.id FROM notifications n WHERE n.user_id = m.user_id AND n.room_id = x.room_id
                AND n.seq = x.seq AND n.kind IN ('mention', 'reply', 'direct_message') LIMIT 1
        ) AS notification_id
    FROM push_jobs j {_WANTED} AND s.id = j.subscription_id
"""
# Only users with the setting "all" are told of notifications that are not a mention or a reply.
_NOTED = f"""
    SELECT n.id AS notification_id, n.kind, n.seq, {_SUBSCRIPTION}, r.id AS room_id,
        r.name AS room_name, '' AS text,
        (SELECT u.display_name FROM users u WHERE u.id = n.actor_id) AS actor_name,
        n.withdrawn_at IS NOT NULL AS withdrawn
    FROM notifications n
    JOIN rooms r ON r.id = n.room_id AND r.deleted_at IS NULL
    JOIN room_members m ON m.room_id = n.room_id AND m.user_id = n.user_id AND m.active
    JOIN push_subscriptions s ON s.user_id = n.user_id
    JOIN sessions e ON {_ALIVE}
    WHERE n.id = ANY($1::uuid[]) AND n.read_at IS NULL
        AND (m.notify = 'all' OR (m.notify = 'mentions' AND n.kind IN ('mention', 'reply')))
        AND (m.muted_until IS NULL OR m.muted_until <= $2) AND NOT {BLOCKED.format("n.actor_id")}
"""
_SPREAD = """
    INSERT INTO push_jobs
        (subscription_id, room_id, seq, payload, attempts, due_at, created_at)
    SELECT s.id, j.room_id, j.seq, $3, 0, $4, j.created_at FROM push_jobs j
    JOIN push_subscriptions s ON s.id = ANY($2::uuid[]) WHERE j.id = $1
"""
_HELD = "SELECT id FROM push_jobs WHERE id = ANY($1::bigint[]) AND due_at = $2 FOR UPDATE"
_STEP = """
    SELECT m.user_id FROM room_members m WHERE m.room_id = $1 AND m.user_id > $2::uuid
    ORDER BY m.user_id LIMIT 1 OFFSET $3
"""

_about = msgspec.json.Decoder(About)


class Outbox:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def claim(self, now: int, until: int, *, whole: bool, limit: int) -> list[Job]:
        sql = _CLAIM.format("" if whole else "NOT")
        return [_job(row) for row in await self._db.fetch(sql, now, until, limit)]

    async def sizes(self, room_ids: Iterable[str]) -> dict[str, int]:
        rows = await self._db.fetch(
            "SELECT id, member_count FROM rooms WHERE id = ANY($1::uuid[])", list(set(room_ids))
        )
        return {row["id"]: row["member_count"] for row in rows}

    async def step(self, room_id: str, after: str | None, size: int) -> str | None:
        row = await self._db.fetchrow(_STEP, room_id, after or FIRST_ID, size - 1)
        return row["user_id"] if row else None

    async def listeners(
        self, jobs: Sequence[Job], now: int, after: str | None, upto: str | None
    ) -> list[Listener]:
        ids = [job.id for job in jobs]
        rows = await self._db.fetch(_LISTENERS, ids, now, after or FIRST_ID, upto or LAST_ID)
        return [Listener(**row) for row in rows]

    async def find_alerts(
        self, notification_ids: Sequence[str], now: int
    ) -> tuple[list[Alert], set[str]]:
        rows = await self._db.fetch(_NOTED, list(notification_ids), now)
        alerts = [_alert(row, row["kind"]) for row in rows if not row["withdrawn"]]
        return alerts, {row["notification_id"] for row in rows if row["withdrawn"]}

    async def said(self, jobs: Sequence[Job], now: int) -> dict[int, Alert]:
        rows = await self._db.fetch(_SAID, [job.id for job in jobs], now)
        return {row["job_id"]: _alert(row, _kind(row)) for row in rows}

    async def spread(
        self, found: Sequence[tuple[Job, Sequence[str]]], now: int, upto: str | None
    ) -> None:
        """Adds one job for each of the subscriptions. The given jobs are removed, or continue after
        the member ``upto``. Jobs that another worker has claimed in the meantime are skipped."""
        async with self._db.transaction() as tx:
            held = await _held(tx, [job for job, _ in found])
            for job, subscription_ids in found:
                if job.id in held and subscription_ids:
                    about = msgspec.structs.replace(job.about, after=None)
                    await tx.execute(_SPREAD, job.id, list(subscription_ids), _text(about), now)
            if upto is None:
                await tx.execute("DELETE FROM push_jobs WHERE id = ANY($1::bigint[])", list(held))
            for job, _ in found if upto else ():
                if job.id in held:
                    await _again(tx, job, now, msgspec.structs.replace(job.about, after=upto))

    async def finish(self, jobs: Sequence[Job]) -> None:
        ids = [job.id for job in jobs]
        await self._db.execute("DELETE FROM push_jobs WHERE id = ANY($1::bigint[])", ids)

    async def defer(self, jobs: Sequence[Job], due_at: int) -> None:
        await self._db.execute(
            "UPDATE push_jobs SET due_at = $2 WHERE id = ANY($1::bigint[])",
            [job.id for job in jobs],
            due_at,
        )

    async def postpone(self, job: Job, due_at: int, about: About) -> None:
        """Counts a failed attempt, and makes the job due again at ``due_at``."""
        await self._db.execute(
            "UPDATE push_jobs SET attempts = $3, payload = $4, due_at = $5"
            " WHERE id = $1 AND due_at = $2",
            job.id,
            job.leased_until,
            job.attempts + 1,
            _text(about),
            due_at,
        )

    async def unsubscribe(self, subscription: Subscription) -> None:
        """Removes a subscription whose endpoint is gone, unless the browser has renewed it in the
        meantime."""
        await self._db.execute(
            "DELETE FROM push_subscriptions WHERE id = $1 AND p256dh = $2",
            subscription.id,
            subscription.p256dh,
        )


async def _held(tx: DatabaseConnection, jobs: Sequence[Job]) -> set[int]:
    """The ids of those jobs that this claim still holds. All jobs must be of one claim."""
    ids = [job.id for job in jobs]
    rows = await tx.fetch(_HELD, ids, jobs[0].leased_until if jobs else 0)
    return {row["id"] for row in rows}


async def _again(tx: DatabaseConnection, job: Job, due_at: int, about: About) -> None:
    await tx.execute(
        "UPDATE push_jobs SET payload = $2, due_at = $3 WHERE id = $1",
        job.id,
        _text(about),
        due_at,
    )


def _text(about: About) -> str:
    return msgspec.json.encode(about).decode()


def _read(payload: str) -> About:
    """The payload of a job. A payload that cannot be read becomes an empty one, so that it does not
    hold up other jobs."""
    try:
        return _about.decode(payload)
    except msgspec.DecodeError:
        return About(kind="")


def _job(row: Row) -> Job:
    values: dict[str, Any] = dict(row)
    values["about"] = _read(values.pop("payload"))
    values["leased_until"] = values.pop("due_at")
    return Job(**values)


def _kind(row: Row) -> AlertKind:
    if row["named"]:
        return "mention"
    if row["replied"]:
        return "reply"
    return "direct_message" if row["room_kind"] == "direct" else "message"


def _alert(row: Row, kind: AlertKind) -> Alert:
    subscription = Subscription(
        id=row["subscription_id"],
        user_id=row["user_id"],
        endpoint=row["endpoint"],
        p256dh=row["p256dh"],
        auth=row["auth"],
    )
    return Alert(
        subscription=subscription,
        kind=kind,
        room_id=row["room_id"],
        seq=row["seq"],
        room_name=row["room_name"],
        actor_name=row["actor_name"] or "",
        text=row["text"],
        notification_id=row["notification_id"],
    )
