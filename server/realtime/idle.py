"""Connections that are open and wait for their next request, by address, the longest idle first."""

from __future__ import annotations

from asyncio import get_running_loop
from typing import Generic, TypeVar

C = TypeVar("C")


class IdleConnections(Generic[C]):
    def __init__(self) -> None:
        self._since: dict[str, dict[C, float]] = {}

    def add_idle(self, address: str, connection: C) -> None:
        self._since.setdefault(address, {})[connection] = get_running_loop().time()

    def remove_idle(self, address: str, connection: C) -> None:
        """Forget a connection, which is in use again or closed."""
        idle = self._since.get(address)
        if idle is not None:
            idle.pop(connection, None)
            if not idle:
                del self._since[address]

    def longest_idle(self, address: str, seconds: float) -> C | None:
        """The connection of the address that has been idle for the longest time. None if no
        connection has been idle for that many seconds."""
        connection, since = next(iter(self._since.get(address, {}).items()), (None, 0.0))
        return None if since > get_running_loop().time() - seconds else connection
