"""The README's two clients run as they stand there, and its settings are the server's."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import sys
from pathlib import Path

import pytest

from server.config import SETTINGS
from tests.support import javascript
from tests.support.node import ROOT, Node
from tests.support.processes import read_until

README = (ROOT / "README.md").read_text()
MOST_LINES = 20


def client(language: str) -> str:
    """The README's only block in that language."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 1
    return str(blocks[0])


@pytest.mark.parametrize("language", ["js", "python"])
def test_a_client_is_short(language: str) -> None:
    lines = [line for line in client(language).splitlines() if line.strip()]
    assert len(lines) <= MOST_LINES


def test_settings_table() -> None:
    table = README.split("<!-- settings -->\n")[1].split("<!-- /settings -->")[0]
    rows = [
        f"| `{s.name}` | {f'`{s.default}`' if s.default else 'none'} | {s.meaning} |"
        for s in SETTINGS
    ]
    assert table.splitlines()[2:] == rows


def free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


async def test_the_clients_talk_to_each_other(tmp_path: Path) -> None:
    # The clients say 8080: another port only where somebody has that one.
    node = Node(tmp_path / "node", PORT="8080" if free(8080) else "0").start()
    sources = {"chat.mjs": client("js"), "chat.py": client("python")}
    packages = javascript.install()
    started: list[asyncio.subprocess.Process] = []
    try:
        for name, source in sources.items():
            (tmp_path / name).write_text(source.replace("http://localhost:8080", node.url))
        shutil.copytree(packages / "node_modules", tmp_path / "node_modules")
        for program, name in (("node", "chat.mjs"), (sys.executable, "chat.py")):
            process = await asyncio.create_subprocess_exec(
                program, str(tmp_path / name), stdout=asyncio.subprocess.PIPE, cwd=tmp_path
            )
            started.append(process)
            if name == "chat.mjs":
                await read_until(process, "hello from JavaScript")
        # Each has heard the other: the Python client came later, so it reads what comes now.
        await read_until(started[0], "hello from Python")
        await read_until(started[1], "hello from Python")
        again = await asyncio.create_subprocess_exec(
            "node", str(tmp_path / "chat.mjs"), stdout=asyncio.subprocess.PIPE, cwd=tmp_path
        )
        started.append(again)
        await read_until(started[1], "hello from JavaScript")
    finally:
        for process in started:
            if process.returncode is None:
                process.kill()
            await process.wait()
        node.stop()
