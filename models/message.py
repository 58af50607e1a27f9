"""Messages, their reactions and mentions. All are found by (room_id, seq).

On PostgreSQL ``messages`` is hash-partitioned by ``room_id``, and its primary key is
(room_id, seq). Tortoise does not support composite keys, so the model has ``id`` as its key.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.fields import IdField, TimeField


class Message(Model):
    id = IdField(primary_key=True)
    room_id = IdField()
    seq = fields.BigIntField()
    # The room's version at the last change of this message.
    version = fields.BigIntField()
    # See Room.ordinal.
    ordinal = fields.BigIntField()
    kind = fields.CharField(max_length=8)
    author_id = IdField(null=True)
    client_id = IdField(null=True)
    text = fields.TextField()
    reply_to_seq = fields.BigIntField(null=True)
    # JSON: [user_id], [{emoji, count, user_ids}], {event, actor_id, user_ids, …}
    mentions = fields.TextField(null=True)
    reactions = fields.TextField(null=True)
    system = fields.TextField(null=True)
    pinned_at = TimeField(null=True)
    created_at = TimeField()
    edited_at = TimeField(null=True)
    deleted_at = TimeField(null=True)
    # JSON: the attachments, as StoredAttachment. This is a copy, since an upload never changes.
    attachments = fields.TextField(null=True)
    # JSON: {name: user_id}, the mentioned users by the names that the text has for them. Messages
    # older than this column have None here.
    mention_names = fields.TextField(null=True)

    class Meta:
        table = "messages"
        unique_together = (("room_id", "seq"), ("room_id", "author_id", "client_id"))
        indexes = (("room_id", "version"),)


class Reaction(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    room_id = IdField()
    seq = fields.BigIntField()
    user_id = IdField()
    emoji = fields.CharField(max_length=64)
    created_at = TimeField()

    class Meta:
        table = "reactions"
        unique_together = (("room_id", "seq", "emoji", "user_id"),)


class Mention(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    user_id = IdField()
    room_id = IdField()
    seq = fields.BigIntField()

    class Meta:
        table = "mentions"
        unique_together = (("user_id", "room_id", "seq"),)
        indexes = (("room_id", "seq"),)
