"""Stores files in a folder, two levels of subfolders deep, under random names."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import BinaryIO

from server.media.spool import full_disk

DISK_CHUNK = 128 * 1024


class DiskStorage:
    """A ``Storage`` in a folder of this machine.

    ``incoming``, where uploads are written, is on the same disk, so storing a file only renames it.
    A file is on disk once ``put_file`` returns.
    """

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
                chunk = await asyncio.to_thread(_some, file, min(DISK_CHUNK, end - start))
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
    # A new name survives a crash only once its folder has been synced.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
