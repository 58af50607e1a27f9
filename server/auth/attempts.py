"""Sign-in tries: how many of them may fail, counted exactly.

Where nobody has signed in before, failures are counted for a login from an address, and for the
account from everywhere; a known device has a bucket of its own, so that who guesses at an account
from many addresses does not lock its owner out.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from server.auth.tokens import derive_key
from server.kernel.errors import InvalidCredentials, RateLimited
from server.kernel.limits import AnyRate, Limiter

T = TypeVar("T")
Verify = Callable[[], Awaitable[T | None]]

# The name of the limit that all failures of an account share.
_ACCOUNT = "signin_failures_per_account"


class SignInRates(Protocol):
    """Settings' limits have these."""

    @property
    def signup(self) -> AnyRate: ...

    @property
    def signin(self) -> AnyRate: ...

    @property
    def signin_failures(self) -> AnyRate: ...

    @property
    def signin_failures_per_account(self) -> AnyRate: ...


@dataclass(frozen=True, slots=True)
class Try:
    """``account``: a user's id, or what stands for a login that nobody has (``stand_in``).
    ``device``: by which the account knows where this comes from; None where it does not."""

    login: str
    address: str
    account: str
    device: str | None


class Attempts:
    def __init__(self, limiter: Limiter, rates: SignInRates, secret: bytes) -> None:
        self._limiter = limiter
        self._rates = rates
        self._key = derive_key(secret, "login")
        self._turns = _Turns()

    def stand_in(self, login: str) -> str:
        """For a login that nobody has: it tells nothing of the login, which may be a password."""
        folded = login.lower().encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, folded, "sha256")[:12].hex()

    async def signup(self, address: str) -> None:
        await self._limiter.take_tokens("signup", address, self._rates.signup)

    async def arrive(self, address: str) -> None:
        """Somebody tries to sign in, whoever it is."""
        await self._limiter.take_tokens("signin", address, self._rates.signin)

    async def signin(self, wanted: Try, verify: Verify[T]) -> T:
        """What ``verify`` answers; None is a failure, and raises ``InvalidCredentials``."""
        if wanted.device:
            noted = self._noted(wanted.account, verify)
            return await self._counted(f"device {wanted.device}", noted)
        reserved = self._reserved(wanted.account, verify)
        return await self._counted(f"{wanted.login.lower()} {wanted.address}", reserved)

    async def confirm(self, user_id: str, verify: Verify[T]) -> T:
        """The same for somebody signed in who gives their password again."""
        return await self._counted(user_id, self._noted(user_id, verify))

    async def _counted(self, key: str, verify: Verify[T]) -> T:
        """Tries for one key wait for each other: many at once would all begin before the first
        has failed."""
        rate = self._rates.signin_failures
        async with self._turns.take(key):
            await self._limiter.check_tokens("signin_failures", key, rate)
            found = await verify()
            if found is None:
                await self._limiter.take_tokens("signin_failures", key, rate)
                raise InvalidCredentials()
            await self._limiter.reset_bucket("signin_failures", key)
            return found

    def _reserved(self, account: str, verify: Verify[T]) -> Verify[T]:
        """Takes its place among the account's failures before it has failed: tries from many
        addresses do not wait for each other. A good one gives the place back, and no more."""
        rate = self._rates.signin_failures_per_account

        async def reserved() -> T | None:
            await self._limiter.take_tokens(_ACCOUNT, account, rate)
            found = None
            failed = False
            try:
                found = await verify()
                failed = found is None
            finally:
                if not failed:
                    await self._limiter.give_tokens(_ACCOUNT, account, rate)
            return found

        return reserved

    def _noted(self, account: str, verify: Verify[T]) -> Verify[T]:
        """Counts a failure for the account, whose bucket may be empty: it does not ask it."""

        async def noted() -> T | None:
            found = await verify()
            if found is None:
                with suppress(RateLimited):
                    rate = self._rates.signin_failures_per_account
                    await self._limiter.take_tokens(_ACCOUNT, account, rate)
            return found

        return noted


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
