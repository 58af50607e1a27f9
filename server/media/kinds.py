"""Finds the type of a file from its content alone, and how it may be displayed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import filetype

# The types that a browser may display in a page. The extension of a stored file tells its type, so
# files can be served without the database.
INLINE: Mapping[str, str] = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
}
UNKNOWN = "bin"
MEDIA_TYPES: Mapping[str, str] = {
    **INLINE,
    "pdf": "application/pdf",
    UNKNOWN: "application/octet-stream",
}
IMAGES: Mapping[str, str] = {
    "jpg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "webp": "WEBP",
    "avif": "AVIF",
}
TIMED = ("mp4", "mp3", "ogg", "m4a", "wav")

# The number of bytes that suffice for every signature that filetype knows.
HEAD_BYTES = 8192
# Types that have other names in filetype.
_ALIASES = {"image/apng": "png", "audio/x-wav": "wav", "video/x-m4v": "mp4"}
_EXTENSIONS = {mime: extension for extension, mime in MEDIA_TYPES.items()} | _ALIASES


def kind_of(head: bytes) -> str:
    """The extension of a file that begins with these bytes: one of ``MEDIA_TYPES``."""
    if head[4:12] == b"ftypavis":
        # This is an animated AVIF.
        return "avif"
    found = filetype.guess(head)
    return _EXTENSIONS.get(found.mime, UNKNOWN) if found else UNKNOWN


def new_key(extension: str) -> str:
    """A new name in the storage, which cannot be guessed."""
    return f"{secrets.token_hex(16)}.{extension}"
