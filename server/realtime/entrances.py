"""What the HTTP layer needs to know of the port that it serves: the address that a client counts
for, and whether one more connection may come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from aiohttp import web

from server.realtime.heads import Peer
from server.realtime.limits import ConnectionCounter, ConnectionLimits, ConnectionPlace
from server.realtime.transport import peer_address


class Entrance(Protocol):
    counter: ConnectionCounter
    address_of: Callable[[Peer], str]
    is_proxy: Callable[[str], bool]

    def place_for(self, request: web.Request, address: str) -> ConnectionPlace | None:
        """The place of the session that this request belongs to, if the request comes from the
        session's address."""
        ...

    def note_refused(self, request: web.Request) -> None:
        """Counts a request that was refused before it reached a handler."""
        ...


class PlainEntrance:
    """For a port on which there are no sessions."""

    def __init__(
        self,
        limits: ConnectionLimits,
        address: Callable[[Peer], str] = peer_address,
        is_proxy: Callable[[str], bool] = lambda peer: False,
    ) -> None:
        self.counter = ConnectionCounter(limits)
        self.address_of = address
        self.is_proxy = is_proxy

    def place_for(self, request: web.Request, address: str) -> ConnectionPlace | None:
        return None

    def note_refused(self, request: web.Request) -> None:
        """Does nothing: such requests are not counted on this port."""
