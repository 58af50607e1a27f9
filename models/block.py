"""Blocks between users."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.fields import IdField, TimeField


class Block(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    user_id = IdField()
    blocked_id = IdField(db_index=True)
    created_at = TimeField()

    class Meta:
        table = "blocks"
        unique_together = (("user_id", "blocked_id"),)
