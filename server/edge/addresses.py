"""Whom a request comes from, where proxies stand between, and what its limits count."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any

# An address with a port, as some proxies name it: the port is another one for each connection.
_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d*)?|([0-9.]+):\d*")


def client_address(peer: str, forwarded: list[str], trusted: Iterable[Any]) -> str:
    """What a proxy names that is no address ends the chain: it counts for the proxy."""
    hops = [hop for value in forwarded for hop in value.split(",")]
    address = peer
    while hops and is_trusted(address, trusted):
        hop = hops.pop().strip()
        if _parsed(hop) is None:
            break
        address = hop
    return _counted(address)


def is_trusted(address: str, trusted: Iterable[Any]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in trusted)


def _counted(address: str) -> str:
    """What limits count: of IPv6 the /64, which one household or server has to itself."""
    parsed = _parsed(address)
    if parsed is None:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """None for what is no address; an IPv4 one that came over an IPv6 socket is IPv4."""
    address = address.strip('"')
    found = _WITH_PORT.fullmatch(address)
    try:
        parsed = ipaddress.ip_address(found[1] or found[2] if found else address)
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if parsed.version == 6 else parsed
