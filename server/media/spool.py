"""Where uploads take shape: each in a folder of its own that is gone when it is done.

Several nodes may share the place. Each folder holds a file that its upload keeps locked, so that
what processes left behind that died is known at once, and by any node.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from server.kernel.errors import StorageFull

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LOCK = "lock"
# Seconds. No upload lasts so long: what is older was left behind, whatever its lock says.
LEFT_BEHIND = 2 * 3600
# Seconds in which a folder that is being made gets its lock.
JUST_MADE = 60
# A disk that is small keeps less in reserve: one part in so many.
LARGEST_RESERVE = 20


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

    def __init__(self, spool: Spool, folder: Path) -> None:
        self.folder = folder
        self.original = folder / "original"
        self.size = 0
        self._spool = spool
        self._lock = _locked(folder)
        self._file = self.original.open("wb")

    async def write(self, chunk: bytes) -> None:
        with full_disk():
            await asyncio.to_thread(self._write, chunk)
        self.size += len(chunk)

    def _write(self, chunk: bytes) -> None:
        self._spool.check_space(len(chunk))
        self._file.write(chunk)

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
            pass
        finally:
            self._lock.close()


class Spool:
    """``reserve``: bytes of the disk that stay free, for the database may be on it too."""

    def __init__(self, folder: Path, reserve: int = 0) -> None:
        self._folder = folder
        self._reserve = reserve

    @asynccontextmanager
    async def open(self, size: int = 0) -> AsyncIterator[Spooled]:
        """``size``: bytes that are known to come. ``StorageFull`` when the disk has no room."""
        folder = self._folder / uuid4().hex
        with full_disk():
            folder.mkdir(parents=True)
        try:
            self.check_space(size)
            with full_disk():
                spooled = Spooled(self, folder)
            try:
                yield spooled
            finally:
                spooled.close()
        finally:
            # A few files: quicker than to ask a thread, and done even when this task is cancelled.
            shutil.rmtree(folder, ignore_errors=True)

    def check_space(self, size: int) -> None:
        """Raises ``StorageFull`` when so many bytes more would leave too little."""
        disk = os.statvfs(self._folder)
        reserve = min(self._reserve, disk.f_blocks * disk.f_frsize // LARGEST_RESERVE)
        if reserve and disk.f_bavail * disk.f_frsize - size < reserve:
            raise StorageFull()

    def tidy(self) -> None:
        """Removes what processes left that died."""
        for folder in self._folder.glob("*"):
            try:
                if _is_left(folder):
                    shutil.rmtree(folder, ignore_errors=True)
            except FileNotFoundError:
                continue


def _locked(folder: Path) -> BinaryIO:
    """It gets its name once it is locked, so that nobody finds it free while its owner lives."""
    made = folder / f"{LOCK}.new"
    file = made.open("wb")
    with suppress(OSError):
        # Not every file system has locks: see ``_is_left``.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    made.rename(folder / LOCK)
    return file


def _is_left(folder: Path) -> bool:
    age = time.time() - folder.stat().st_mtime
    try:
        with (folder / LOCK).open("r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return age > JUST_MADE
    except OSError:
        return age > LEFT_BEHIND
