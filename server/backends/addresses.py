"""The addresses that this server sends requests to: public ones, and hosts the operator names.

Users choose the endpoints of their pushes, so an endpoint might point at anything that this machine
can reach. An endpoint is checked when it is registered, and the address is checked again at every
connection, because a host name may resolve to another address by then.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Collection

from aiohttp import TCPConnector
from aiohttp.connector import AddrInfoType
from yarl import URL

from server.kernel.errors import Invalid, Unavailable
from server.kernel.timeouts import within

# Seconds that looking up a host name may take.
LOOKUP_TIMEOUT = 5.0
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotPublic(OSError):
    """Nothing was sent: the address is not on the public internet."""


def is_public(text: str) -> bool:
    """Whether the address itself, or the IPv4 one inside it, is on the public internet."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
        if address.teredo or address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


class AddressReach:
    """Decides which endpoints may be reached. The hosts in ``private_hosts`` may have any address
    and may be reached without TLS."""

    def __init__(self, private_hosts: Collection[str] = ()) -> None:
        self._private = frozenset(private_hosts)

    def is_private_host(self, url: URL) -> bool:
        return (url.host or "") in self._private

    async def check_endpoint(self, endpoint: str) -> None:
        url = _parsed(endpoint)
        private = self.is_private_host(url)
        if url.scheme != "https" and not (private and url.scheme == "http"):
            raise _refused("endpoint must be an https URL")
        if not private and not all(map(is_public, await _addresses(url))):
            raise _refused("endpoint must be at a public address")

    def connector(self, url: URL, connections: int) -> TCPConnector:
        """A connector for requests to ``url``. It must not be used for other hosts: it refuses
        private addresses with ``NotPublic``, unless the host of ``url`` is a private host."""
        guard = None if self.is_private_host(url) else _public_socket
        return TCPConnector(limit=connections, socket_factory=guard)


def _public_socket(info: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise NotPublic(f"{address[0]} is not a public address")
    return socket.socket(family, kind, protocol)


def _parsed(endpoint: str) -> URL:
    try:
        url = URL(endpoint)
        known = url.host and url.port and not url.user and not url.password and not url.fragment
    except ValueError:
        known = None
    if not known:
        raise _refused("endpoint must be an https URL")
    return url


async def _addresses(url: URL) -> list[str]:
    assert url.host is not None
    try:
        async with within(LOOKUP_TIMEOUT, _not_now()):
            found = await asyncio.get_running_loop().getaddrinfo(
                url.host, url.port, type=socket.SOCK_STREAM
            )
    except (OSError, UnicodeError) as error:
        if getattr(error, "errno", 0) == socket.EAI_AGAIN:
            raise _not_now() from error
        # A host that does not exist gets the same error as a private one, so the error does not
        # reveal which internal names exist.
        raise _refused("endpoint must be at a public address") from None
    return [str(address[0]) for *_, address in found]


def _not_now() -> Unavailable:
    return Unavailable("the endpoint's host name cannot be looked up at the moment")


def _refused(message: str) -> Invalid:
    return Invalid(message, field="endpoint")
