"""Notifications, push subscriptions and the outbox of pushes."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.fields import IdField, TimeField


class Notification(Model):
    """``cause`` names the cause, so that a user is notified once for each cause. A withdrawn
    notification (``withdrawn_at``) is hidden but kept, so that the user is not notified again if
    the cause comes back."""

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
    """A message that notifies everybody in its room. It is one row, which becomes a notification of
    each user when they list theirs. ``told_at_seq``: if an edit made it one, the number that the
    room's next message had then; None if it was sent as one. It is for those who came before that
    number, and is unread for those who have not read so far, like a message of that number."""

    id = IdField(primary_key=True)
    room_id = IdField()
    seq = fields.BigIntField()
    actor_id = IdField()
    created_at = TimeField()
    told_at_seq = fields.BigIntField(null=True)

    class Meta:
        table = "room_notices"
        unique_together = (("room_id", "seq"),)


class PushSubscription(Model):
    """The Web Push subscription of a browser. It lasts as long as the session."""

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
    """The outbox of Web Push. A job is stored in the transaction of its cause. A job without a
    subscription is about a whole message, and becomes one job for each subscription that should get
    a push."""

    id = fields.BigIntField(primary_key=True, generated=True)
    subscription_id = IdField(null=True)
    room_id = IdField()
    seq = fields.BigIntField(null=True)
    # JSON: the other contents of the push, {kind, notification_id, …}
    payload = fields.TextField()
    attempts = fields.IntField(default=0)
    due_at = TimeField(db_index=True)
    created_at = TimeField()

    class Meta:
        table = "push_jobs"
