"""Ids: UUIDv7 as lower-case text, everywhere in the code and on the wire."""

from __future__ import annotations

import uuid_utils

# These sort before and after every id.
FIRST_ID = "00000000-0000-0000-0000-000000000000"
LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


def new_id() -> str:
    """A new UUIDv7. An id that is made in a later millisecond sorts later."""
    return str(uuid_utils.uuid7())


def pair_key(one: str, other: str) -> str:
    """The key of the direct room of two users; their order does not matter."""
    return ":".join(sorted((one, other)))


def peer_id(direct_key: str, user_id: str) -> str:
    """The other user of the direct room with this key."""
    first, second = direct_key.split(":")
    return second if first == user_id else first
