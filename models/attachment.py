"""Uploads, and the messages that have them as attachments."""

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
    # The random names of the file and its thumbnail in the storage.
    key = fields.CharField(max_length=64)
    thumbnail_key = fields.CharField(max_length=64, null=True)
    created_at = TimeField(db_index=True)

    class Meta:
        table = "attachments"


class MessageAttachment(Model):
    """One row for each file of a message. It tells who may use a file, and which files are in
    use."""

    id = fields.BigIntField(primary_key=True, generated=True)
    room_id = IdField()
    seq = fields.BigIntField()
    attachment_id = IdField(db_index=True)
    # What the file is: "media" (pictures and films), "audio" or "file". A trigger sets it.
    kind = fields.CharField(max_length=5, db_default="file")

    class Meta:
        table = "message_attachments"
        unique_together = (("room_id", "seq", "attachment_id"),)
        indexes = (("room_id", "kind", "seq"),)
