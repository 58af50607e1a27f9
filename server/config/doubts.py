"""Warnings about settings that are valid but probably not what the operator means. The server
starts with them all the same."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from server.config.environment import near_misses
from server.config.settings import KNOWN, Settings


def doubts(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    """A line for each such setting. No line quotes a value that may be a secret."""
    yield from misnamed(environ)
    address = settings.metrics_addr
    if address and not settings.metrics_token and _is_reachable(address.host):
        yield (
            f"METRICS_ADDR: other machines may reach {address.host}, and without METRICS_TOKEN "
            "whoever does reads the metrics"
        )


def misnamed(environ: Mapping[str, str]) -> Iterator[str]:
    """A line for each variable that is probably meant as a setting, but has another name."""
    for name, meant in near_misses(environ, KNOWN):
        yield f"{name} in the environment is no setting and is not read; is {meant} meant?"


def _is_reachable(host: str) -> bool:
    """Whether machines outside of the local network may reach the address. A host name other than
    ``localhost`` may stand for any address, so it counts as reachable."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host != "localhost"
    return address.is_unspecified or not (address.is_private or address.is_loopback)
