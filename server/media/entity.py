"""Attachments: as they are stored, and as clients see them."""

from __future__ import annotations

from msgspec import Struct


class StoredAttachment(Struct, frozen=True, kw_only=True):
    """What an upload came to. It never changes, so a message keeps a copy of it.

    ``key`` and ``thumbnail_key`` name files in the storage; ``duration`` is in milliseconds.
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
    """``url`` and ``thumbnail_url`` are signed, and good for 24 to 48 hours."""

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
    """What was found in a file. ``costly``: to show it would cost its readers seconds, so it is
    only saved; ``duration`` is in milliseconds."""

    costly: bool = False
    width: int | None = None
    height: int | None = None
    duration: int | None = None
