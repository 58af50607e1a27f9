"""Password hashes with argon2id. A few are computed at a time, in threads outside the event loop.

Waiting calls take turns by address: an address with many attempts comes after those with few."""

from __future__ import annotations

import ctypes
import os
import secrets
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from argon2 import Parameters, PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from server.auth.turns import FairThreads
from server.kernel import caller

T = TypeVar("T")

# Each hash takes 19 MiB and about 33 ms of one core. One core is left for the event loop, so that
# password guesses do not slow down all other calls.
HASHES_AT_ONCE = max(1, min(4, (os.cpu_count() or 1) - 1))

COST = Parameters(
    type=Type.ID,
    version=19,
    salt_len=16,
    hash_len=32,
    time_cost=2,
    memory_cost=19_456,
    parallelism=1,
)

# From glibc's malloc.h.
M_MMAP_THRESHOLD = -3


class Passwords:
    """``patience``: the most seconds that a call waits for its hash to begin; None for no limit.
    After that it raises ``Unavailable``."""

    def __init__(self, patience: float | None = None) -> None:
        _return_large_blocks()
        self._hasher = PasswordHasher.from_parameters(COST)
        self._threads = FairThreads(HASHES_AT_ONCE, "argon2", patience)
        self._nobodys = _nobodys_hash()

    async def hash_password(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(_composed(password)))

    async def verify_password(self, hashed: str | None, password: str) -> bool:
        """Whether the password matches the hash. Without a hash (no user has that login) this takes
        the same time and returns False."""
        right = await self._run(lambda: self._matches(hashed or self._nobodys, password))
        return right and hashed is not None

    def outdated(self, hashed: str) -> bool:
        """Whether the hash was made with parameters other than the present ones."""
        return self._hasher.check_needs_rehash(hashed)

    def close(self) -> None:
        self._threads.close()

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, _composed(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        return await self._threads.run(caller.current().address or "", work)


def _return_large_blocks() -> None:
    """Makes glibc return blocks of 1 MiB and more to the system as soon as they are free.
    Otherwise it would keep each thread's 19 MiB for the next hash. Does nothing with another C
    library."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 1 << 20)


def _nobodys_hash() -> str:
    """A random text in the format of a present hash. No password is known to match it, and no node
    has to compute a hash when it starts."""
    salt, tag = (_unpadded(secrets.token_bytes(size)) for size in (COST.salt_len, COST.hash_len))
    cost = f"m={COST.memory_cost},t={COST.time_cost},p={COST.parallelism}"
    return f"$argon2id$v={COST.version}${cost}${salt}${tag}"


def _unpadded(raw: bytes) -> str:
    return b64encode(raw).decode().rstrip("=")


def _composed(password: str) -> str:
    """The password in one composed form, because keyboards differ in how they compose é."""
    return unicodedata.normalize("NFKC", password)
