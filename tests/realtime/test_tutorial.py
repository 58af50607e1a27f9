"""python-socketio's tutorial on this engine: as it is in the repository, and as a wheel of its own.

Nothing of the chat server is needed for that, which is why its libraries cannot be imported here.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio

from tests.support.engine import soon
from tests.support.node import ROOT
from tests.support.processes import PATIENCE, read_until

TUTORIAL = Path(__file__).parent / "tutorial" / "app.py"
IMPORT, OPTIONS = "import socketio\n", 'async_mode="aiohttp"'
CHANGED = 'explicit_accept=False, cors_allowed_origins="*"'
# What the chat server needs, and the engine does not.
CHAT = ("tortoise", "aerich", "redis", "asyncpg", "aiosqlite", "PIL", "argon2", "jwt", "uvloop")
BLOCKED = "import sys\nsys.modules |= dict.fromkeys({names!r})\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the wheel was installed."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, str(ROOT / "packaging/engine/build.py"), str(folder)]
    built = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    options = ["--quiet", "--no-deps", "--no-index", "--target", str(folder / "installed"), built]
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    subprocess.run([*pip, *options], check=True)
    return folder / "installed"


def source(name: str | None, blocked: tuple[str, ...]) -> str:
    """The tutorial, with the import and two options changed if ``name`` is given."""
    text = TUTORIAL.read_text()
    if name is None:
        return text
    assert IMPORT in text and OPTIONS in text
    text = text.replace(IMPORT, f"{name} as socketio\n").replace(OPTIONS, CHANGED)
    return BLOCKED.format(names=blocked) + text


@asynccontextmanager
async def running(program: str, path: Path | None) -> AsyncIterator[str]:
    """The URL of the program, which finds modules in ``path`` besides those of the environment."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-c",
        program,
        cwd="/",
        env={**os.environ, "PORT": str(port), "PYTHONPATH": str(path or "")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        await read_until(process, "Running on")
        yield f"http://127.0.0.1:{port}"
        await read_until(process, "Client disconnected, reason:")
    finally:
        process.kill()
        await process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def conversation(url: str, transport: str) -> list[Any]:
    """What a client of the tutorial is told."""
    told: list[Any] = []
    heard: asyncio.Queue[str] = asyncio.Queue()
    ticked, gone = asyncio.Event(), asyncio.Event()
    client = socketio.AsyncClient(reconnection=False)
    client.on("my_response", lambda message: heard.put_nowait(message["data"]))
    client.on("tick", lambda message: ticked.set())
    client.on("disconnect", lambda *_: gone.set())
    async with aiohttp.ClientSession() as http, http.get(url) as page:
        told.append(await page.text())
    headers = {"User-Agent": "tutorial", "Origin": url}
    await client.connect(url, headers=headers, transports=[transport], retry=False)
    for event, message in (
        ("my_event", {"data": "echo"}),
        ("my_broadcast_event", {"data": "all"}),
        ("join", {"room": "tea"}),
        ("my_room_event", {"room": "tea", "data": "in the room"}),
        ("leave", {"room": "tea"}),
        ("join", {"room": "milk"}),
        ("close_room", {"room": "milk"}),
    ):
        await client.emit(event, message)
        told.append((event, await soon(heard.get())))
    told.append(await client.call("who", timeout=PATIENCE))
    await soon(ticked.wait())
    await client.emit("disconnect_request")
    await soon(gone.wait())
    return told


@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize("way", ["repository", "wheel"])
async def test_the_tutorial_runs_with_its_import_and_two_options_changed(
    way: str, transport: str, wheel: Path
) -> None:
    async with running(source(None, ()), None) as url:
        stock = await conversation(url, transport)
    if way == "wheel":
        program, path = source("import realtime_engine", (*CHAT, "server")), wheel
    else:
        program, path = source("import server.realtime", CHAT), ROOT
    async with running(program, path) as url:
        assert await conversation(url, transport) == stock
    assert len(stock) == 9


def test_the_wheel_has_all_that_it_names(wheel: Path) -> None:
    """And nothing of the chat server."""
    assert not (wheel / "server").exists()
    metadata = next(wheel.glob("*.dist-info/METADATA")).read_text()
    assert "\nName: realtime-engine\n" in metadata
    for name in ("python-socketio==", "python-engineio==", "aiohttp==", "msgspec", "structlog"):
        assert f"Requires-Dist: {name}" in metadata
    for name in CHAT:
        assert f"Requires-Dist: {name}" not in metadata
    assert not [p for p in wheel.rglob("*.py") if "from server" in p.read_text()]
