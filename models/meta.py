"""Facts about this database itself."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Fact(Model):
    """``epoch``: the name of this database's history, see docs/operations.md."""

    name = fields.CharField(max_length=32, primary_key=True)
    value = fields.TextField()

    class Meta:
        table = "facts"
