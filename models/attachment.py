"""Uploads, and the messages that they were sent with."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.fields import IdField, TimeField


class Attachment(Model):
    id = IdField(primary_key=True)
    uploader_id = IdField(db_index=True)
    name = fields.CharField(max_length=255)
    content_type = fields.CharField(max_length=128)
    size = fields.BigIntField()
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    duration = fields.BigIntField(null=True)
    # Where the file and its thumbnail are in the storage: random names.
    key = fields.CharField(max_length=64)
    thumbnail_key = fields.CharField(max_length=64, null=True)
    created_at = TimeField(db_index=True)

    class Meta:
        table = "attachments"


class MessageAttachment(Model):
    """One row for each file of a message: who may use it, and what is in use."""

    id = fields.BigIntField(primary_key=True, generated=True)
    room_id = IdField()
    seq = fields.BigIntField()
    attachment_id = IdField(db_index=True)

    class Meta:
        table = "message_attachments"
        unique_together = (("room_id", "seq", "attachment_id"),)
