"""What requests are counted against: the same limits and budgets as the events of sockets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from server.config.limits import Limits
from server.kernel import caller
from server.kernel.caller import Identity
from server.kernel.limits import Limiter, cost_of_answer
from server.kernel.routes import Route
from server.kernel.wire import Payload


class Budget:
    """Each method but ``charge_answer`` raises ``RateLimited``."""

    def __init__(self, limiter: Limiter, limits: Limits) -> None:
        self._limiter = limiter
        self._limits = limits

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

    def charge_answer(self, size: int) -> None:
        """What an answer of ``size`` bytes costs the user who asked, where there is one."""
        user_id, cost = caller.current().user_id, cost_of_answer(size)
        if user_id and cost:
            self._limiter.charge_tokens("user", user_id, self._limits.user, cost)
