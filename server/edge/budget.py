"""What requests are counted against: the same limits and budgets as the events of sockets."""

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
    """Each method but ``charge_answer`` raises ``RateLimited``. ``turns``: of a user's long
    answers, on sockets too."""

    def __init__(self, limiter: Limiter, limits: Limits, turns: UserTurns) -> None:
        self._limiter = limiter
        self._limits = limits
        self._turns = turns

    async def count(self, route: Route, identity: Identity | None, address: str) -> None:
        """A request, before what it says is read."""
        who = identity.user_id if identity else address
        await self._limiter.take_tokens("http", who, self._limits.http)
        if identity:
            self._limiter.spend_tokens("user", who, self._limits.user)
        if route.limit:
            # By the same name as on sockets: it is one bucket.
            await self._limiter.take_tokens(route.limit, who, getattr(self._limits, route.limit))

    def spend(self, identity: Identity, given: Iterable[Any]) -> None:
        """What a call costs above an ordinary one."""
        more = sum(asked.cost - 1 for asked in given if isinstance(asked, Payload))
        if more:
            self._limiter.spend_tokens("user", identity.user_id, self._limits.user, more)

    @asynccontextmanager
    async def turn(self, given: Iterable[Any]) -> AsyncIterator[None]:
        """Held until the answer is charged, where it may be long: so a user who owes for earlier
        ones gets no more of those that have waited."""
        user_id = caller.current().user_id
        if user_id is None or not any(isinstance(a, Payload) and a.long_answer for a in given):
            yield
            return
        async with self._turns.of(user_id):
            self._limiter.spend_tokens("user", user_id, self._limits.user, 0)
            yield

    def charge_answer(self, size: int) -> None:
        """What an answer of ``size`` bytes costs the user who asked, where there is one."""
        user_id, cost = caller.current().user_id, cost_of_answer(size)
        if user_id and cost:
            self._limiter.charge_tokens("user", user_id, self._limits.user, cost)
