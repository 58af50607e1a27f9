"""People. What is secret, cold or often written about them stands in tables of its own."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.fields import IdField, TimeField


class User(Model):
    id = IdField(primary_key=True)
    username = fields.CharField(max_length=32)
    # The lower-case username, or the id once the user is deleted: names are unique without case.
    username_key = fields.CharField(max_length=36, unique=True)
    display_name = fields.CharField(max_length=64)
    display_key = fields.CharField(max_length=192, db_index=True)
    bio = fields.TextField(default="")
    avatar_url = fields.TextField(null=True)
    # {emoji, text, expires_at} as JSON
    status = fields.TextField(null=True)
    created_at = TimeField()
    deleted_at = TimeField(null=True, db_index=True)

    class Meta:
        table = "users"


class Credential(Model):
    user_id = IdField(primary_key=True)
    email = fields.CharField(max_length=254)
    email_key = fields.CharField(max_length=254, unique=True)
    # Empty: no password is right, and only a mailed link can set one.
    password_hash = fields.TextField()
    email_verified_at = TimeField(null=True)

    class Meta:
        table = "user_credentials"


class Preference(Model):
    user_id = IdField(primary_key=True)
    # {…} as JSON
    preferences = fields.TextField(default="{}")
    # Of them, what statements ask for; null is the default.
    add_to_groups = fields.CharField(max_length=12, null=True)

    class Meta:
        table = "user_preferences"


class LastSeen(Model):
    user_id = IdField(primary_key=True)
    last_seen_at = TimeField()

    class Meta:
        table = "user_last_seen"


class EmailToken(Model):
    """What was sent by mail: to confirm an address, to set a new password, or to undo a change of
    address. Only a hash."""

    token_hash = fields.CharField(max_length=64, primary_key=True)
    user_id = IdField(db_index=True)
    # reset, verify, change or undo: see server/mail/entity.py
    kind = fields.CharField(max_length=8)
    email = fields.CharField(max_length=254)
    created_at = TimeField()
    expires_at = TimeField()
    # Of an undo alone: the address that it puts back, which is kept for the user until then.
    held_key = fields.CharField(max_length=254, null=True, db_index=True)
    # Of an undo alone: SHA-256 of the password's hash when the change was asked for.
    proof = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "email_tokens"
