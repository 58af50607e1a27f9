"""Programs that run during a test."""

from __future__ import annotations

import asyncio

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
