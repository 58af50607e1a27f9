"""What one may change about oneself: the payload, and the checks that each field passes.

Each check returns what is kept or raises ``Invalid`` naming the field.
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
from server.kernel.wire import MAX_INT, MOST_OF_EMOJI, Id, Payload, characters

MAX_BIO = 500
MAX_STATUS_TEXT = 100
MAX_PREFERENCES_BYTES = 16 * 1024
MAX_PREFERENCES_DEPTH = 8
MAX_KEY = 100

# The preference that the server keeps to: who may add one to groups.
ADD_TO_GROUPS = "add_to_groups"
EVERYONE = "everyone"
RESERVED = ("acquainted", "nobody")

ProfileKey = Annotated[str, characters(1, MAX_KEY)]
# The emoji's one form, or None for what is none.
Fold = Callable[[str], str | None]


class GivenStatus(Payload):
    """One of ``emoji`` and ``text`` must be there; without ``expires_at`` it stays."""

    emoji: Annotated[str, characters(0, MOST_OF_EMOJI)] | None = None
    text: Annotated[str, characters(0, MAX_STATUS_TEXT)] | None = None
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


class ProfileChanges(Payload):
    """A field that is absent stays as it is; ``null`` clears. A cleared ``display_name`` is the
    username again; in ``preferences`` each key is set by itself, and ``null`` removes it.
    ``add_to_groups`` among them (``everyone``, ``acquainted`` or ``nobody``) says who may add one
    to groups; of others an invitation comes. ``email`` needs ``current_password``, which nothing
    else takes."""

    display_name: rules.DisplayName | None | UnsetType = UNSET
    bio: Annotated[str, characters(0, MAX_BIO)] | None | UnsetType = UNSET
    status: GivenStatus | None | UnsetType = UNSET
    avatar_id: Id | None | UnsetType = UNSET
    username: rules.Username | UnsetType = UNSET
    email: rules.Email | UnsetType = UNSET
    current_password: Annotated[str, Meta(max_length=rules.MAX_PASSWORD)] | None = None
    preferences: dict[ProfileKey, Any] | None | UnsetType = UNSET


def checked_email(given: ProfileChanges) -> tuple[str, str] | None:
    """The address that is asked for and the password that it takes; None for no such change."""
    if not isinstance(given.email, str):
        if given.current_password is not None:
            raise Invalid("current_password goes with email alone", field="current_password")
        return None
    email = rules.email(given.email)
    if given.current_password is None:
        raise Invalid("current_password is missing", field="current_password")
    return email, given.current_password


def checked(given: ProfileChanges, fold: Fold) -> dict[str, Any]:
    """The fields of a user that are given, by name, as they are kept; ``avatar_id`` and ``email``
    apart."""
    values: dict[str, Any] = {}
    if isinstance(given.username, str):
        values["username"] = rules.username(given.username)
    if given.display_name is not UNSET:
        name = given.display_name
        values["display_name"] = None if name is None else rules.display_name(name)
    if given.bio is not UNSET:
        values["bio"] = wire.text(given.bio or "", "bio", most=MAX_BIO)
    if given.status is not UNSET:
        values["status"] = given.status and _status(given.status, fold)
    if given.preferences is not UNSET:
        values["preferences"] = given.preferences and _bounded(given.preferences)
    return values


def _status(given: GivenStatus, fold: Fold) -> str:
    """As JSON, with ``expires_at`` in ms."""
    shown = wire.text(given.text or "", "status.text", most=MAX_STATUS_TEXT) or None
    emoji = fold(given.emoji) if given.emoji else None
    if given.emoji and emoji is None:
        raise Invalid("status.emoji must be one emoji", field="status.emoji")
    if not emoji and not shown:
        raise Invalid("status must have an emoji or a text", field="status")
    until = to_ms(given.expires_at) if given.expires_at else None
    if until is not None and until <= now_ms():
        raise Invalid("status.expires_at must be in the future", field="status.expires_at")
    return wire.encode({"emoji": emoji, "text": shown, "expires_at": until}).decode()


def merged(stored: str | None, given: dict[str, Any] | None) -> str:
    """Preferences as JSON, after ``given`` has been laid over them; None empties them."""
    kept = msgspec.json.decode(stored or "{}") if given is not None else {}
    kept = {name: value for name, value in (kept | (given or {})).items() if value is not None}
    encoded = wire.encode(kept)
    if len(encoded) > MAX_PREFERENCES_BYTES:
        raise Invalid(
            f"preferences must have at most {MAX_PREFERENCES_BYTES} bytes", field="preferences"
        )
    return encoded.decode()


def add_to_groups(preferences: str) -> str | None:
    """Of preferences as they are stored: who may add one to groups; None for everybody."""
    chosen = msgspec.json.decode(preferences).get(ADD_TO_GROUPS)
    return chosen if chosen in RESERVED else None


def _bounded(given: dict[str, Any]) -> dict[str, Any]:
    chosen = given.get(ADD_TO_GROUPS)
    if chosen is not None and chosen not in (EVERYONE, *RESERVED):
        field = f"preferences.{ADD_TO_GROUPS}"
        raise Invalid(f"{field} must be everyone, acquainted or nobody", field=field)
    if any(not 1 <= len(name) <= MAX_KEY for name in given):
        raise Invalid(f"keys of preferences have 1 to {MAX_KEY} characters", field="preferences")
    _check(given, MAX_PREFERENCES_DEPTH)
    return given


def _check(value: Any, depth: int) -> None:
    if depth < 0:
        raise Invalid(
            f"preferences must nest at most {MAX_PREFERENCES_DEPTH} levels", field="preferences"
        )
    if isinstance(value, int) and abs(value) > MAX_INT:
        raise Invalid("preferences: integers are below 2^53", field="preferences")
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        _check(part, depth - 1)
