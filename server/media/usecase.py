"""What one can do with files: upload them, and wear one as an avatar."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from server.kernel.clock import now_ms
from server.kernel.errors import Invalid
from server.kernel.ids import new_id
from server.kernel.routes import Upload
from server.media.entity import Attachment, OpenedFile, StoredAttachment
from server.media.kinds import HEAD_BYTES, IMAGES, TIMED, TYPES, UNKNOWN, kind_of, new_key
from server.media.links import FileLinks
from server.media.names import clean_name
from server.media.spool import Spool, Spooled
from server.media.under_way import UnderWay, UploadRoom, no_room

# What no message uses is kept so long (ms).
KEPT_UNUSED = 24 * 3600 * 1000
# Pixels of a thumbnail's longer side.
THUMBNAIL = 512


class Storage(Protocol):
    """Files by key. Raises ``StorageFull`` and ``Unavailable``."""

    # A folder on the server's disk where files take shape before they are put.
    incoming: Path

    async def put_file(self, key: str, file: Path) -> None:
        """All of it is kept when this returns, else nothing. ``file`` may be gone then."""
        ...

    async def file_size(self, key: str) -> int | None:
        """None for what is not there."""
        ...

    def read_file(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from ``start`` up to and without ``end``, piece by piece."""
        ...

    async def remove_files(self, keys: Iterable[str]) -> None:
        """What is not there is removed already."""
        ...


class Decoder(Protocol):
    async def run(
        self,
        job: str,
        user_id: str,
        source: Path,
        targets: Mapping[int, Path] | None = None,
        kind: str = "",
    ) -> OpenedFile:
        """Opens a file of a user's, and writes what comes of it into new files: by the pixels of
        their longer side, 0 for as large as it is. ``Invalid`` (file) for what cannot be opened,
        ``Unavailable`` when too many wait."""
        ...

    async def rest(self) -> None: ...


class Uploads(Protocol):
    async def stored_bytes(self, user_id: str) -> int: ...

    async def add_upload(self, user_id: str, stored: StoredAttachment, quota: int | None) -> bool:
        """Whether there was room; decided under a lock, whoever else uploads for that user."""
        ...

    async def take_unused(self, before: int) -> list[str]:
        """Forgets some uploads from before a time (ms) that no message uses; their keys."""
        ...


class Media:
    """``reserve``: bytes that uploads leave free on the disk."""

    def __init__(
        self,
        *,
        storage: Storage,
        uploads: Uploads,
        decoder: Decoder,
        links: FileLinks,
        under_way: UnderWay,
        reserve: int = 0,
    ) -> None:
        self._storage = storage
        self._uploads = uploads
        self._decoder = decoder
        self._links = links
        self._under_way = under_way
        self._spool = Spool(storage.incoming, reserve)

    async def upload(self, user_id: str, upload: Upload) -> Attachment:
        upload.check_head()
        async with (
            self._under_way.begin(user_id, upload.announced) as room,
            self._spool.open(upload.announced or 0) as spooled,
        ):
            name = clean_name(await upload.receive(_writing(room, spooled)))
            stored, files = await self._digest(user_id, spooled, name)
            await self._keep(user_id, stored, files)
        return self._links.attachment(stored)

    async def _digest(
        self, user_id: str, spooled: Spooled, name: str
    ) -> tuple[StoredAttachment, dict[str, Path]]:
        """What came, as it is to be stored: the files by their keys."""
        extension = kind_of(await spooled.head(HEAD_BYTES))
        file, thumbnail, found = spooled.original, spooled.folder / "thumbnail", OpenedFile()
        if extension in IMAGES:
            file = spooled.folder / "clean"
            targets = {0: file, THUMBNAIL: thumbnail}
            found = await self._decoder.run(
                "image", user_id, spooled.original, targets, IMAGES[extension]
            )
        elif extension in TIMED:
            found = await self._duration(user_id, file, extension)
        if found.costly:
            # As it came, like any other file that is only saved.
            extension, file = UNKNOWN, spooled.original
        key, thumbnail_key = new_key(extension), None
        files = {key: file}
        if extension in IMAGES:
            thumbnail_key = new_key("webp")
            files[thumbnail_key] = thumbnail
        stored = StoredAttachment(
            id=new_id(),
            name=name,
            content_type=TYPES[extension],
            size=file.stat().st_size,
            width=found.width,
            height=found.height,
            duration=found.duration,
            key=key,
            thumbnail_key=thumbnail_key,
        )
        return stored, files

    async def _duration(self, user_id: str, file: Path, kind: str) -> OpenedFile:
        """Not to know it is no reason to refuse a file."""
        try:
            return await self._decoder.run("duration", user_id, file, kind=kind)
        except Invalid:
            return OpenedFile()

    async def _keep(self, user_id: str, stored: StoredAttachment, files: dict[str, Path]) -> None:
        """Files first, the row after: a row never names what is not there."""
        try:
            for key, file in files.items():
                await self._storage.put_file(key, file)
            if not await self._uploads.add_upload(user_id, stored, self._under_way.quota):
                raise no_room()
        except BaseException:
            await self._storage.remove_files(files)
            raise

    async def tidy_storage(self) -> None:
        """Removes what no message uses, and what was left behind. Several nodes may at once."""
        while keys := await self._uploads.take_unused(now_ms() - KEPT_UNUSED):
            await self._storage.remove_files(keys)
        await self.sweep_uploads()

    async def sweep_uploads(self) -> None:
        """Removes what uploads left behind whose process died."""
        await asyncio.to_thread(self._spool.tidy)


def _writing(room: UploadRoom, spooled: Spooled) -> Callable[[bytes], Awaitable[None]]:
    async def write(chunk: bytes) -> None:
        await room.cover(spooled.size + len(chunk))
        await spooled.write(chunk)

    return write
