"""Sign-in tries: how many of them may fail, counted exactly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

from server.errors import InvalidCredentials
from server.limits import AnyRate, Limiter

T = TypeVar("T")


class SignInRates(Protocol):
    """Settings' limits have these."""

    @property
    def signup(self) -> AnyRate: ...

    @property
    def signin(self) -> AnyRate: ...

    @property
    def signin_failures(self) -> AnyRate: ...


class Attempts:
    def __init__(self, limiter: Limiter, rates: SignInRates) -> None:
        self._limiter = limiter
        self._rates = rates
        self._turns = _Turns()

    async def signup(self, address: str) -> None:
        await self._limiter.take("signup", address, self._rates.signup)

    async def signin(
        self, login: str, address: str, verify: Callable[[], Awaitable[T | None]]
    ) -> T:
        """What ``verify`` answers; None is a failure, and raises ``InvalidCredentials``."""
        await self._limiter.take("signin", address, self._rates.signin)
        return await self._counted(f"{login.lower()} {address}", verify)

    async def confirm(self, user_id: str, verify: Callable[[], Awaitable[T | None]]) -> T:
        """The same for somebody signed in who gives their password again."""
        return await self._counted(user_id, verify)

    async def _counted(self, key: str, verify: Callable[[], Awaitable[T | None]]) -> T:
        """Tries for one key wait for each other: many at once would all begin before the first
        has failed."""
        rate = self._rates.signin_failures
        async with self._turns.take(key):
            await self._limiter.check("signin_failures", key, rate)
            found = await verify()
            if found is None:
                await self._limiter.take("signin_failures", key, rate)
                raise InvalidCredentials()
            await self._limiter.reset("signin_failures", key)
            return found


class _Turns:
    """A lock for each key that somebody holds or waits for."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: dict[str, int] = {}

    @asynccontextmanager
    async def take(self, key: str) -> AsyncIterator[None]:
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._users[key] = self._users.get(key, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key], self._locks[key]
