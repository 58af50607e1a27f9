"""Counts HTTP requests against the same limits and budgets as the events of sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from server.config.limits import Limits
from server.kernel import caller
from server.kernel.caller import Identity
from server.kernel.limits import Limiter, cost_of_answer
from server.kernel.routes import Route
from server.kernel.turns import UserTurns
from server.kernel.wire import Payload


class Budget:
    """All methods except ``charge_answer`` raise ``RateLimited``. The sockets use the same
    ``turns`` for long answers, so that a user's turns are counted together."""

    def __init__(self, limiter: Limiter, limits: Limits, turns: UserTurns) -> None:
        self._limiter = limiter
        self._limits = limits
        self._turns = turns

    async def count(self, route: Route, identity: Identity | None, address: str) -> None:
        """Counts a request, before its body and query are read."""
        who = identity.user_id if identity else address
        await self._limiter.take_tokens("http", who, self._limits.http)
        if identity:
            self._limiter.spend_tokens("user", who, self._limits.user)
        if route.limit:
            # The sockets take from the limit by the same name, so both share one bucket.
            await self._limiter.take_tokens(route.limit, who, getattr(self._limits, route.limit))

    def spend(self, identity: Identity, given: Iterable[Any]) -> None:
        """Takes from the user's budget what the call costs more than an ordinary one."""
        more = sum(asked.cost - 1 for asked in given if isinstance(asked, Payload))
        if more:
            self._limiter.spend_tokens("user", identity.user_id, self._limits.user, more)

    @asynccontextmanager
    async def turn(self, given: Iterable[Any]) -> AsyncIterator[None]:
        """Waits for one of the user's turns, if the answer may be long, and keeps it until the
        answer is charged. So a user who owes for earlier answers gets ``RateLimited`` for the calls
        that have waited, rather than more answers."""
        user_id = caller.current().user_id
        if user_id is None or not any(isinstance(a, Payload) and a.long_answer for a in given):
            yield
            return
        async with self._turns.of(user_id):
            self._limiter.spend_tokens("user", user_id, self._limits.user, 0)
            yield

    def charge_answer(self, size: int) -> None:
        """Charges the caller for an answer of ``size`` bytes, if the caller is signed in."""
        user_id, cost = caller.current().user_id, cost_of_answer(size)
        if user_id and cost:
            self._limiter.charge_tokens("user", user_id, self._limits.user, cost)
