"""Connections for which there is no place: how many may stand and wait, and which are told why."""

from __future__ import annotations

from collections import Counter

from server.kernel.limits import Rate, TokenBuckets
from server.realtime.arrivals import MOST_ADDRESSES

# The most connections without a place, on the node and for each address. They wait for their head,
# or their client reads the refusal.
MOST_STANDING, MOST_STANDING_OF_ADDRESS = 256, 8
# How often an address that opens too many connections is sent a refusal, and how often the node
# sends one to clients that open sockets while there is no place. Other connections are just closed,
# which costs far less.
TOLD_BY_ADDRESS, TOLD_BY_NODE = Rate(2, 8), Rate(20, 50)


class Standing:
    def __init__(self) -> None:
        self._by_address: Counter[str] = Counter()
        self._told = TokenBuckets(most=MOST_ADDRESSES)

    def stand(self, address: str) -> bool:
        """Let one more connection of the address wait. Returns False if too many wait already."""
        standing = self._by_address
        if standing.total() >= MOST_STANDING or standing[address] >= MOST_STANDING_OF_ADDRESS:
            return False
        standing[address] += 1
        return True

    def sit_down(self, address: str) -> None:
        """Count one connection of the address less."""
        count_less(self._by_address, address)

    def may_tell(self, address: str | None = None) -> bool:
        """Whether to send a refusal to this address, or with None to anybody, instead of just
        closing the connection."""
        if address is None:
            return not self._told.take_tokens("node", "", TOLD_BY_NODE)
        return not self._told.take_tokens("address", address, TOLD_BY_ADDRESS)


def count_less(counts: Counter[str], address: str) -> None:
    """Subtract one. An address that has none left takes no memory."""
    counts[address] -= 1
    if counts[address] <= 0:
        del counts[address]
