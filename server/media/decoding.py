"""A few processes that open files (``decoder.py``), started when the first file comes."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog

from server.errors import Invalid, StorageFull

log = structlog.get_logger("media")

SCRIPT = Path(__file__).with_name("decoder.py")
MOST_PROCESSES = 2
# Seconds that one file may take, by the clock on the wall.
PATIENCE = 30.0
# Jobs after which a process is replaced, whatever it has leaked.
MOST_JOBS = 200
# All that it needs to know of the world around it.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ")


class _Process:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.jobs = 0

    @classmethod
    async def start(cls) -> _Process:
        # -s and -E would also leave out the script's own folder with -I.
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-sE",
            str(SCRIPT),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
        )
        return cls(process)

    async def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """Raises ``OSError`` when the process ends before it answers."""
        assert self._process.stdin and self._process.stdout
        self.jobs += 1
        self._process.stdin.write(msgspec.json.encode(job) + b"\n")
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise OSError("it ended")
        answer: dict[str, Any] = msgspec.json.decode(line)
        return answer

    async def end(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


class Decoders:
    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._slots = asyncio.Semaphore(MOST_PROCESSES)
        self._idle: list[_Process] = []
        self._used = False

    async def run(self, job: str, **given: Any) -> dict[str, Any]:
        """What the job answers. ``Invalid`` (file) for what cannot or may not be opened, and for
        what made its process hang or die; the next file gets another process."""
        async with self._slots:
            self._used = True
            process = self._idle.pop() if self._idle else await _Process.start()
            try:
                async with asyncio.timeout(self._patience):
                    answer = await process.ask({"job": job, **given})
            except (OSError, TimeoutError) as error:
                log.warning("a file could not be decoded", reason=type(error).__name__)
                await process.end()
                raise Invalid("this file takes too much to open", field="file") from None
            except BaseException:
                await process.end()
                raise
            await self._put_back(process)
        if answer.get("full"):
            raise StorageFull()
        if refused := answer.get("refused"):
            raise Invalid(refused, field="file")
        return answer

    async def _put_back(self, process: _Process) -> None:
        if process.jobs < MOST_JOBS:
            self._idle.append(process)
        else:
            await process.end()

    async def rest(self) -> None:
        """Ends the processes when none was used since this was last called."""
        if not self._used:
            await self.close()
        self._used = False

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().end()
