"""The folder for uploads under way. Each upload has a folder of its own, which is deleted when the
upload ends.

Several nodes may share it. Each upload keeps a file in its folder locked. So every node can see at
once which folders belong to processes that died.
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

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LOCK = "lock"
# No upload lasts this long (seconds). Older folders were left behind, even if they look locked.
LEFT_BEHIND = 2 * 3600
# A new folder gets its lock within this time (seconds).
JUST_MADE = 60
# A small disk has a smaller reserve: one part in this many.
LARGEST_RESERVE = 20


@contextmanager
def full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
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
        """Completes the file, so that others may read it."""
        with full_disk():
            await asyncio.to_thread(self._file.close)

    async def head(self, size: int) -> bytes:
        """The first ``size`` bytes of the completed file."""
        await self.done()
        with self.original.open("rb") as file:
            return file.read(size)

    def close(self) -> None:
        try:
            self._file.close()
        except OSError:
            # The buffered rest does not fit on the disk, and is no longer needed.
            pass
        finally:
            self._lock.close()


class Spool:
    """``reserve``: the bytes of the disk that stay free, because the database may be on it too."""

    def __init__(self, folder: Path, reserve: int = 0) -> None:
        self._folder = folder
        self._reserve = reserve

    @asynccontextmanager
    async def open(self, size: int = 0) -> AsyncIterator[Spooled]:
        """Begins an upload, which ends with the ``with`` block. ``size``: the number of bytes that
        are known to come. Raises ``StorageFull`` if the disk has no room for them."""
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
            # There are only a few files. Deleting them here is faster than in a thread, and is done
            # even if this task is cancelled.
            shutil.rmtree(folder, ignore_errors=True)

    def check_space(self, size: int) -> None:
        """Raises ``StorageFull`` if ``size`` more bytes would leave too little free space."""
        disk = os.statvfs(self._folder)
        reserve = min(self._reserve, disk.f_blocks * disk.f_frsize // LARGEST_RESERVE)
        if reserve and disk.f_bavail * disk.f_frsize - size < reserve:
            raise StorageFull()

    def tidy(self) -> None:
        """Deletes the folders that dead processes left behind."""
        for folder in self._folder.glob("*"):
            try:
                if _is_left(folder):
                    shutil.rmtree(folder, ignore_errors=True)
            except FileNotFoundError:
                continue


def _locked(folder: Path) -> BinaryIO:
    """Makes a folder with its lock file. The file gets its name after it was locked, so that no
    process finds it unlocked while its owner is alive."""
    made = folder / f"{LOCK}.new"
    file = made.open("wb")
    with suppress(OSError):
        # Some file systems have no locks: see ``_is_left``.
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
