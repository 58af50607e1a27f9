"""Invites as clients receive them."""

from __future__ import annotations

from msgspec import Struct


class Invite(Struct, frozen=True, kw_only=True):
    """An invite. Every user who has the code can join, until ``expires_at`` and up to ``max_uses``
    times; null means no limit."""

    code: str
    url: str
    expires_at: str | None
    max_uses: int | None
    uses: int


class InvitedRoom(Struct, frozen=True, kw_only=True):
    """The part of a room that a user with a code sees before joining."""

    id: str
    name: str | None
    topic: str | None
    avatar_url: str | None
    member_count: int


class PreviewPerson(Struct, frozen=True, kw_only=True):
    """The part of a profile that everybody with a code sees, signed in or not."""

    id: str
    username: str
    display_name: str
    avatar_url: str | None


class Preview(Struct, frozen=True, kw_only=True):
    """What an invite leads to. ``inviter`` is null if the account was deleted. ``members`` are at
    most five of the room's members; ``room.member_count`` counts all."""

    room: InvitedRoom
    inviter: PreviewPerson | None
    members: list[PreviewPerson]


class StoredInvite(Struct, frozen=True, kw_only=True):
    """``id`` grows with the time of creation; ``expires_at`` is in milliseconds."""

    id: int
    code: str
    expires_at: int | None
    max_uses: int | None
    uses: int
