"""Uploads under way. A user may have few at once, and their bytes count against the quota before
they are stored."""

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

# How long an upload waits for another upload of the same user to end (seconds).
UPLOAD_WAIT = 20.0
# A reservation is renewed after this time, which is far shorter than it lasts (seconds; see
# server/backends).
RENEWED_AFTER = 30.0
# How many bytes are reserved ahead of what has arrived, if the size of the body is not known.
RESERVED_AHEAD = 1024 * 1024


class Reservations(Protocol):
    """Reservations of bytes that are about to be stored. They are only a first check and may be
    lost: the final check counts the stored bytes under a lock."""

    async def reserve_bytes(self, user_id: str, upload_id: str, size: int, room: int) -> bool:
        """Sets the reservation of one upload to ``size`` bytes, for a few minutes, and returns
        True. If the user's reservations would then exceed ``room`` in all, changes nothing and
        returns False. The check and the change are atomic."""
        ...

    async def release_bytes(self, user_id: str, upload_id: str) -> None: ...


class StoredBytes(Protocol):
    """The number of bytes that a user has stored, as last committed."""

    async def stored_bytes(self, user_id: str) -> int: ...


class UploadPlaces:
    """Places for at most ``most`` uploads of each user at once; None means no limit."""

    def __init__(self, most: int | None, patience: float = UPLOAD_WAIT) -> None:
        self._most = most
        self._patience = patience
        # The places of each user, and one entry for each upload that has one or waits for one. A
        # user's places are removed when there is no such upload.
        self._places: dict[str, tuple[asyncio.Semaphore, list[None]]] = {}

    @asynccontextmanager
    async def place(self, user_id: str) -> AsyncIterator[None]:
        """Waits for a place. Raises ``RateLimited`` if that takes too long."""
        if self._most is None:
            yield
            return
        free, there = self._places.setdefault(user_id, (asyncio.Semaphore(self._most), []))
        there.append(None)
        try:
            crowded = RateLimited("You have too many uploads under way.", retry_after=5)
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
    """``quota``: the most bytes of one user, stored and under way; None means no limit."""

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
        """Begins an upload, which ends with the ``with`` block. Raises ``StorageFull`` if the user
        has no room for ``announced``, the bytes of the body."""
        async with self.places.place(user_id):
            room = UploadRoom(self, user_id)
            try:
                await room.begin(announced or 0)
                yield room
            finally:
                if self.quota is not None:
                    await self._reservations.release_bytes(user_id, room.id)

    async def reserve(self, room: UploadRoom, size: int) -> bool:
        """Reserves ``size`` bytes for this upload. Returns whether the user has room for them
        besides their other uploads."""
        if self.quota is None:
            return True
        left = self.quota - await self._stored.stored_bytes(room.user_id)
        return left > 0 and await self._reservations.reserve_bytes(
            room.user_id, room.id, size, left
        )


class UploadRoom:
    """The space that one upload may use on the disk.

    A body is a little larger than its file. So that no file that fits is refused, ``WRAPPING``
    bytes less than the body are reserved, and that many bytes more than reserved may arrive.
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
        """Makes sure that ``size`` bytes in all are reserved. It is called before they are
        written. Raises ``StorageFull`` if there is no room."""
        if size > self._reserved + WRAPPING:
            try:
                await self._reserve(size + RESERVED_AHEAD)
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
    return StorageFull("You have used all of your storage.", field="file")
