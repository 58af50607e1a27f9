"""What one can do with files: upload them, and wear one as an avatar."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, Protocol

from server.clock import now_ms
from server.errors import StorageFull
from server.ids import new_id
from server.media.entity import Attachment, StoredAttachment
from server.media.kinds import HEAD_BYTES, IMAGES, TIMED, TYPES, kind_of, new_key
from server.media.links import Links
from server.media.names import clean_name
from server.media.spool import Spool, Spooled
from server.routes import Upload

# What no message uses is kept so long (ms).
KEPT_UNUSED = 24 * 3600 * 1000


class Storage(Protocol):
    """Files by key. Raises ``StorageFull`` and ``Unavailable``."""

    # A folder on the server's disk where files take shape before they are put.
    incoming: Path

    async def put(self, key: str, file: Path) -> None:
        """All of it is kept when this returns, else nothing. ``file`` may be gone then."""
        ...

    async def size(self, key: str) -> int | None:
        """None for what is not there."""
        ...

    def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from ``start`` up to and without ``end``, piece by piece."""
        ...

    async def remove(self, keys: Iterable[str]) -> None:
        """What is not there is removed already."""
        ...


class Decoder(Protocol):
    async def run(self, job: str, **given: Any) -> dict[str, Any]:
        """``Invalid`` for what cannot be opened."""
        ...

    async def rest(self) -> None: ...


class Uploads(Protocol):
    async def stored_bytes(self, user_id: str) -> int: ...

    async def add(self, user_id: str, stored: StoredAttachment, quota: int | None) -> bool:
        """Whether there was room; decided under a lock, whoever else uploads for that user."""
        ...

    async def take_unused(self, before: int) -> list[str]:
        """Forgets some uploads from before a time (ms) that no message uses; their keys."""
        ...


class Media:
    """``quota``: bytes of one user; None: as many as there is room for."""

    def __init__(
        self,
        storage: Storage,
        uploads: Uploads,
        decoder: Decoder,
        links: Links,
        quota: int | None,
    ) -> None:
        self._storage = storage
        self._uploads = uploads
        self._decoder = decoder
        self._links = links
        self._quota = quota
        self._spool = Spool(storage.incoming)

    async def upload(self, user_id: str, upload: Upload) -> Attachment:
        if self._quota is not None and await self._uploads.stored_bytes(user_id) >= self._quota:
            raise _no_room()
        async with self._spool.open() as spooled:
            name = clean_name(await upload.receive(spooled.write))
            stored, files = await self._digest(spooled, name)
            await self._keep(user_id, stored, files)
        return self._links.attachment(stored)

    async def _digest(
        self, spooled: Spooled, name: str
    ) -> tuple[StoredAttachment, dict[str, Path]]:
        """What came, as it is to be stored: the files by their keys."""
        extension = kind_of(await spooled.head(HEAD_BYTES))
        key, thumbnail = new_key(extension), None
        file, found = spooled.original, {}
        files: dict[str, Path] = {}
        if extension in IMAGES:
            file, thumbnail = spooled.folder / "clean", new_key("webp")
            files[thumbnail] = spooled.folder / "thumbnail"
            found = await self._decoder.run(
                "image",
                kind=IMAGES[extension],
                source=str(spooled.original),
                target=str(file),
                thumbnail=str(files[thumbnail]),
            )
        elif extension in TIMED:
            found = await self._decoder.run("duration", source=str(file))
        stored = StoredAttachment(
            id=new_id(),
            name=name,
            content_type=TYPES[extension],
            size=file.stat().st_size,
            width=found.get("width"),
            height=found.get("height"),
            duration=found.get("duration"),
            key=key,
            thumbnail_key=thumbnail,
        )
        return stored, {key: file} | files

    async def _keep(self, user_id: str, stored: StoredAttachment, files: dict[str, Path]) -> None:
        """Files first, the row after: a row never names what is not there."""
        try:
            for key, file in files.items():
                await self._storage.put(key, file)
            if not await self._uploads.add(user_id, stored, self._quota):
                raise _no_room()
        except BaseException:
            await self._storage.remove(files)
            raise

    async def tidy(self) -> None:
        """Removes what no message uses, and what uploads left behind whose process died. Several
        nodes may do so at once."""
        while keys := await self._uploads.take_unused(now_ms() - KEPT_UNUSED):
            await self._storage.remove(keys)
        self._spool.tidy()


def _no_room() -> StorageFull:
    return StorageFull("your files take up all the room that one user has", field="file")
