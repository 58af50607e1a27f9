"""What a file is, by its content alone, and how it may be shown."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import filetype

# What a browser may show in a page. A stored file's extension tells its type, so that serving
# one needs no database.
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
TYPES: Mapping[str, str] = {
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

# Enough for every signature that filetype knows.
HEAD_BYTES = 8192
# By other names in filetype.
_ALIASES = {"image/apng": "png", "audio/x-wav": "wav", "video/x-m4v": "mp4"}
_EXTENSIONS = {mime: extension for extension, mime in TYPES.items()} | _ALIASES


def kind_of(head: bytes) -> str:
    """The extension of a file that begins so: one of ``TYPES``."""
    if head[4:12] == b"ftypavis":
        # One that moves.
        return "avif"
    found = filetype.guess(head)
    return _EXTENSIONS.get(found.mime, UNKNOWN) if found else UNKNOWN


def new_key(extension: str) -> str:
    """A name in the storage that nobody can guess."""
    return f"{secrets.token_hex(16)}.{extension}"
