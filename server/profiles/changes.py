"""The body of a change of one's own profile, and the checks of its fields.

Each check returns the value to store, or raises ``Invalid`` with the name of the field.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.auth import rules
from server.kernel import wire
from server.kernel.clock import now_ms, to_ms
from server.kernel.errors import Invalid
from server.kernel.unseen import one_line, several_lines
from server.kernel.wire import MAX_INT, MOST_OF_EMOJI, Id, Payload, characters

MAX_BIO = 500
MAX_STATUS_TEXT = 100
MAX_PREFERENCES_BYTES = 16 * 1024
MAX_PREFERENCES_DEPTH = 8
MAX_KEY = 100

# The one preference that the server itself uses: who may add the user to groups.
ADD_TO_GROUPS = "add_to_groups"
FROM_EVERYONE = "everyone"
RESERVED_USERNAMES = ("acquainted", "nobody")

ProfileKey = Annotated[str, characters(1, MAX_KEY)]
# Returns an emoji in its fully-qualified form, or None if the text is not an emoji.
Fold = Callable[[str], str | None]


class GivenStatus(Payload):
    """``emoji`` or ``text`` must be given. Without ``expires_at`` the status does not expire."""

    emoji: Annotated[str, characters(0, MOST_OF_EMOJI)] | None = None
    text: Annotated[str, characters(0, MAX_STATUS_TEXT)] | None = None
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


class ProfileChanges(Payload):
    """A field that is absent is not changed; ``null`` clears a field. A cleared ``display_name``
    becomes the username. In ``preferences`` each key is set by itself, and ``null`` removes it. The
    preference ``add_to_groups`` (``everyone``, ``acquainted`` or ``nobody``) says who may add the
    user to groups; other users can only invite them. ``email`` requires ``current_password``, which
    is not allowed without it."""

    display_name: rules.DisplayName | None | UnsetType = UNSET
    bio: Annotated[str, characters(0, MAX_BIO)] | None | UnsetType = UNSET
    status: GivenStatus | None | UnsetType = UNSET
    avatar_id: Id | None | UnsetType = UNSET
    username: rules.Username | UnsetType = UNSET
    email: rules.Email | UnsetType = UNSET
    current_password: Annotated[str, Meta(max_length=rules.MAX_PASSWORD)] | None = None
    preferences: dict[ProfileKey, Any] | None | UnsetType = UNSET


def checked_email(given: ProfileChanges) -> tuple[str, str] | None:
    """The new email address and the current password; None if the address is not to change."""
    if not isinstance(given.email, str):
        if given.current_password is not None:
            raise Invalid("current_password is only allowed with email.", field="current_password")
        return None
    email = rules.email(given.email)
    if given.current_password is None:
        raise Invalid("current_password is required.", field="current_password")
    return email, given.current_password


def checked(given: ProfileChanges, fold: Fold) -> dict[str, Any]:
    """The given fields as they are stored, by name, without ``avatar_id`` and ``email``."""
    values: dict[str, Any] = {}
    if isinstance(given.username, str):
        values["username"] = rules.username(given.username)
    if given.display_name is not UNSET:
        name = given.display_name
        values["display_name"] = None if name is None else rules.display_name(name)
    if given.bio is not UNSET:
        values["bio"] = several_lines(given.bio or "", "bio", most=MAX_BIO)
    if given.status is not UNSET:
        values["status"] = given.status and _status(given.status, fold)
    if given.preferences is not UNSET:
        values["preferences"] = given.preferences and _bounded(given.preferences)
    return values


def _status(given: GivenStatus, fold: Fold) -> str:
    """The status as stored JSON, with ``expires_at`` in ms."""
    shown = one_line(given.text or "", "status.text", most=MAX_STATUS_TEXT) or None
    emoji = fold(given.emoji) if given.emoji else None
    if given.emoji and emoji is None:
        raise Invalid("status.emoji must be a single emoji.", field="status.emoji")
    if not emoji and not shown:
        raise Invalid("status must have an emoji or a text.", field="status")
    until = to_ms(given.expires_at) if given.expires_at else None
    if until is not None and until <= now_ms():
        raise Invalid("status.expires_at must be in the future.", field="status.expires_at")
    return wire.encode({"emoji": emoji, "text": shown, "expires_at": until}).decode()


def merged(stored: str | None, given: dict[str, Any] | None) -> str:
    """The stored preferences as JSON, with the keys in ``given`` set or removed. None removes all
    of them."""
    kept = msgspec.json.decode(stored or "{}") if given is not None else {}
    kept = {name: value for name, value in (kept | (given or {})).items() if value is not None}
    encoded = wire.encode(kept)
    if len(encoded) > MAX_PREFERENCES_BYTES:
        raise Invalid(
            f"preferences must have at most {MAX_PREFERENCES_BYTES} bytes.", field="preferences"
        )
    return encoded.decode()


def add_to_groups(preferences: str) -> str | None:
    """Who may add the user to groups, from their stored preferences; None for everyone."""
    chosen = msgspec.json.decode(preferences).get(ADD_TO_GROUPS)
    return chosen if chosen in RESERVED_USERNAMES else None


def _bounded(given: dict[str, Any]) -> dict[str, Any]:
    chosen = given.get(ADD_TO_GROUPS)
    if chosen is not None and chosen not in (FROM_EVERYONE, *RESERVED_USERNAMES):
        field = f"preferences.{ADD_TO_GROUPS}"
        raise Invalid(f"{field} must be everyone, acquainted or nobody.", field=field)
    if any(not 1 <= len(name) <= MAX_KEY for name in given):
        raise Invalid(
            f"preferences: keys must have 1 to {MAX_KEY} characters.", field="preferences"
        )
    _check(given, MAX_PREFERENCES_DEPTH)
    return given


def _check(value: Any, depth: int) -> None:
    if depth < 0:
        raise Invalid(
            f"preferences must nest at most {MAX_PREFERENCES_DEPTH} levels.", field="preferences"
        )
    if isinstance(value, int) and abs(value) > MAX_INT:
        raise Invalid("preferences: integers must be below 2^53.", field="preferences")
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        _check(part, depth - 1)
