"""Which sessions are alive: asked at each request and connect, told when one ends.

The session's row is the truth. The cache saves reading it; a tombstone there, and in each
process, makes an end known at once, and ``sweep`` makes it known whatever else is down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Protocol

from server.auth.tokens import AccessTokens
from server.kernel.caller import Identity
from server.kernel.clock import now_ms
from server.kernel.errors import Unauthenticated

# The tombstone outlives the last access token by this (seconds).
MARGIN = 60
# Each sweep looks this far behind the one before it: clocks differ, commits take time (ms).
OVERLAP = 60_000
# Longer than the period of the sweep (seconds).
SETTLE = 3.0


class LiveSessions(Protocol):
    """A cache that may forget. Nothing here raises; each call ends within half a second."""

    async def find_session(self, session_id: str) -> bool | None:
        """Whether the session lives; None when that is not known here, or nothing answers."""
        ...

    async def fill(self, session_id: str, ttl: int) -> None:
        """Marks it alive for ``ttl`` seconds, unless anything is known of it already."""
        ...

    async def bury(self, session_ids: Collection[str], ttl: int) -> bool:
        """Marks them ended, whatever was known; False when that could not be done for all."""
        ...


class SessionRows(Protocol):
    async def live_until(self, session_id: str, now: int) -> int | None:
        """When it expires (ms); None when it has ended or never was. From the primary."""
        ...

    async def revoked_since(self, moment: int) -> list[str]: ...


class Revocations(Protocol):
    async def revoked(self, session_ids: Collection[str]) -> None:
        """Closes these sessions' sockets on every node. May be told the same again; never raises.

        A node that hears it from another one tells its own ``Guard.learn``.
        """
        ...


class Guard:
    def __init__(
        self,
        *,
        tokens: AccessTokens,
        rows: SessionRows,
        live: LiveSessions,
        revocations: Revocations,
        clock: Callable[[], int] = now_ms,
        settle: float = SETTLE,
    ) -> None:
        self._tokens = tokens
        self._rows = rows
        self._live = live
        self._revocations = revocations
        self._clock = clock
        self._settle = settle
        self._tomb_ttl = tokens.ttl + MARGIN
        # Ended sessions and when that was learned (ms), oldest first.
        self._ended: dict[str, int] = {}
        # Those of them that the cache and the other nodes may not have been told of.
        self._owed: set[str] = set()
        self._swept_at = clock() - self._tomb_ttl * 1000

    async def authenticate(self, token: str) -> Identity:
        """Who calls. ``TokenExpired``, ``Unauthenticated``, or ``Unavailable`` when neither the
        cache nor the database can tell whether the session lives."""
        identity = self._tokens.read_access_token(token)
        if not await self._alive(identity.session_id):
            raise Unauthenticated("this session has ended")
        return identity

    def ended(self, session_id: str) -> bool:
        """Whether this process knows that the session has ended. A socket asks again once it is
        registered: an end that came in between found no socket to close."""
        return session_id in self._ended

    def learn(self, session_ids: Collection[str]) -> None:
        """Another node ended these, and has told the cache."""
        now = self._clock()
        for session_id in session_ids:
            self._ended.setdefault(session_id, now)

    async def end(self, session_ids: Collection[str]) -> None:
        """Makes an end that is committed known; afterwards they are dead on every node."""
        if session_ids and not await self._spread(session_ids):
            # Without the cache, the other nodes learn of it when they sweep.
            await asyncio.sleep(self._settle)

    async def sweep_sessions(self) -> None:
        """One round, every 2 s or so: ends that this process was not told of.

        Raises ``Unavailable`` without the database; the next round then looks further back.
        """
        now = self._clock()
        revoked = await self._rows.revoked_since(self._swept_at - OVERLAP)
        news = {session_id for session_id in revoked if session_id not in self._ended}
        if owed := news | self._owed:
            await self._spread(owed)
        self._swept_at = now
        self._forget(now - self._tomb_ttl * 1000)

    async def _alive(self, session_id: str) -> bool:
        if session_id in self._ended:
            return False
        alive = await self._live.find_session(session_id)
        if alive is None:
            alive = await self._look_up(session_id)
        # It may have ended while we asked.
        return alive and session_id not in self._ended

    async def _look_up(self, session_id: str) -> bool:
        now = self._clock()
        expires_at = await self._rows.live_until(session_id, now)
        if expires_at is None:
            return False
        await self._live.fill(session_id, max(1, min(self._tokens.ttl, (expires_at - now) // 1000)))
        return True

    async def _spread(self, session_ids: Collection[str]) -> bool:
        self.learn(session_ids)
        # Noted first, so that a cancelled call leaves the rest to the sweep.
        self._owed |= set(session_ids)
        buried = await self._live.bury(session_ids, self._tomb_ttl)
        await self._revocations.revoked(session_ids)
        if buried:
            self._owed -= set(session_ids)
        return buried

    def _forget(self, before: int) -> None:
        while self._ended and next(iter(self._ended.values())) < before:
            session_id = next(iter(self._ended))
            del self._ended[session_id]
            self._owed.discard(session_id)
