"""Users. Secret, rarely read and often written data of users is in separate tables."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.fields import IdField, TimeField


class User(Model):
    id = IdField(primary_key=True)
    username = fields.CharField(max_length=32)
    # The lower-case username, so that names are unique without regard to case. A deleted user has
    # their id here.
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


class FreedUsername(Model):
    """A username that a user gave up. Nobody else can take it for a while, so that old mentions do
    not lead to somebody else."""

    username_key = fields.CharField(max_length=36, primary_key=True)
    # None if the account was deleted.
    user_id = IdField(null=True, db_index=True)
    freed_at = TimeField(db_index=True)

    class Meta:
        table = "freed_usernames"


class Credential(Model):
    user_id = IdField(primary_key=True)
    email = fields.CharField(max_length=254)
    email_key = fields.CharField(max_length=254, unique=True)
    # If this is empty, no password matches, and only a mailed link can set a new one.
    password_hash = fields.TextField()
    email_verified_at = TimeField(null=True)

    class Meta:
        table = "user_credentials"


class Preference(Model):
    user_id = IdField(primary_key=True)
    # {…} as JSON
    preferences = fields.TextField(default="{}")
    # A copy of the one preference that SQL statements need; null is the default.
    add_to_groups = fields.CharField(max_length=12, null=True)

    class Meta:
        table = "user_preferences"


class LastSeen(Model):
    user_id = IdField(primary_key=True)
    last_seen_at = TimeField()

    class Meta:
        table = "user_last_seen"


class EmailToken(Model):
    """A token that was sent by mail, to confirm an address, to set a new password or to undo a
    change of address. Only its hash is stored."""

    token_hash = fields.CharField(max_length=64, primary_key=True)
    user_id = IdField(db_index=True)
    # reset, verify, change or undo: see server/mail/entity.py
    kind = fields.CharField(max_length=8)
    email = fields.CharField(max_length=254)
    created_at = TimeField()
    expires_at = TimeField()
    # Only for an undo: the key of the address that it restores, which is reserved for the user
    # until then.
    held_key = fields.CharField(max_length=254, null=True, db_index=True)
    # Only for an undo: SHA-256 of the password hash at the time of the request.
    proof = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "email_tokens"
