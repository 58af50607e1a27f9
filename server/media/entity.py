"""Attachments as they are stored, and as clients receive them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

# What there is in a video or audio file.
Shows = Literal["video", "audio"]


class StoredAttachment(Struct, frozen=True, kw_only=True):
    """A finished upload. It never changes, so each message keeps a copy of it.

    ``key`` and ``thumbnail_key`` name files in the storage; ``duration`` is in milliseconds, and
    null for a picture that does not move.
    """

    id: str
    name: str
    content_type: str
    size: int
    width: int | None
    height: int | None
    duration: int | None
    key: str
    thumbnail_key: str | None


class Attachment(Struct, frozen=True, kw_only=True):
    """``url`` and ``thumbnail_url`` are signed and valid for 24 to 48 hours. ``duration`` is in
    milliseconds, and null for a picture that does not move."""

    id: str
    name: str
    content_type: str
    size: int
    width: int | None
    height: int | None
    duration: int | None
    url: str
    thumbnail_url: str | None


class OpenedFile(Struct, frozen=True, kw_only=True):
    """What was found in a file. ``costly``: displaying it would take a browser seconds, so it is
    offered only for download. ``duration`` is in milliseconds; of a picture, it is one turn of its
    animation."""

    costly: bool = False
    shows: Shows | None = None
    width: int | None = None
    height: int | None = None
    duration: int | None = None
