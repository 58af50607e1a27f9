"""Finds the type of a file from its content alone, and how it may be displayed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import filetype

from server.media.entity import Shows

# The types that a browser may display in a page. The extension of a stored file tells its type, so
# files can be served without the database.
INLINE: Mapping[str, str] = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "heic": "image/heic",
    "heif": "image/heif",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "ogv": "video/ogg",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "weba": "audio/webm",
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
    "heic": "HEIF",
    "heif": "HEIF",
}
# Pictures that most browsers cannot show, so that their thumbnail is all that most people see.
RARELY_SHOWN = ("heic", "heif")
TIMED = ("mp4", "mov", "webm", "mp3", "ogg", "m4a", "wav")

# The number of bytes that suffice for every signature that filetype knows.
HEAD_BYTES = 8192
# Types that have other names in filetype.
_ALIASES = {"image/apng": "png", "audio/x-wav": "wav"}
_EXTENSIONS = {mime: extension for extension, mime in MEDIA_TYPES.items()} | _ALIASES
# The containers of ISO 14496-12, by the brands that they name. Those of pictures come first,
# because they name others too.
_BRANDS: tuple[tuple[str, frozenset[bytes]], ...] = (
    ("avif", frozenset((b"avif", b"avis"))),
    ("heic", frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))),
    ("heif", frozenset((b"mif1", b"msf1", b"mif2"))),
    ("m4a", frozenset((b"M4A ", b"M4B ", b"M4P "))),
    ("mov", frozenset((b"qt  ",))),
    ("mp4", frozenset((b"isom", b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"MSNV", b"f4v "))),
    ("mp4", frozenset((b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9"))),
    ("mp4", frozenset((b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3gs7", b"3g2a", b"M4VH", b"M4VP"))),
)
# Raw pictures of a camera name brands of films.
_OTHERS = frozenset((b"crx ",))
# What a film without brands, of an old camera, begins with.
_OLD_FILM = (b"moov", b"mdat", b"wide")
# The kinds of containers in which something else was found than they usually hold.
_BY_TRACKS: Mapping[tuple[str, str], str] = {
    ("mp4", "audio"): "m4a",
    ("mov", "audio"): "m4a",
    ("m4a", "video"): "mp4",
    ("webm", "audio"): "weba",
    ("ogg", "video"): "ogv",
}


def kind_of(head: bytes) -> str:
    """The extension of a file that begins with these bytes: one of ``MEDIA_TYPES``."""
    if head[4:8] == b"ftyp":
        return _kind_by_brand(head)
    if head[4:8] in _OLD_FILM:
        return "mov"
    found = filetype.guess(head)
    return _EXTENSIONS.get(found.mime, UNKNOWN) if found else UNKNOWN


def kind_by_tracks(extension: str, shows: Shows | None) -> str:
    """The extension of a video or audio file, by what there is to see or hear in it."""
    if extension == "mov" and shows is None:
        return UNKNOWN
    return _BY_TRACKS.get((extension, shows or ""), extension)


def _kind_by_brand(head: bytes) -> str:
    end = min(int.from_bytes(head[:4], "big"), len(head))
    # Its first brand, and behind its version all that it is compatible with.
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    if brands[0] in _OTHERS:
        return UNKNOWN
    for some in (brands[:1], brands):
        for extension, names in _BRANDS:
            # Of pictures, the first brand often tells only that it is one.
            if names.intersection(some) and not (extension == "heif" and some is not brands):
                return extension
    return UNKNOWN


def new_key(extension: str) -> str:
    """A new name in the storage, which cannot be guessed."""
    return f"{secrets.token_hex(16)}.{extension}"
