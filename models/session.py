"""Sessions. The row decides whether a session is alive; caches only copy it."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.fields import IdField, TimeField


class Session(Model):
    id = IdField(primary_key=True)
    user_id = IdField()
    device = fields.CharField(max_length=200, null=True)
    # SHA-256 of the newest refresh token, and of the spent token from which it was made.
    token_hash = fields.CharField(max_length=64)
    parent_hash = fields.CharField(max_length=64, null=True)
    generation = fields.IntField(default=0)
    parent_generation = fields.IntField(null=True)
    rotated_at = TimeField()
    created_at = TimeField()
    last_seen_at = TimeField()
    expires_at = TimeField()
    revoked_at = TimeField(null=True, db_index=True)
    # The address of the sign-in or the last refresh; None for sessions older than this column.
    address = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "sessions"
        indexes = (("user_id", "created_at"),)
