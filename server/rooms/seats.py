"""Limits how many seats in rooms one user may take or give to others."""

from __future__ import annotations

from server.kernel.limits import AnyRate, Limiter


class Seats:
    """Each user has one bucket of seats, shared by HTTP and all of their sockets. Seats are
    limited, and not calls alone, because the work that a call causes grows with the number of
    users that it seats."""

    def __init__(self, limiter: Limiter, rate: AnyRate) -> None:
        self._limiter = limiter
        self._rate = rate

    async def take_seats(self, user_id: str, count: int) -> None:
        """Takes ``count`` seats from the user's bucket; ``RateLimited`` if it has too few."""
        await self._limiter.take_tokens("seats", user_id, self._rate, count)
