"""Makes the file names of users safe to display and to save files under."""

from __future__ import annotations

import re
import unicodedata

MOST_NAME_BYTES = 255
NAMELESS = "file"

# Marks that change the direction of text: with them, gpj.exe could look like exe.jpg.
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = re.compile(f"[{_DIRECTIONS}\u2028\u2029\ufeff]")
# Control characters, lone surrogates, and code points that will never be characters.
_FORBIDDEN = {"Cc", "Cs"}
_LONGEST_EXTENSION = 16


def clean_name(name: str) -> str:
    """The last part of a path, without invisible characters, in at most 255 bytes of UTF-8. A
    backslash is a letter like any other: only some systems separate folders by it, and their
    browsers send no folders."""
    name = name.rpartition("/")[2]
    name = "".join(c for c in name if unicodedata.category(c) not in _FORBIDDEN)
    name = _UNSEEN.sub("", name).strip().rstrip(".").strip()
    return _cut(name) if name.strip(". ") else NAMELESS


def _cut(name: str) -> str:
    """Shortens a name. A usual extension is kept."""
    if len(name.encode()) <= MOST_NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = (dot + extension).encode()
    if not stem or len(tail) > _LONGEST_EXTENSION:
        stem, tail = name, b""
    return (stem.encode()[: MOST_NAME_BYTES - len(tail)] + tail).decode(errors="ignore")
