"""Notices that a disk is full, by trying to write and by writes that failed, and logs that once."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import structlog

from server.kernel.errors import ChatError
from server.media.spool import DISK_FULL

log = structlog.get_logger("server")

# A disk that has no room for these bytes is full. They are random, because a file system may
# compress other bytes.
TRIAL = os.urandom(256 * 1024)
# The least time between two trials (seconds).
BETWEEN = 1.0
# How long the database counts as full after it had no room for a statement (seconds).
REMEMBERED = 30.0


class FullDisks:
    """``folders``: the folders in which the server itself stores data, by what they hold. That a
    database elsewhere is full is only known from the statements that it refused. ``trials``:
    functions that store something for a moment there, and return whether there was room. They
    decide how long what has refused a statement counts as full."""

    def __init__(
        self, folders: Mapping[str, Path], trials: Mapping[str, Callable[[], Awaitable[bool]]]
    ) -> None:
        self._folders = folders
        self._trials = trials
        self._refused: dict[str, float] = {}
        self._tried: set[str] = set()
        self._next = 0.0
        self._told: set[str] = set()

    async def check(self) -> set[str]:
        """The names of the stores that have no room now. Tries to write to each folder, unless that
        was done a moment ago."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + BETWEEN
            self._tried = await asyncio.to_thread(self._try_all)
            await self._try_again()
        return self._full()

    async def watch(self) -> None:
        """Logs that a disk has become full, or has room again."""
        await self.check()

    def refused(self, what: str) -> None:
        """Notes that ``what`` had no room for something. The next check reports it, with all other
        stores that have no room."""
        self._refused[what] = time.monotonic() + REMEMBERED
        self._next = 0.0

    async def _try_again(self) -> None:
        for what in self._refused.keys() & self._trials.keys():
            # If it cannot be tried now, what is remembered stands.
            with suppress(ChatError):
                if await self._trials[what]():
                    self._refused.pop(what, None)
                else:
                    self._refused[what] = time.monotonic() + REMEMBERED

    def _full(self) -> set[str]:
        now = time.monotonic()
        full = self._tried | {what for what, until in self._refused.items() if now < until}
        if full - self._told:
            log.error("the disk is full: nothing new can be stored", of=sorted(full))
        elif self._told and not full:
            log.info("the disk has room again")
        # A store is logged once until all stores have room again.
        self._told = full | self._told if full else set()
        return full

    def _try_all(self) -> set[str]:
        return {what for what, folder in self._folders.items() if not takes_more(folder)}


def takes_more(folder: Path) -> bool:
    """Whether the folder's disk has room for a file. Errors other than a full disk do not count."""
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            return file.write(TRIAL) == len(TRIAL)
    except OSError as error:
        return error.errno not in DISK_FULL
