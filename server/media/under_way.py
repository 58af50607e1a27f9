"""Uploads under way: few at once for a user, and their bytes count before they are stored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from server.kernel.errors import RateLimited, StorageFull
from server.kernel.ids import new_id
from server.kernel.routes import WRAPPING
from server.kernel.timeouts import within

# Seconds that an upload waits for the end of another one of its user.
PATIENCE = 20.0
# Seconds after which a reservation is renewed: far less than it lasts (server/backends).
RENEWED_AFTER = 30.0
# Of a body whose size is not known, so much is reserved ahead of what has come.
STEP = 1024 * 1024


class Reservations(Protocol):
    """Bytes that are about to be stored. They may be lost: what is stored in the end is counted
    under a lock."""

    async def reserve_bytes(self, user_id: str, upload_id: str, size: int, room: int) -> bool:
        """Sets what one upload holds, for a few minutes, if all of the user's then hold no more
        than ``room``; else nothing changes."""
        ...

    async def release_bytes(self, user_id: str, upload_id: str) -> None: ...


class StoredBytes(Protocol):
    async def stored_bytes(self, user_id: str) -> int: ...


class UploadPlaces:
    """At most ``most`` at once for each user; None: any number."""

    def __init__(self, most: int | None, patience: float = PATIENCE) -> None:
        self._most = most
        self._patience = patience
        # Who is there and who waits, by user; the places themselves are gone when nobody is.
        self._places: dict[str, tuple[asyncio.Semaphore, list[None]]] = {}

    @asynccontextmanager
    async def place(self, user_id: str) -> AsyncIterator[None]:
        """Waits for one; ``RateLimited`` when that takes too long."""
        if self._most is None:
            yield
            return
        free, there = self._places.setdefault(user_id, (asyncio.Semaphore(self._most), []))
        there.append(None)
        try:
            crowded = RateLimited("too many uploads at once", retry_after=5)
            async with within(self._patience, crowded):
                await free.acquire()
            try:
                yield
            finally:
                free.release()
        finally:
            there.pop()
            if not there:
                del self._places[user_id]


class UnderWay:
    """``quota``: bytes of one user, stored and under way; None: as many as there is room for."""

    def __init__(
        self,
        places: UploadPlaces,
        reservations: Reservations,
        stored: StoredBytes,
        quota: int | None,
    ) -> None:
        self.places = places
        self.quota = quota
        self._reservations = reservations
        self._stored = stored

    @asynccontextmanager
    async def begin(self, user_id: str, announced: int | None) -> AsyncIterator[UploadRoom]:
        """Raises ``StorageFull`` when ``announced``, the bytes of the body, cannot be taken."""
        async with self.places.place(user_id):
            room = UploadRoom(self, user_id)
            try:
                await room.begin(announced or 0)
                yield room
            finally:
                if self.quota is not None:
                    await self._reservations.release_bytes(user_id, room.id)

    async def reserve(self, room: UploadRoom, size: int) -> bool:
        """Whether the user has room for so much of this upload, besides the others."""
        if self.quota is None:
            return True
        left = self.quota - await self._stored.stored_bytes(room.user_id)
        return left > 0 and await self._reservations.reserve_bytes(
            room.user_id, room.id, size, left
        )


class UploadRoom:
    """What one upload may put on the disk.

    What a body announces is a little more than its file has. So that no file is refused which has
    room, ``WRAPPING`` less is reserved, and so much more than is reserved may come.
    """

    def __init__(self, under_way: UnderWay, user_id: str) -> None:
        self.id = new_id()
        self.user_id = user_id
        self._under_way = under_way
        self._reserved = 0
        self._renew_at = 0.0

    async def begin(self, announced: int) -> None:
        await self._reserve(max(0, announced - WRAPPING))

    async def cover(self, size: int) -> None:
        """Called before so many bytes in all are on the disk."""
        if size > self._reserved + WRAPPING:
            try:
                await self._reserve(size + STEP)
            except StorageFull:
                await self._reserve(size - WRAPPING)
        elif time.monotonic() > self._renew_at:
            await self._reserve(self._reserved)

    async def _reserve(self, size: int) -> None:
        if not await self._under_way.reserve(self, size):
            raise no_room()
        self._reserved = size
        self._renew_at = time.monotonic() + RENEWED_AFTER


def no_room() -> StorageFull:
    return StorageFull("your files take up all the room that one user has", field="file")
