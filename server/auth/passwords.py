"""Password hashes: argon2id, a few at a time, away from the event loop.

Who waits for one waits by address: one that has many tried comes after those that have few."""

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

# Each takes 19 MiB and about 33 ms of one core. One core is left for the thread that answers:
# others feel guesses that take them all.
AT_ONCE = max(1, min(4, (os.cpu_count() or 1) - 1))

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
    """``patience``: seconds that a hash may be waited for, None for as long as it takes."""

    def __init__(self, patience: float | None = None) -> None:
        _return_large_blocks()
        self._hasher = PasswordHasher.from_parameters(COST)
        self._threads = FairThreads(AT_ONCE, "argon2", patience)
        self._nobodys = _nobodys_hash()

    async def hash_password(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(_composed(password)))

    async def verify_password(self, hashed: str | None, password: str) -> bool:
        """Without a hash (nobody has that login) it takes as long, and is False."""
        right = await self._run(lambda: self._matches(hashed or self._nobodys, password))
        return right and hashed is not None

    def outdated(self, hashed: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
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
    """Lets glibc give blocks of 1 MiB and more back as soon as they are free: it would keep each
    thread's 19 MiB for its next hash. Another C library has its own ways."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 1 << 20)


def _nobodys_hash() -> str:
    """As today's hashes are written, at random: no password is known to have it, and no node has to
    compute it when it starts."""
    salt, tag = (_unpadded(secrets.token_bytes(size)) for size in (COST.salt_len, COST.hash_len))
    cost = f"m={COST.memory_cost},t={COST.time_cost},p={COST.parallelism}"
    return f"$argon2id$v={COST.version}${cost}${salt}${tag}"


def _unpadded(raw: bytes) -> str:
    return b64encode(raw).decode().rstrip("=")


def _composed(password: str) -> str:
    """Keyboards differ in how they compose é; the password is the same."""
    return unicodedata.normalize("NFKC", password)
