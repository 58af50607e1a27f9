"""What users are told of, and where it is pushed to."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.fields import IdField, TimeField


class Notification(Model):
    """``cause`` names what it is about, so that one cause tells a user once: what was taken back
    (``withdrawn_at``) is not shown, and kept, so that it is not news when it comes again."""

    id = IdField(primary_key=True)
    user_id = IdField()
    kind = fields.CharField(max_length=16)
    room_id = IdField()
    seq = fields.BigIntField(null=True)
    actor_id = IdField()
    cause = fields.CharField(max_length=160)
    created_at = TimeField()
    read_at = TimeField(null=True)
    withdrawn_at = TimeField(null=True)

    class Meta:
        table = "notifications"
        unique_together = (("user_id", "cause"),)
        indexes = (("user_id", "created_at"), ("user_id", "read_at", "room_id"))


class RoomNotice(Model):
    """A message that notifies everybody in its room: one row, expanded when a user lists theirs."""

    id = IdField(primary_key=True)
    room_id = IdField()
    seq = fields.BigIntField()
    actor_id = IdField()
    created_at = TimeField()

    class Meta:
        table = "room_notices"
        unique_together = (("room_id", "seq"),)


class PushSubscription(Model):
    """A browser that wants Web Push, for as long as its session lives."""

    id = IdField(primary_key=True)
    user_id = IdField(db_index=True)
    session_id = IdField(db_index=True)
    endpoint = fields.TextField()
    # SHA-256 of the endpoint.
    endpoint_key = fields.CharField(max_length=64, unique=True)
    p256dh = fields.CharField(max_length=128)
    auth = fields.CharField(max_length=64)
    created_at = TimeField()

    class Meta:
        table = "push_subscriptions"


class PushJob(Model):
    """The outbox of Web Push, written with what it tells of. A job without a subscription is
    about a whole message, and becomes one job for each subscription that shall hear of it."""

    id = fields.BigIntField(primary_key=True, generated=True)
    subscription_id = IdField(null=True)
    room_id = IdField()
    seq = fields.BigIntField(null=True)
    # JSON: what else the push says, {kind, actor_id, notification_id, …}
    payload = fields.TextField()
    attempts = fields.IntField(default=0)
    due_at = TimeField(db_index=True)
    created_at = TimeField()

    class Meta:
        table = "push_jobs"
