"""Which pages may use the server, by their origin. Says in the log which one it refused."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog

from server.config import Settings
from server.kernel.logs import Seldom

log = structlog.get_logger("server")

# The most characters of an origin that are logged. A client can send any text.
LONGEST_ORIGIN = 200
# Names below these, and names without a dot, are never names on the internet.
LOCAL = (".local", ".lan", ".internal", ".home.arpa", ".localhost")


class Origins:
    """``PUBLIC_URL`` and ``CORS_ORIGINS`` name them.

    While ``PUBLIC_URL`` is not set, the server does not know by which name people open it. Then its
    own page may be opened at any local address. A name on the internet does not count as local:
    whoever owns it could let it lead here, and a page of theirs would pass for ours.
    """

    def __init__(self, settings: Settings) -> None:
        self._named = frozenset(settings.allowed_origins)
        self._everyone = "*" in settings.cors_origins
        self._local = settings.has_default_url
        self._meant = settings.public_url
        self._seldom = Seldom()

    def is_named(self, origin: str, host: str | None) -> bool:
        """Whether a page of this origin may use cookies. ``host``: the header of the request."""
        if origin in self._named:
            return True
        return self._local and _is_page_of(origin, (host or "").lower()) and _is_local(origin)

    def allows(self, origin: str, host: str | None) -> bool:
        """Whether a page of this origin may read answers and connect. Logs a refusal."""
        if self._everyone or self.is_named(origin, host):
            return True
        self._refused(origin)
        return False

    def admits(self, origin: str, environ: Mapping[str, Any]) -> bool:
        """``allows``, as the realtime engine asks it."""
        return self.allows(origin, environ.get("HTTP_HOST"))

    def may_open(self, origin: str) -> bool:
        """Whether the web client, opened at this origin, can be used. Logs if it cannot."""
        if self.is_named(origin, origin.partition("://")[2]):
            return True
        self._refused(origin)
        return False

    def _refused(self, origin: str) -> None:
        if self._seldom.is_due():
            log.warning(
                "a page of this origin was refused: PUBLIC_URL is the address that people open, "
                "and CORS_ORIGINS has the others",
                origin=origin[:LONGEST_ORIGIN],
                public_url=self._meant,
            )


def _is_page_of(origin: str, host: str) -> bool:
    return bool(host) and origin in (f"http://{host}", f"https://{host}")


def _is_local(origin: str) -> bool:
    """Whether the origin's host is an address, or a name that only a local network can have."""
    try:
        parts = urlsplit(origin)
        name = parts.hostname or ""
    except ValueError:
        return False
    if f"{parts.scheme}://{parts.netloc}" != origin:
        return False
    return _is_address(name) or (bool(name) and ("." not in name or name.endswith(LOCAL)))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
