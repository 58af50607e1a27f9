"""What ``create_server`` is asked for, checked: a wrong word is an error, never passed over."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any

# python-socketio's own, which mean here what they mean there.
STOCK = frozenset(
    {"allow_upgrades", "compression_threshold", "cookie", "cors_credentials", "http_compression"}
)
# And those that could not be kept here.
REFUSED = {
    "async_handlers": "the events of a client are handled one at a time, in the order sent",
    "json": "JSON is read and written by msgspec",
    "logger": "it logs through structlog, and nothing that a client has sent",
    "engineio_logger": "it logs through structlog, and nothing that a client has sent",
    "monitor_clients": "every client is watched, without a task for it",
    "serializer": "packets are JSON; see `binary`",
}
TRANSPORTS = ("polling", "websocket")


def check_names(given: Iterable[str], known: Collection[str]) -> None:
    """For options beyond the ``known`` ones, which ``create_server`` names itself."""
    for name in given:
        if name in REFUSED:
            raise TypeError(f"{name} is no option of this server: {REFUSED[name]}")
        if name not in STOCK:
            near = get_close_matches(name, [*known, *STOCK], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise TypeError(f"there is no option {name}{hint}")


def check_async_mode(given: Any) -> None:
    if given != "aiohttp":
        raise ValueError(f"async_mode must be 'aiohttp', not {given!r}")


def check_flags(**options: Any) -> None:
    for name, value in options.items():
        if not isinstance(value, bool):
            raise TypeError(f"{name} must be True or False, not {value!r}")


def check_amounts(**options: Any) -> None:
    """Seconds, bytes and the like."""
    for name, value in options.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{name} must be a number, not {value!r}")
        if not value > 0:
            raise ValueError(f"{name} must be above 0, not {value!r}")


def check_kind(kind: type, **options: Any) -> None:
    """None is as good."""
    for name, value in options.items():
        if not isinstance(value, kind | None):
            raise TypeError(f"{name} must be {kind.__name__} or None, not {value!r}")


def check_list(**options: Any) -> None:
    """A string alone would be a list of letters."""
    for name, value in options.items():
        if isinstance(value, str) or not isinstance(value, Collection):
            raise TypeError(f"{name} must be a list of names, not {value!r}")


def allowed_origins(given: Any) -> tuple[str, ...] | str:
    """Those that may connect, as engineio has them."""
    listed = (given,) if isinstance(given, str) else given
    if not isinstance(listed, Collection) or not all(isinstance(each, str) for each in listed):
        raise TypeError(f'cors_allowed_origins must be a list of origins or "*", not {given!r}')
    for each in listed:
        scheme, _, host = each.partition("://")
        if each != "*" and (not scheme or not host or "/" in host):
            raise ValueError(f"{each!r} is no origin: one looks like https://chat.example")
    return "*" if "*" in listed else tuple(listed)


def transports(given: str | Collection[str]) -> list[str]:
    listed = [given] if isinstance(given, str) else list(given)
    for each in listed:
        if each not in TRANSPORTS:
            raise ValueError(f"there is no transport {each!r}: polling and websocket are")
    if not listed:
        raise ValueError("transports must name at least one")
    return listed
