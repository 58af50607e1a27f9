"""Files in a folder: under random names, two levels deep."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import BinaryIO

from server.media.spool import full_disk

CHUNK = 128 * 1024


class DiskStorage:
    """``incoming`` is on the same disk, so that a file is taken over by giving it another name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.incoming = folder / "incoming"

    async def put_file(self, key: str, file: Path) -> None:
        with full_disk():
            await asyncio.to_thread(self._take, key, file)

    def _take(self, key: str, file: Path) -> None:
        target = self._path(key)
        with file.open("rb") as written:
            os.fsync(written.fileno())
        target.parent.mkdir(parents=True, exist_ok=True)
        file.rename(target)
        _sync_folder(target.parent)

    async def file_size(self, key: str) -> int | None:
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            return None

    async def read_file(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        with await asyncio.to_thread(self._path(key).open, "rb") as file:
            file.seek(start)
            while start < end:
                chunk = await asyncio.to_thread(_some, file, min(CHUNK, end - start))
                if not chunk:
                    return
                start += len(chunk)
                yield chunk

    async def remove_files(self, keys: Iterable[str]) -> None:
        for key in keys:
            await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def close(self) -> None:
        return

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key[2:4] / key


def _some(file: BinaryIO, size: int) -> bytes:
    return file.read(size)


def _sync_folder(folder: Path) -> None:
    # The new name is on disk only once its folder is.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
