"""Knows which sessions are alive. Each request and connect asks here; each end is reported here.

The session's row decides. The cache saves reading the row. When a session ends, a tombstone in the
cache and in each process makes it known at once. ``sweep_sessions`` makes it known even if the
cache is down or a node missed the news.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Protocol

from server.auth.entity import Ending
from server.auth.tokens import AccessTokens
from server.kernel.caller import Identity
from server.kernel.clock import now_ms
from server.kernel.errors import Unauthenticated

# How much longer a tombstone lives than the session's last access token (seconds).
MARGIN = 60
# Each sweep looks back this far beyond the previous sweep, because the nodes' clocks differ and
# commits take time (ms).
OVERLAP = 60_000
# How long an end waits for the other nodes' sweeps; longer than their period (seconds).
SETTLE = 3.0


class LiveSessions(Protocol):
    """A cache of live and ended sessions. It may forget entries at any time. No method raises, and
    each returns within half a second."""

    async def find_session(self, session_id: str) -> bool | None:
        """Whether the session is alive; None if the cache does not know or does not answer."""
        ...

    async def fill(self, session_id: str, ttl: int) -> None:
        """Marks the session alive for ``ttl`` seconds, unless the cache has an entry for it. So it
        never overwrites a tombstone."""
        ...

    async def bury(self, session_ids: Collection[str], ttl: int) -> bool:
        """Marks the sessions ended for ``ttl`` seconds, whatever the entries were. Idempotent.
        Returns False if not all of them could be marked."""
        ...


class SessionRows(Protocol):
    """Reads sessions from the primary database, so that a committed end is always seen. Raises
    ``Unavailable`` when it cannot be reached. Times are milliseconds."""

    async def live_until(self, session_id: str, now: int) -> int | None:
        """When the session expires (ms); None if it has ended or does not exist. Reads from the
        primary database. Raises ``Unavailable`` when that cannot be reached."""
        ...

    async def revoked_since(self, moment: int) -> list[str]: ...


class Revocations(Protocol):
    async def revoked(self, session_ids: Collection[str], why: Ending | None) -> None:
        """Closes the sockets of these sessions on every node, at most once for each call, and never
        raises. Idempotent. The sockets are told ``why``, where it is known. A node that receives
        the news from another node calls its own ``Guard.learn``."""
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
        # Ended sessions, and when this process learned of each end (ms), the oldest first.
        self._ended: dict[str, int] = {}
        # Ended sessions of which the cache and the other nodes may not have been told yet.
        self._owed: set[str] = set()
        self._swept_at = clock() - self._tomb_ttl * 1000

    async def authenticate(self, token: str) -> Identity:
        """The identity behind an access token. Raises ``TokenExpired``, ``Unauthenticated`` if the
        token is forged or its session has ended, or ``Unavailable`` if neither the cache nor the
        database can tell whether the session is alive."""
        identity = self._tokens.read_access_token(token)
        if not await self._alive(identity.session_id):
            raise Unauthenticated("This session has ended.")
        return identity

    def ended(self, session_id: str) -> bool:
        """Whether this process knows that the session has ended. A socket asks again after it was
        registered, because an end just before that found no socket to close."""
        return session_id in self._ended

    def learn(self, session_ids: Collection[str]) -> None:
        """Notes sessions that another node has ended. That node has updated the cache."""
        now = self._clock()
        for session_id in session_ids:
            self._ended.setdefault(session_id, now)

    async def end(self, session_ids: Collection[str], why: Ending) -> None:
        """Makes sessions known as ended, after their end was committed. When this returns, every
        node refuses them. Idempotent. If the call is cancelled, the next sweep finishes it."""
        if session_ids and not await self._spread(session_ids, why):
            # Without the cache, the other nodes learn of the end from their next sweep.
            await asyncio.sleep(self._settle)

    async def sweep_sessions(self) -> None:
        """Reads the recently ended sessions from the database, to find ends that this process was
        not told of. It is called about every 2 s.

        Raises ``Unavailable`` when the database cannot be reached; the next sweep looks further
        back.
        """
        now = self._clock()
        revoked = await self._rows.revoked_since(self._swept_at - OVERLAP)
        news = {session_id for session_id in revoked if session_id not in self._ended}
        if owed := news | self._owed:
            await self._spread(owed, None)
        self._swept_at = now
        self._forget(now - self._tomb_ttl * 1000)

    async def _alive(self, session_id: str) -> bool:
        if session_id in self._ended:
            return False
        alive = await self._live.find_session(session_id)
        if alive is None:
            alive = await self._look_up(session_id)
        # The session may have ended during the query.
        return alive and session_id not in self._ended

    async def _look_up(self, session_id: str) -> bool:
        now = self._clock()
        expires_at = await self._rows.live_until(session_id, now)
        if expires_at is None:
            return False
        await self._live.fill(session_id, max(1, min(self._tokens.ttl, (expires_at - now) // 1000)))
        return True

    async def _spread(self, session_ids: Collection[str], why: Ending | None) -> bool:
        self.learn(session_ids)
        # These are noted first, so that the sweep does the rest if this call is cancelled.
        self._owed |= set(session_ids)
        buried = await self._live.bury(session_ids, self._tomb_ttl)
        await self._revocations.revoked(session_ids, why)
        if buried:
            self._owed -= set(session_ids)
        return buried

    def _forget(self, before: int) -> None:
        while self._ended and next(iter(self._ended.values())) < before:
            session_id = next(iter(self._ended))
            del self._ended[session_id]
            self._owed.discard(session_id)
