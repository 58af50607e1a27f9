"""The clients of docs/protocol.md run as they stand there, and live through a restart."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from tests.support import javascript
from tests.support.client import new_id
from tests.support.node import ROOT, Node
from tests.support.processes import read_until
from tests.support.world import signup

GUIDE = (ROOT / "docs" / "protocol.md").read_text()


def example(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return str(found)


def test_what_was_not_run_says_so() -> None:
    for language in ("Swift", "Kotlin", "Dart"):
        section = GUIDE.split(f"## {language}")[1].split("\n## ")[0]
        assert "(not run)" in section.splitlines()[0]
        assert f"```{language.lower()}\n" in section


async def test_the_clients_go_on_after_a_restart(tmp_path: Path) -> None:
    node = Node(tmp_path / "node").start()
    packages = javascript.install()
    (tmp_path / "node_modules").symlink_to(packages / "node_modules")
    clients = {"chat.mjs": ("node", "js"), "chat.py": (sys.executable, "python")}
    started: list[asyncio.subprocess.Process] = []
    try:
        for name, (program, language) in clients.items():
            source = example(language).replace("http://localhost:8080", node.url)
            (tmp_path / name).write_text(source)
            process = await asyncio.create_subprocess_exec(
                program, str(tmp_path / name), stdout=asyncio.subprocess.PIPE, cwd=tmp_path
            )
            started.append(process)
            if language == "js":
                await read_until(process, "hello from JavaScript")
        for process in started:
            await read_until(process, "hello from Python")
        node.stop()
        node.start()
        ann = await signup(node, "ann")
        (lobby,) = (await ann.http("GET", "/rooms/public?q=lobby"))["items"]
        await ann.http("POST", f"/rooms/{lobby['id']}/join")
        body = {"client_id": new_id(), "text": "is anybody here?"}
        await ann.http("POST", f"/rooms/{lobby['id']}/messages", body)
        await ann.close()
        for process in started:
            await read_until(process, "is anybody here?")
    finally:
        for process in started:
            if process.returncode is None:
                process.kill()
            await process.wait()
        node.stop()
