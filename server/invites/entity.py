"""Invites as they travel."""

from __future__ import annotations

from msgspec import Struct


class Invite(Struct, frozen=True, kw_only=True):
    """Whoever has the code gets in: until ``expires_at``, ``max_uses`` times; null is no end."""

    code: str
    url: str
    expires_at: str | None
    max_uses: int | None
    uses: int


class InvitedRoom(Struct, frozen=True, kw_only=True):
    """As much of a room as somebody sees who is not in it, but has a code."""

    id: str
    name: str | None
    topic: str | None
    avatar_url: str | None
    member_count: int


class Preview(Struct, frozen=True):
    room: InvitedRoom


class StoredInvite(Struct, frozen=True, kw_only=True):
    """``id`` orders invites by when they were made; ``expires_at`` in milliseconds."""

    id: int
    code: str
    expires_at: int | None
    max_uses: int | None
    uses: int
