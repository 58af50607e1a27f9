"""Node.js and the packages of tests/support/js, for tests that run the stock JavaScript client."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Self

FOLDER = Path(__file__).parent / "js"
# The generators of clients take 190 MB, so only the test that uses them installs them.
GENERATORS = Path(__file__).parent / "generators"
PATIENCE = 30.0


def install(folder: Path = FOLDER) -> Path:
    """The folder with node_modules. Installs the packages if the lock file is newer."""
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("npm is missing: the tests of the JavaScript client need Node.js")
    stamp, lock = folder / "node_modules" / ".installed", folder / "package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        options = ["--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run([npm, "ci", *options], cwd=folder, check=True)
        stamp.touch()
    return folder


def prepare() -> None:
    """Install what is missing, if there is Node.js. Without it, the tests that need it say so."""
    if shutil.which("npm"):
        install()


class NodeScript:
    """A Node.js process that reports its progress in lines of JSON, each with a ``step``."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, *arguments: str) -> Self:
        process = await asyncio.create_subprocess_exec(
            "node",
            *arguments,
            cwd=FOLDER,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=2**20,
        )
        return cls(process)

    async def step(self, name: str) -> dict[str, Any]:
        """Wait for the next line, which must report this step."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = (await self._process.stdout.readline()).decode()
        assert line.startswith("{"), line + await self._rest()
        said: dict[str, Any] = json.loads(line)
        assert said["step"] == name, said
        return said

    async def tell(self, **command: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        await self._process.stdin.drain()

    async def _rest(self) -> str:
        assert self._process.stdout is not None
        return (await self._process.stdout.read(4000)).decode()

    async def close(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
