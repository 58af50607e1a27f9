"""The use case of files: upload them. Avatars are in avatars.py."""

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
from server.media.kinds import (
    HEAD_BYTES,
    IMAGES,
    MEDIA_TYPES,
    RARELY_SHOWN,
    TIMED,
    UNKNOWN,
    kind_by_tracks,
    kind_of,
    new_key,
)
from server.media.links import FileLinks
from server.media.names import clean_name
from server.media.spool import Spool, Spooled
from server.media.under_way import UnderWay, UploadRoom, no_room

# How long an upload that no message uses is kept (ms).
KEPT_UNUSED = 24 * 3600 * 1000
# The pixels of a thumbnail's longer side, and of one that has to do for the picture.
THUMBNAIL, LARGE_THUMBNAIL = 512, 1600


class Storage(Protocol):
    """Stores files by key. A file never changes once it is stored.

    Methods raise ``StorageFull`` if there is no room, and ``Unavailable`` if the storage cannot be
    reached. Storing and removing are idempotent and may be repeated after an error.
    """

    # A folder on the server's disk for files that are not complete yet.
    incoming: Path

    async def put_file(self, key: str, file: Path) -> None:
        """Stores the file durably and as a whole: after an error nothing is stored under the key.
        ``file`` may be moved away."""
        ...

    async def file_size(self, key: str) -> int | None:
        """The size in bytes; None if there is no such file."""
        ...

    def read_file(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Yields the bytes from ``start`` to before ``end``, in order and piece by piece."""
        ...

    async def remove_files(self, keys: Iterable[str]) -> None:
        """Deletes files. Keys without a file are ignored. After an error, some may be deleted."""
        ...


class Decoder(Protocol):
    """Opens files in processes apart from the server."""

    async def run(
        self,
        job: str,
        user_id: str,
        source: Path,
        targets: Mapping[int, Path] | None = None,
        kind: str = "",
    ) -> OpenedFile:
        """Opens a user's file and writes the results into new files. The keys of ``targets`` are
        the pixels of the longer side, 0 for the original size. Raises ``Invalid`` (file) if the
        file cannot be opened, and ``Unavailable`` if too many files wait."""
        ...

    async def rest(self) -> None: ...


class Uploads(Protocol):
    """Stores the rows of uploads. Raises ``Unavailable`` when the database cannot be reached."""

    async def stored_bytes(self, user_id: str) -> int: ...

    async def add_upload(self, user_id: str, stored: StoredAttachment, quota: int | None) -> bool:
        """Adds an upload if the user has room for it, and returns whether it did. One transaction
        under the lock of the user's row, so uploads that race cannot exceed the quota together."""
        ...

    async def take_unused(self, before: int) -> list[str]:
        """Deletes the rows of some uploads from before ``before`` (ms) that no message uses, in one
        transaction. Returns the keys of their files, which the caller then deletes."""
        ...


class Media:
    """``reserve``: the bytes that uploads leave free on the disk."""

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
        """The upload as it is to be stored, and its files by their keys."""
        extension = kind_of(await spooled.head(HEAD_BYTES))
        file, thumbnail, found = spooled.original, spooled.folder / "thumbnail", OpenedFile()
        if extension in IMAGES:
            file = spooled.folder / "clean"
            side = LARGE_THUMBNAIL if extension in RARELY_SHOWN else THUMBNAIL
            targets = {0: file, side: thumbnail}
            found = await self._picture(user_id, spooled.original, targets, IMAGES[extension])
        elif extension in TIMED:
            found = await self._tracks(user_id, file, extension)
            extension = kind_by_tracks(extension, found.shows)
        if found.costly:
            # The file is stored unchanged, like any other that is offered only for download.
            extension, file = UNKNOWN, spooled.original
        key, thumbnail_key = new_key(extension), None
        files = {key: file}
        if extension in IMAGES:
            thumbnail_key = new_key("webp")
            files[thumbnail_key] = thumbnail
        stored = StoredAttachment(
            id=new_id(),
            name=name,
            content_type=MEDIA_TYPES[extension],
            size=file.stat().st_size,
            width=found.width,
            height=found.height,
            duration=found.duration,
            key=key,
            thumbnail_key=thumbnail_key,
        )
        return stored, files

    async def _picture(
        self, user_id: str, file: Path, targets: Mapping[int, Path], kind: str
    ) -> OpenedFile:
        """What was found in a picture. One that cannot be opened is like one that is too costly:
        a browser may show it all the same, so it is not refused."""
        try:
            return await self._decoder.run("image", user_id, file, targets, kind)
        except Invalid:
            return OpenedFile(costly=True)

    async def _tracks(self, user_id: str, file: Path, kind: str) -> OpenedFile:
        """What was found in a video or audio file. A file that says nothing is not refused."""
        try:
            return await self._decoder.run("duration", user_id, file, kind=kind)
        except Invalid:
            return OpenedFile()

    async def _keep(self, user_id: str, stored: StoredAttachment, files: dict[str, Path]) -> None:
        """Stores the files first and then the row, so that a row never names a missing file."""
        try:
            for key, file in files.items():
                await self._storage.put_file(key, file)
            if not await self._uploads.add_upload(user_id, stored, self._under_way.quota):
                raise no_room()
        except BaseException:
            await self._storage.remove_files(files)
            raise

    async def tidy_storage(self) -> None:
        """Deletes uploads that no message uses, and leftovers. Several nodes may run it at once."""
        while keys := await self._uploads.take_unused(now_ms() - KEPT_UNUSED):
            await self._storage.remove_files(keys)
        await self.sweep_uploads()

    async def sweep_uploads(self) -> None:
        """Deletes what the uploads of dead processes left behind."""
        await asyncio.to_thread(self._spool.tidy)


def _writing(room: UploadRoom, spooled: Spooled) -> Callable[[bytes], Awaitable[None]]:
    async def write(chunk: bytes) -> None:
        await room.cover(spooled.size + len(chunk))
        await spooled.write(chunk)

    return write
