"""Finds the client's address of a request that came through proxies, and the address that limits
count."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable
from typing import Any

import structlog

from server.realtime import Peer

log = structlog.get_logger("server")

FORWARDED = "X-Forwarded-For"
# An address with a port, as some proxies write it. The port differs for each connection.
_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d*)?|([0-9.]+):\d*")


class ClientAddresses:
    """The addresses of clients, of which ``trusted`` proxies may speak."""

    def __init__(self, trusted: Collection[Any]) -> None:
        self._trusted = trusted
        self._told = False

    def address_of(self, peer: Peer) -> str:
        """The client's address, as limits count it, also where proxies stand between."""
        forwarded = peer.headers.getall(FORWARDED, [])
        if forwarded and not self._trusted and not self._told:
            self._told = True
            log.warning(
                "X-Forwarded-For comes in, but TRUSTED_PROXIES is not set: all users of a proxy "
                "count as one address",
                peer=peer.remote,
            )
        return client_address(peer.remote or "", forwarded, self._trusted)

    def is_proxy(self, address: str) -> bool:
        """Whether it carries the requests of others."""
        return is_trusted(address, self._trusted)


def client_address(peer: str, forwarded: list[str], trusted: Iterable[Any]) -> str:
    """The address of the client. If a proxy names something that is not an address, the proxy's own
    address counts."""
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
    """The address that limits count. For IPv6 it is the /64 prefix, which one household or server
    has to itself."""
    parsed = _parsed(address)
    if parsed is None:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The parsed address; None if the text is not an address. An IPv4 address that came over an
    IPv6 socket becomes IPv4."""
    address = address.strip('"')
    found = _WITH_PORT.fullmatch(address)
    try:
        parsed = ipaddress.ip_address(found[1] or found[2] if found else address)
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if parsed.version == 6 else parsed
