"""How many seats in rooms one user may take and give."""

from __future__ import annotations

from server.kernel.limits import AnyRate, Limiter


class Seats:
    """One bucket for each user, over HTTP and all sockets: what a room costs others grows with the
    people in it."""

    def __init__(self, limiter: Limiter, rate: AnyRate) -> None:
        self._limiter = limiter
        self._rate = rate

    async def take_seats(self, user_id: str, count: int) -> None:
        """``RateLimited`` when they are too many for now."""
        await self._limiter.take_tokens("seats", user_id, self._rate, count)
