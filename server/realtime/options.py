"""Checks of the options of ``create_server``: a misspelt option is an error, never ignored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from typing import Any

# python-socketio's options that work here as it documents them.
STOCK = frozenset(
    {"allow_upgrades", "compression_threshold", "cookie", "cors_credentials", "http_compression"}
)
# python-socketio's options that this server cannot offer, each with the reason.
REFUSED = {
    "async_handlers": "the events of a client are handled one at a time, in the order sent",
    "json": "JSON is read and written by msgspec",
    "logger": "this server logs through structlog and never logs what a client has sent",
    "engineio_logger": "this server logs through structlog and never logs what a client has sent",
    "monitor_clients": "every client is monitored, without a task for each",
    "serializer": "packets are JSON; see `binary`",
}
TRANSPORTS = ("polling", "websocket")


def check_names(given: Iterable[str], known: Collection[str]) -> None:
    """Check the names of the options that are not parameters of ``create_server`` (``known``)."""
    for name in given:
        if name in REFUSED:
            raise TypeError(f"this server does not have the option {name}: {REFUSED[name]}")
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
    """Check that options such as seconds or bytes are numbers above 0."""
    for name, value in options.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{name} must be a number, not {value!r}")
        if not value > 0:
            raise ValueError(f"{name} must be above 0, not {value!r}")


def check_kind(kind: type, **options: Any) -> None:
    """Check that each option is a ``kind`` or None."""
    for name, value in options.items():
        if not isinstance(value, kind | None):
            raise TypeError(f"{name} must be {kind.__name__} or None, not {value!r}")


def check_list(**options: Any) -> None:
    """Check that each option is a list. A string is refused: it would be a list of letters."""
    for name, value in options.items():
        if isinstance(value, str) or not isinstance(value, Collection):
            raise TypeError(f"{name} must be a list of names, not {value!r}")


def allowed_origins(given: Any) -> tuple[str, ...] | str | Callable[..., bool]:
    """Check the origins and return them in the form that engineio takes."""
    if callable(given):
        return given
    listed = (given,) if isinstance(given, str) else given
    if not isinstance(listed, Collection) or not all(isinstance(each, str) for each in listed):
        raise TypeError(
            f'cors_allowed_origins must be a function, a list of origins or "*", not {given!r}'
        )
    for each in listed:
        scheme, _, host = each.partition("://")
        if each != "*" and (not scheme or not host or "/" in host):
            raise ValueError(f"{each!r} is not an origin; an example is https://chat.example")
    return "*" if "*" in listed else tuple(listed)


def transports(given: str | Collection[str]) -> list[str]:
    listed = [given] if isinstance(given, str) else list(given)
    for each in listed:
        if each not in TRANSPORTS:
            raise ValueError(f"there is no transport {each!r}: use polling or websocket")
    if not listed:
        raise ValueError("transports must name at least one transport")
    return listed
