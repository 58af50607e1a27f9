"""Rate limits: the port, and the token buckets of one process."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

from server.kernel.errors import RateLimited

# The ``retry_after`` (seconds) of a client that has sent far too much.
FLOOD_RETRY = 60


class AnyRate(Protocol):
    """The attributes of ``Rate``, so that other types can serve as a rate."""

    @property
    def per_second(self) -> float: ...

    @property
    def burst(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Rate:
    """The rate of a token bucket: it holds ``burst`` tokens and gains ``per_second`` tokens each
    second."""

    per_second: float
    burst: int


class Limiter(Protocol):
    """Token buckets, one for each (name, key), shared by all nodes.

    A call either succeeds or raises ``RateLimited``, with ``retry_after`` in whole seconds, at
    least 1. Taking is atomic: of calls that race, no two get the same token. A refused call takes
    nothing. Buckets may be lost, and are full then.
    """

    async def take_tokens(self, name: str, key: str, rate: AnyRate, cost: int = 1) -> None:
        """Takes ``cost`` tokens. A cost above the burst needs a full bucket and empties it."""
        ...

    async def check_tokens(self, name: str, key: str, rate: AnyRate) -> None:
        """Raises as ``take_tokens`` would for one token, but takes nothing."""
        ...

    async def give_tokens(self, name: str, key: str, rate: AnyRate) -> None:
        """Gives back the one token that ``take_tokens`` took. Never raises ``RateLimited``."""
        ...

    async def reset_bucket(self, name: str, key: str) -> None:
        """Fills the bucket."""
        ...

    def spend_tokens(self, name: str, key: str, rate: AnyRate, cost: int = 1) -> None:
        """Takes tokens without waiting, from a bucket of this process. It learns soon afterwards
        what other nodes have taken, so a user of several nodes may briefly spend a bucket on each
        of them."""
        ...

    def charge_tokens(self, name: str, key: str, rate: AnyRate, cost: int) -> None:
        """Takes tokens for work that is done already, so it never refuses. If the bucket has too
        few tokens, it owes the rest, up to a burst."""
        ...


# This many bytes of an answer cost as much as an ordinary call.
BYTES_OF_A_CALL = 16 * 1024


def cost_of_answer(size: int) -> int:
    """What an answer of ``size`` bytes takes from its user's budget besides the cost of the call,
    in units of one ordinary call. A short answer takes nothing."""
    return size // BYTES_OF_A_CALL


# Stands for "no limit": more than there can ever be.
UNLIMITED = 2**53 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The most rooms, seats, invites and so on that one user, room or message may have. The names
    are those of the limits in the settings."""

    KEPT: ClassVar = ("invites_per_room", "emoji_per_message")

    rooms_per_user: int = UNLIMITED
    rooms_made_per_user: int = UNLIMITED
    seats_per_room: int = UNLIMITED
    invites_per_user: int = UNLIMITED
    invitations_per_user: int = UNLIMITED
    notifications_per_user: int = UNLIMITED
    reactions_per_user: int = UNLIMITED
    # These two apply even if limits are turned off, because all invites of a room, and all emoji of
    # a message, are read at once.
    invites_per_room: int = 1_000
    emoji_per_message: int = 20

    @classmethod
    def of(cls, limits: Any, *, limited: bool) -> Quotas:
        names = [each.name for each in fields(cls)] if limited else cls.KEPT
        return cls(**{name: getattr(limits, name) for name in names})


def refuse_for(seconds: float) -> None:
    """Raises ``RateLimited`` with this wait, unless it is zero."""
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
        """The seconds until the bucket holds ``cost`` tokens."""
        missing = cost - self.tokens
        return missing / self.rate.per_second if missing > _ROUNDING else 0.0

    def take_tokens(self, cost: int = 1) -> float:
        """Takes ``cost`` tokens and returns 0. If there are too few, takes nothing and returns the
        seconds until there are enough."""
        cost = min(cost, self.rate.burst)
        wait = self.wait(cost)
        if not wait:
            self.tokens = max(0.0, self.tokens - cost)
        return wait

    def charge_tokens(self, cost: int) -> None:
        """Takes ``cost`` tokens. If there are too few, the bucket owes the rest, up to a burst."""
        self.tokens = max(-float(self.rate.burst), self.tokens - cost)


# Allows for rounding: three thirds of a token count as one, though their binary sum is less.
_ROUNDING = 1e-6


class TokenBuckets:
    """Buckets in the memory of this process. Full buckets are not kept.

    ``clock`` returns seconds and never goes backwards. Beyond ``most`` buckets, the least recently
    used ones are forgotten.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = 200_000) -> None:
        self._clock = clock
        self._most = most
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._tidy_at = min(most, 1024)

    def __len__(self) -> int:
        return len(self._buckets)

    def take_tokens(self, name: str, key: str, rate: AnyRate, cost: int = 1) -> float:
        """Does the same as ``Bucket.take_tokens``, for the bucket of (name, key)."""
        bucket = self._find(name, key, rate)
        wait = bucket.take_tokens(cost)
        if not wait:
            self._keep((name, key), bucket)
        return wait

    def charge_tokens(self, name: str, key: str, rate: AnyRate, cost: int) -> None:
        """Does the same as ``Bucket.charge_tokens``, for the bucket of (name, key)."""
        bucket = self._find(name, key, rate)
        bucket.charge_tokens(cost)
        self._keep((name, key), bucket)

    def peek_tokens(self, name: str, key: str, rate: AnyRate, cost: int = 1) -> float:
        """The seconds until the bucket has ``cost`` tokens, 0 if it has them. Takes none."""
        return self._find(name, key, rate).wait(min(cost, rate.burst))

    def lower(self, name: str, key: str, rate: AnyRate, tokens: float) -> None:
        """Lowers the bucket to ``tokens``, if it holds more. ``tokens`` may be negative."""
        bucket = self._find(name, key, rate)
        if tokens < bucket.tokens:
            bucket.tokens = tokens
            self._keep((name, key), bucket)

    def give_tokens(self, name: str, key: str, rate: AnyRate) -> None:
        """Gives one token back."""
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
        # The bucket is removed and inserted again, so that the dict stays in the order of use.
        self._buckets.pop(key, None)
        self._buckets[key] = bucket
        if len(self._buckets) >= self._tidy_at:
            self._tidy()

    def _tidy(self) -> None:
        """Removes full buckets. It runs only each time the number of buckets has doubled, so that
        its cost for each ``take_tokens`` is negligible."""
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
