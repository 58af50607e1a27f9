"""Limits how many sign-in attempts may fail. The count is exact.

On a device that the account does not know, failures are counted for each pair of login and address,
and for the account over all addresses. A known device has a bucket of its own and a share of the
account's failures, so that an attacker who guesses passwords from many addresses does not lock the
account's owner out.
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
from server.kernel.limits import AnyRate, Limiter, Rate

T = TypeVar("T")
Verify = Callable[[], Awaitable[T | None]]

# The names of the two limits that all failures of an account share.
_ACCOUNT, _KNOWN = "signin_failures_per_account", "signin_failures_of_known"


class SignInRates(Protocol):
    """The rates that this module needs; the limits in the settings have them."""

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
    """One sign-in attempt. ``account``: a user's id, or what ``stand_in`` returns for a login that
    no user has. ``device``: the id of a device that the account knows, else None."""

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
        """A key for a login that no user has. The login cannot be read from it, since it may be a
        password typed into the wrong field."""
        folded = login.lower().encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, folded, "sha256")[:12].hex()

    async def signup(self, address: str) -> None:
        await self._limiter.take_tokens("signup", address, self._rates.signup)

    async def arrive(self, address: str) -> None:
        """Counts a sign-in attempt from an address. Raises ``RateLimited`` after too many."""
        await self._limiter.take_tokens("signin", address, self._rates.signin)

    async def signin(self, wanted: Try, verify: Verify[T]) -> T:
        """Returns what ``verify`` returns. None means a failure, which is counted and raises
        ``InvalidCredentials``. Raises ``RateLimited`` after too many failures, without calling
        ``verify``."""
        if wanted.device:
            known = self._reserved(wanted.account, verify, known=True)
            return await self._counted(f"device {wanted.device}", known)
        reserved = self._reserved(wanted.account, verify, known=False)
        return await self._counted(f"{wanted.login.lower()} {wanted.address}", reserved)

    async def confirm(self, user_id: str, verify: Verify[T]) -> T:
        """Does what ``signin`` does, for a signed-in user who enters their password again."""
        return await self._counted(user_id, self._reserved(user_id, verify, known=True))

    async def _counted(self, key: str, verify: Verify[T]) -> T:
        """Counts failures for one key. Attempts for the same key wait for each other; otherwise
        many attempts could begin before the first one has failed."""
        rate = self._rates.signin_failures
        async with self._turns.take(key):
            await self._limiter.check_tokens("signin_failures", key, rate)
            found = await verify()
            if found is None:
                await self._limiter.take_tokens("signin_failures", key, rate)
                raise InvalidCredentials()
            await self._limiter.reset_bucket("signin_failures", key)
            return found

    def _reserved(self, account: str, verify: Verify[T], *, known: bool) -> Verify[T]:
        """Counts the attempt as a failure of the account before it begins, because attempts from
        different addresses do not wait for each other. A successful attempt gives back its own
        token and does not reset the bucket."""

        async def reserved() -> T | None:
            share, rate = await self._take_place(account, known=known)
            found = None
            failed = False
            try:
                found = await verify()
                failed = found is None
            finally:
                if not failed:
                    await self._limiter.give_tokens(share, account, rate)
            return found

        return reserved

    async def _take_place(self, account: str, *, known: bool) -> tuple[str, Rate]:
        """Returns the share that the token was taken from. A known device has a share that
        strangers do not use, and after that uses the strangers' one."""
        strangers, ours = shares(self._rates.signin_failures_per_account)
        if known:
            with suppress(RateLimited):
                await self._limiter.take_tokens(_KNOWN, account, ours)
                return _KNOWN, ours
        await self._limiter.take_tokens(_ACCOUNT, account, strangers)
        return _ACCOUNT, strangers


def shares(rate: AnyRate) -> tuple[Rate, Rate]:
    """An account's failures in two parts, which together allow no more than the whole. The first is
    for strangers. The second, a third of the whole, is for devices that the account knows and for
    users who are signed in."""
    ours = Rate(rate.per_second / 3, max(1, rate.burst // 3))
    return Rate(rate.per_second - ours.per_second, max(1, rate.burst - ours.burst)), ours


class _Turns:
    """One lock for each key. A lock is kept while a task holds it or waits for it."""

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
