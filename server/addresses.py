"""Whom a request comes from, where proxies stand between, and what its limits count."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any


def client_address(peer: str, forwarded: list[str], trusted: Iterable[Any]) -> str:
    hops = [hop.strip() for value in forwarded for hop in value.split(",")]
    address = peer
    while hops and _is_trusted(address, trusted):
        address = hops.pop()
    return _counted(address)


def _counted(address: str) -> str:
    """What limits count: of IPv6 the /64, which one household or server has to itself."""
    parsed = _parsed(address)
    if parsed is None:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _is_trusted(address: str, trusted: Iterable[Any]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in trusted)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """None for what is no address; an IPv4 one that came over an IPv6 socket is IPv4."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if parsed.version == 6 else parsed
