"""Rooms, their members, invites and invitations."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.fields import IdField, TimeField


class Room(Model):
    id = IdField(primary_key=True)
    kind = fields.CharField(max_length=8)
    name = fields.CharField(max_length=100, null=True)
    name_key = fields.CharField(max_length=300, null=True)
    topic = fields.TextField(null=True)
    avatar_url = fields.TextField(null=True)
    visibility = fields.CharField(max_length=8)
    created_by = IdField()
    # An id from the creator's client, so that a repeated call finds the first room.
    client_id = IdField(null=True)
    # In a direct room, the sorted ids of both users. There is one room for each pair.
    direct_key = fields.CharField(max_length=73, null=True, unique=True)
    version = fields.BigIntField()
    last_seq = fields.BigIntField()
    # How many of the messages so far count as unread for other users: all except system messages.
    ordinal = fields.BigIntField()
    member_count = fields.IntField()
    # The time of the message at last_seq, or of the room's creation if it has no messages.
    active_at = TimeField()
    created_at = TimeField()
    deleted_at = TimeField(null=True)
    # When the messages of the deleted room were deleted.
    purged_at = TimeField(null=True)

    class Meta:
        table = "rooms"
        unique_together = (("created_by", "client_id"),)
        indexes = (("visibility", "name_key"),)


class RoomMember(Model):
    """One row for each user who is or was a member; ``active`` is true for present members."""

    id = fields.BigIntField(primary_key=True, generated=True)
    room_id = IdField()
    user_id = IdField()
    active = fields.BooleanField()
    role = fields.CharField(max_length=8)
    joined_at = TimeField()
    # The room's version at the last change of this row, which may be the member's departure.
    version = fields.BigIntField()
    last_read_seq = fields.BigIntField()
    # The ordinal (see Room) of the message at last_read_seq.
    last_read_ordinal = fields.BigIntField()
    notify = fields.CharField(max_length=8, default="all")
    muted_until = TimeField(null=True)
    # The seq of the message that tells of the arrival. What came before it was for others.
    joined_seq = fields.BigIntField(db_default=0)

    class Meta:
        table = "room_members"
        unique_together = (("room_id", "user_id"),)
        indexes = (("user_id", "active"), ("room_id", "version"))


class Invite(Model):
    """A code with which users can join a group."""

    id = fields.BigIntField(primary_key=True, generated=True)
    code = fields.CharField(max_length=32, unique=True)
    room_id = IdField(db_index=True)
    created_by = IdField(db_index=True)
    created_at = TimeField()
    expires_at = TimeField(null=True)
    max_uses = fields.IntField(null=True)
    uses = fields.IntField(default=0)

    class Meta:
        table = "invites"


class Invitation(Model):
    """An invitation of a user who does not let the inviting user add them to groups. A declined
    invitation is kept until it expires, so that the user is not invited again."""

    id = fields.BigIntField(primary_key=True, generated=True)
    room_id = IdField()
    user_id = IdField(db_index=True)
    actor_id = IdField()
    created_at = TimeField()
    expires_at = TimeField(db_index=True)
    declined_at = TimeField(null=True)

    class Meta:
        table = "room_invitations"
        unique_together = (("room_id", "user_id"),)
