"""How often somebody may do something: the port, and the token buckets of one process."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

from server.kernel.errors import RateLimited


class AnyRate(Protocol):
    """What ``Rate`` looks like, whoever declares it."""

    @property
    def per_second(self) -> float: ...

    @property
    def burst(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: ``burst`` at once, refilled at ``per_second``."""

    per_second: float
    burst: int


class Limiter(Protocol):
    """One bucket for each (name, key); on several nodes they share it.

    Each call passes or raises ``RateLimited`` with ``retry_after`` in whole seconds, at least 1.
    """

    async def take_tokens(self, name: str, key: str, rate: AnyRate, cost: int = 1) -> None:
        """Takes ``cost``. One above the burst needs, and takes, a full bucket."""
        ...

    async def check_tokens(self, name: str, key: str, rate: AnyRate) -> None:
        """As ``take``, but takes nothing."""
        ...

    async def give_tokens(self, name: str, key: str, rate: AnyRate) -> None:
        """Gives back what one ``take`` took. Never refuses."""
        ...

    async def reset_bucket(self, name: str, key: str) -> None:
        """Fills the bucket."""
        ...

    def spend_tokens(self, name: str, key: str, rate: AnyRate, cost: int = 1) -> None:
        """As ``take``, at once: from a bucket of this process, which learns within a moment what
        others have spent. So for a moment a user of several nodes has a bucket on each."""
        ...

    def charge_tokens(self, name: str, key: str, rate: AnyRate, cost: int) -> None:
        """As ``spend_tokens``, for what was used already: it never refuses. What the bucket does
        not hold it owes, up to a burst."""
        ...


# So many bytes of an answer cost its user as much as an ordinary call.
BYTES_OF_A_CALL = 16 * 1024


def cost_of_answer(size: int) -> int:
    """What an answer of ``size`` bytes takes of its user's budget, beside its call: in ordinary
    calls, and nothing for an ordinary answer."""
    return size // BYTES_OF_A_CALL


# More than there ever is.
UNLIMITED = 2**53 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """How much there may be of what one user, one room or one message has; named as the limits in
    the settings."""

    KEPT: ClassVar = ("invites_per_room", "emoji_per_message")

    rooms_per_user: int = UNLIMITED
    rooms_made_per_user: int = UNLIMITED
    seats_per_room: int = UNLIMITED
    invites_per_user: int = UNLIMITED
    invitations_per_user: int = UNLIMITED
    notifications_per_user: int = UNLIMITED
    reactions_per_user: int = UNLIMITED
    # These hold also without limits: all of them are read at once.
    invites_per_room: int = 1_000
    emoji_per_message: int = 20

    @classmethod
    def of(cls, limits: Any, *, limited: bool) -> Quotas:
        names = [each.name for each in fields(cls)] if limited else cls.KEPT
        return cls(**{name: getattr(limits, name) for name in names})


def refuse_for(seconds: float) -> None:
    """Raises ``RateLimited`` unless ``seconds``, the wait, is zero."""
    if seconds > 0:
        raise RateLimited(retry_after=max(1, math.ceil(seconds)))


@dataclass(slots=True)
class Bucket:
    tokens: float
    at: float
    rate: AnyRate

    def refill(self, now: float, rate: AnyRate) -> None:
        gained = max(0.0, now - self.at) * rate.per_second
        self.tokens = min(float(rate.burst), self.tokens + gained)
        self.at, self.rate = now, rate

    def wait(self, cost: int) -> float:
        """The seconds until it holds so much."""
        missing = cost - self.tokens
        return missing / self.rate.per_second if missing > _ROUNDING else 0.0

    def take_tokens(self, cost: int = 1) -> float:
        """0 when ``cost`` was taken, else the seconds until it could be; nothing is taken then."""
        cost = min(cost, self.rate.burst)
        wait = self.wait(cost)
        if not wait:
            self.tokens = max(0.0, self.tokens - cost)
        return wait

    def charge_tokens(self, cost: int) -> None:
        """Takes ``cost`` from what there is, and owes the rest, up to a burst."""
        self.tokens = max(-float(self.rate.burst), self.tokens - cost)


# Three thirds of a token are one, whatever their sum in binary is.
_ROUNDING = 1e-6


class TokenBuckets:
    """Buckets in this process's memory. A full bucket need not be kept, and is not.

    ``clock`` answers seconds and never runs backwards. Past ``most`` buckets the ones that were
    used least lately are forgotten.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = 200_000) -> None:
        self._clock = clock
        self._most = most
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._tidy_at = min(most, 1024)

    def __len__(self) -> int:
        return len(self._buckets)

    def take_tokens(self, name: str, key: str, rate: AnyRate, cost: int = 1) -> float:
        """As ``Bucket.take``."""
        bucket = self._find(name, key, rate)
        wait = bucket.take_tokens(cost)
        if not wait:
            self._keep((name, key), bucket)
        return wait

    def charge_tokens(self, name: str, key: str, rate: AnyRate, cost: int) -> None:
        """As ``Bucket.charge_tokens``."""
        bucket = self._find(name, key, rate)
        bucket.charge_tokens(cost)
        self._keep((name, key), bucket)

    def check_tokens(self, name: str, key: str, rate: AnyRate, cost: int = 1) -> float:
        return self._find(name, key, rate).wait(min(cost, rate.burst))

    def lower(self, name: str, key: str, rate: AnyRate, tokens: float) -> None:
        """The bucket holds no more than ``tokens``, which may be fewer than none."""
        bucket = self._find(name, key, rate)
        if tokens < bucket.tokens:
            bucket.tokens = tokens
            self._keep((name, key), bucket)

    def give_tokens(self, name: str, key: str, rate: AnyRate) -> None:
        """One token back."""
        bucket = self._find(name, key, rate)
        bucket.tokens = min(float(rate.burst), bucket.tokens + 1)

    def reset_bucket(self, name: str, key: str) -> None:
        self._buckets.pop((name, key), None)

    def _find(self, name: str, key: str, rate: AnyRate) -> Bucket:
        now = self._clock()
        bucket = self._buckets.get((name, key)) or Bucket(float(rate.burst), now, rate)
        bucket.refill(now, rate)
        return bucket

    def _keep(self, key: tuple[str, str], bucket: Bucket) -> None:
        # Taken out and put in again, it stands last: the dict is in order of use.
        self._buckets.pop(key, None)
        self._buckets[key] = bucket
        if len(self._buckets) >= self._tidy_at:
            self._tidy()

    def _tidy(self) -> None:
        """Seldom enough to cost each ``take`` next to nothing: at every doubling."""
        now = self._clock()
        for key, bucket in list(self._buckets.items()):
            bucket.refill(now, bucket.rate)
            if bucket.tokens >= bucket.rate.burst:
                del self._buckets[key]
        excess = len(self._buckets) - self._most // 2
        if len(self._buckets) >= self._most:
            for key in list(self._buckets)[:excess]:
                del self._buckets[key]
        self._tidy_at = min(self._most, max(1024, 2 * len(self._buckets)))
