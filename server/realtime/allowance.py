"""How much a session's client may send: its frames are counted against a limit."""

from __future__ import annotations

from abc import abstractmethod
from math import inf
from typing import Protocol

from server.realtime.meters import FrameLimit
from server.realtime.outlet import Outlet, OutletEngine
from server.realtime.turns import ReaderTurns


class AllowanceEngine(OutletEngine, Protocol):
    """The part of ``ChatEngine`` that an allowance uses."""

    turns: ReaderTurns
    hasty_turns: ReaderTurns
    frame_limit: FrameLimit | None
    stranger_limit: FrameLimit | None


class Allowance(Outlet):
    """The side of a session that counts what its client sends."""

    __slots__ = ("_full_at", "known")

    server: AllowanceEngine

    def __init__(self, server: AllowanceEngine) -> None:
        super().__init__(server)
        # Whether the client has ever been in a namespace.
        self.known = False
        # When its token bucket of frames is full again (see ``FrameLimit``).
        self._full_at = 0.0

    @abstractmethod
    def cut_flood(self) -> None:
        """Disconnect the client: it has sent far too much."""

    @property
    def turns(self) -> ReaderTurns:
        """The queue in which its reader waits for its next turn."""
        return self.server.hasty_turns if self.is_hasty else self.server.turns

    @property
    def is_hasty(self) -> bool:
        """Whether the client has sent more than a well-behaved client sends in a burst."""
        limit = self._limit
        return limit is not None and limit.is_low(self._full_at)

    @property
    def _limit(self) -> FrameLimit | None:
        return self.server.frame_limit if self.known else self.server.stranger_limit

    def charge(self, weight: int) -> bool:
        """Count frames and packets against the limit. Above it the session ends, and the answer is
        False."""
        limit = self._limit
        if limit is None:
            return True
        full_at = limit.take_frame(self._full_at, weight)
        if full_at == inf:
            self.cut_flood()
            return False
        self._full_at = full_at
        return True

    @property
    def is_flooding(self) -> bool:
        """Whether the client has sent far too much and is about to be disconnected."""
        return self._full_at == inf

    def admitted(self) -> None:
        """Note that the client got into a namespace. Its bucket of frames is refilled the first
        time only, so leaving and coming back gains nothing."""
        if not self.known and not self.is_flooding:
            self.known = True
            self._full_at = 0.0
