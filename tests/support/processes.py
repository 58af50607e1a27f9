"""Programs that run beside a test."""

from __future__ import annotations

import asyncio

# Seconds that a program may take for its next line.
PATIENCE = 30.0


async def read_until(process: asyncio.subprocess.Process, text: str) -> None:
    """Reads lines of the program until one has this text in it."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while line := (await process.stdout.readline()).decode():
            if text in line:
                return
    raise AssertionError(f"the program ended without {text!r}")
