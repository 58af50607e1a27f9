"""Programs that run during a test."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Self

# Seconds that a program may take to print its next line.
PATIENCE = 30.0


async def read_until(process: asyncio.subprocess.Process, text: str) -> None:
    """Read lines of the program's output until one contains this text."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while line := (await process.stdout.readline()).decode():
            if text in line:
                return
    raise AssertionError(f"the program ended without {text!r}")


class Program:
    """A program that runs during a test, and all that it has printed."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.lines: list[str] = []
        self._process = process
        self._printed = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, folder: Path, *command: str) -> Self:
        """The name of the program is the last part of the command that names a file."""
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        return cls(command[1], process)

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    async def prints(self, text: str, seconds: float) -> bool:
        """Whether it prints a line with this text within this time, or has printed one."""
        try:
            async with asyncio.timeout(seconds), self._printed:
                await self._printed.wait_for(lambda: any(text in line for line in self.lines))
        except TimeoutError:
            return False
        return True

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        if self.running:
            self._process.kill()
        await self._process.wait()
        await self._reader

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            async with self._printed:
                self.lines.append(line.decode(errors="replace"))
                self._printed.notify_all()
