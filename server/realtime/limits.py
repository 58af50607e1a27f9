"""How many connections are let in, and how fast."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from server.errors import RateLimited, Unavailable

ADDRESS_RETRY = 30
NODE_RETRY = 10
RATE_RETRY = 1


@dataclass(frozen=True)
class ConnectionLimits:
    """``None`` lifts a limit."""

    per_address: int | None = 50
    per_node: int | None = 10_000
    new_per_second: int | None = 200

    @classmethod
    def none(cls) -> ConnectionLimits:
        return cls(per_address=None, per_node=None, new_per_second=None)


class ConnectionCounter:
    """Counts the open connections: whoever ``enter`` let in must ``leave``, once."""

    def __init__(
        self, limits: ConnectionLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._by_address: Counter[str] = Counter()
        self._total = 0
        self._tokens = float(limits.new_per_second or 0)
        self._filled_at = clock()

    def __len__(self) -> int:
        return self._total

    def enter(self, address: str) -> None:
        """Raises ``RateLimited`` for the address, ``Unavailable`` for the node."""
        limits = self._limits
        if limits.per_address is not None and self._by_address[address] >= limits.per_address:
            raise RateLimited("too many connections from this address", retry_after=ADDRESS_RETRY)
        if limits.per_node is not None and self._total >= limits.per_node:
            raise Unavailable("this node is full", retry_after=NODE_RETRY)
        if not self._take_token():
            raise Unavailable("too many new connections at once", retry_after=RATE_RETRY)
        self._by_address[address] += 1
        self._total += 1

    def leave(self, address: str) -> None:
        self._total -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def _take_token(self) -> bool:
        rate = self._limits.new_per_second
        if rate is None:
            return True
        now = self._clock()
        self._tokens = min(float(rate), self._tokens + (now - self._filled_at) * rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
