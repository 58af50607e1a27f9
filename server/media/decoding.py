"""Runs a few processes that open files (``decoder.py``). They are started for the first file."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog
from msgspec import Struct

from server.kernel.errors import Invalid, StorageFull, Unavailable
from server.media.entity import OpenedFile
from server.media.spool import full_disk
from server.media.turns import DecoderTurns

log = structlog.get_logger("media")

SCRIPT = Path(__file__).with_name("decoder.py")
MOST_PROCESSES = 2
# The most files that may wait; more are refused. Waiting files are on the disk.
MOST_WAITING_FILES = 256
# The most seconds of real time that one file may take.
DECODING_TIMEOUT = 20.0
# The number of jobs after which a process is replaced, because libraries may leak memory.
MOST_JOBS = 200
# The only environment variables that the processes get.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ")
# The most bytes of an answer, because a hostile file may have taken over the process.
MOST_ANSWER = 4096


class Started(Struct, frozen=True):
    """The first line of a process. ``missing``: the parts of the wall that this system does not
    support."""

    missing: list[str]


class Answer(OpenedFile, frozen=True, kw_only=True):
    refused: str | None = None
    full: bool = False


S = TypeVar("S", bound=Struct)


class _Process:
    def __init__(self, process: asyncio.subprocess.Process, ours: socket.socket) -> None:
        self._process = process
        self._socket = ours
        self.jobs = 0

    @classmethod
    async def start(cls) -> _Process:
        ours, its = socket.socketpair()
        ours.setblocking(False)
        with its:
            # Nothing else is inherited. The options are -s and -E, because -I would also leave the
            # script's own folder out of the import path.
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-sE",
                str(SCRIPT),
                stdin=its.fileno(),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
                cwd="/",
            )
        return cls(process, ours)

    async def started(self) -> list[str]:
        return (await self._read(Started)).missing

    async def ask(self, job: Mapping[str, object], files: list[int]) -> Answer:
        """Sends a job and returns the answer. Raises ``OSError`` if the process ends before it
        answers, or if its answer is malformed."""
        self.jobs += 1
        socket.send_fds(self._socket, [msgspec.json.encode(job) + b"\n"], files)
        return await self._read(Answer)

    async def _read(self, kind: type[S]) -> S:
        line = b""
        while not line.endswith(b"\n"):
            more = await asyncio.get_running_loop().sock_recv(self._socket, MOST_ANSWER)
            if not more or len(line) > MOST_ANSWER:
                raise OSError("it ended")
            line += more
        try:
            return msgspec.json.decode(line, type=kind)
        except msgspec.DecodeError as error:
            raise OSError("it says what cannot be") from error

    async def end(self) -> None:
        self._socket.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


class Decoders:
    """Opens one file of each user at a time, and users take turns. So a user with many slow files
    delays another user by at most one of them."""

    def __init__(self, patience: float = DECODING_TIMEOUT) -> None:
        self._patience = patience
        self._turns = DecoderTurns(MOST_PROCESSES, MOST_WAITING_FILES)
        self._idle: list[_Process] = []
        self._used = False
        self._told = False

    async def run(
        self,
        job: str,
        user_id: str,
        source: Path,
        targets: Mapping[int, Path] | None = None,
        kind: str = "",
    ) -> OpenedFile:
        """Opens a user's file and returns what was found in it. Raises ``Invalid`` (file) if the
        file cannot or may not be opened, or if it made the process hang or die. The next file then
        gets another process."""
        async with self._turns.turn(user_id):
            self._used = True
            process = self._idle.pop() if self._idle else await self._start()
            try:
                answer = await self._ask(process, job, kind, source, targets or {})
            except (OSError, TimeoutError) as error:
                log.warning("a file could not be decoded", reason=type(error).__name__)
                await process.end()
                raise Invalid("This file cannot be processed.", field="file") from None
            except BaseException:
                await process.end()
                raise
            await self._put_back(process)
        if answer.full:
            raise StorageFull()
        if answer.refused:
            raise Invalid(answer.refused, field="file")
        return answer

    async def _start(self) -> _Process:
        process = await _Process.start()
        try:
            async with asyncio.timeout(DECODING_TIMEOUT):
                missing = await process.started()
        except (OSError, TimeoutError):
            await process.end()
            log.warning("no process to open files can be started")
            raise Unavailable(retry_after=5) from None
        except BaseException:
            await process.end()
            raise
        if missing and not self._told:
            log.warning("files are opened behind a wall that is not whole", missing=missing)
            self._told = True
        return process

    async def _ask(
        self, process: _Process, job: str, kind: str, source: Path, targets: Mapping[int, Path]
    ) -> Answer:
        with _opened(source, *targets.values()) as files:
            async with asyncio.timeout(self._patience):
                said = {"job": job, "kind": kind, "sides": list(targets)}
                return await process.ask(said, files)

    async def _put_back(self, process: _Process) -> None:
        if process.jobs < MOST_JOBS:
            self._idle.append(process)
        else:
            await process.end()

    async def rest(self) -> None:
        """Ends the processes if none was used since the last call."""
        if not self._used:
            await self.close()
        self._used = False

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().end()


@contextmanager
def _opened(source: Path, *targets: Path) -> Iterator[list[int]]:
    """Opens the files for the process, which may not open any file itself and may run as another
    user."""
    files: list[int] = []
    try:
        files.append(os.open(source, os.O_RDONLY | os.O_CLOEXEC))
        with full_disk():
            for target in targets:
                wanted = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                files.append(os.open(target, wanted, 0o600))
        yield files
    finally:
        for file in files:
            os.close(file)
