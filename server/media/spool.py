"""Where uploads take shape: each in a folder of its own that is gone when it is done."""

from __future__ import annotations

import asyncio
import errno
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

from server.errors import StorageFull

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Seconds. No upload lasts so long: what is older was left by a process that died.
LEFT_BEHIND = 2 * 3600


@contextmanager
def full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull() from error
        raise


class Spooled:
    """One upload under way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.original = folder / "original"
        self._file = self.original.open("wb")
        self.size = 0

    async def write(self, chunk: bytes) -> None:
        with full_disk():
            await asyncio.to_thread(self._file.write, chunk)
        self.size += len(chunk)

    async def done(self) -> None:
        """All is written: others may read it."""
        with full_disk():
            await asyncio.to_thread(self._file.close)

    async def head(self, size: int) -> bytes:
        """The first bytes, once all is written."""
        await self.done()
        with self.original.open("rb") as file:
            return file.read(size)

    def close(self) -> None:
        try:
            self._file.close()
        except OSError:
            # What it still held does not fit, and is not wanted any more.
            return


class Spool:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Spooled]:
        folder = self._folder / uuid4().hex
        with full_disk():
            folder.mkdir(parents=True)
        try:
            with full_disk():
                spooled = Spooled(folder)
            try:
                yield spooled
            finally:
                spooled.close()
        finally:
            # A few files: quicker than to ask a thread, and done even when this task is cancelled.
            shutil.rmtree(folder, ignore_errors=True)

    def tidy(self) -> None:
        """Removes what processes left that died."""
        for folder in self._folder.glob("*"):
            try:
                if folder.stat().st_mtime < time.time() - LEFT_BEHIND:
                    shutil.rmtree(folder, ignore_errors=True)
            except FileNotFoundError:
                continue
