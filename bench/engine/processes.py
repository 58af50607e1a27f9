"""Builds and starts the programs of the benchmark, each on its own core."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any, Self

import msgspec

from bench.usage import cpu_seconds, memory_mb

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
BUILD = ROOT / "build" / "bench"
NODE = HERE / "node"
PROGRAMS = {"load": ("load.c", "messages.c", "wire.c"), "bound": ("bound.c",)}
STARTUP = 30.0

# The command of each server, with its port and the seconds between pings.
SERVERS: dict[str, list[str]] = {
    "ours": [sys.executable, "-m", "bench.engine.servers.ours", "{port}", "{ping}"],
    "node": ["node", str(NODE / "server.js"), "{port}", "{ping}"],
    "stock": [sys.executable, "-m", "bench.engine.servers.stock", "{port}", "{ping}"],
    "C": [str(BUILD / "bound"), "{port}", "{ping}", "each"],
    "C merged": [str(BUILD / "bound"), "{port}", "{ping}", "merged"],
}


def cores() -> tuple[int, int]:
    """The cores for the server and for the load client; the same if there is only one."""
    found = sorted(os.sched_getaffinity(0))
    return found[0], found[-1]


def build(servers: list[str]) -> None:
    """Build the programs that do not exist yet or are older than their source."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for program, sources in PROGRAMS.items():
        files = [HERE / "c" / name for name in sources]
        newest = max(file.stat().st_mtime for file in (HERE / "c").iterdir())
        target = BUILD / program
        if not target.exists() or target.stat().st_mtime < newest:
            compile_program(target, files)
    if "node" in servers:
        install(NODE)


def install(folder: Path) -> None:
    """Install the packages that a program for node needs, unless they are there."""
    if not (folder / "node_modules").exists():
        print("installing packages for node", flush=True)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)


def compile_program(target: Path, files: list[Path]) -> None:
    compiler = os.environ.get("CC") or shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise SystemExit("a C compiler is needed for the load client: apt install gcc")
    subprocess.run(
        [compiler, "-O2", "-Wall", "-Wextra", f"-I{HERE / 'c'}", "-o", target, *files], check=True
    )


class Server:
    """One server under test, from ``SERVERS`` or with another ``command``. Its CPU time and memory
    can be read at any time."""

    def __init__(self, name: str, ping_interval: int, command: Sequence[str] | None = None) -> None:
        self.name = name
        self.port = free_port()
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115, closed with the server
        self._process = subprocess.Popen(
            [part.format(port=self.port, ping=ping_interval) for part in command or SERVERS[name]],
            cwd=ROOT,
            stdout=self._log,
            stderr=self._log,
            preexec_fn=partial(on_core, cores()[0]),
        )

    def __enter__(self) -> Self:
        until = time.monotonic() + STARTUP
        while not answers(self.port):
            if self._process.poll() is not None or time.monotonic() > until:
                said = self.complaints()
                self.__exit__()
                raise RuntimeError(f"{self.name} does not start: {said}")
            time.sleep(0.05)
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def cpu(self) -> float:
        return cpu_seconds(self.pid)

    def memory_kib(self) -> float:
        return memory_mb(self.pid) * 1024

    def complaints(self) -> str:
        """The end of its output."""
        self._log.seek(0)
        return self._log.read()[-2000:].decode(errors="replace")


class Load:
    """The load client. Its commands are described in `c/load.c`."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._process = subprocess.Popen(
            [BUILD / "load", str(server.port), str(server.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=partial(on_core, cores()[1]),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.communicate()

    def __call__(self, command: str) -> dict[str, Any]:
        """Send a command. Returns the answer, with the CPU seconds that the server has used in the
        meantime as ``cpu``."""
        assert self._process.stdin and self._process.stdout
        before = self.server.cpu()
        self._process.stdin.write(command.encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer = msgspec.json.decode(line or b'{"error": "the load client is gone"}')
        if isinstance(answer, list):
            answer = answer[0]
        if "error" in answer:
            said = self.server.complaints()
            raise RuntimeError(f"{self.server.name}: {command}: {answer['error']}\n{said}")
        return {**answer, "cpu": self.server.cpu() - before}

    def connect(
        self, count: int, rooms: int, transport: str = "websocket", parallel: int = 64
    ) -> dict[str, Any]:
        return self(f"connect {count} {rooms} {parallel} {transport}")

    def flight(self, senders: int, cpu: float, room: int = -1) -> dict[str, Any]:
        return self(f"flight {senders} {cpu} {room}")


def on_core(core: int) -> None:
    """Move this process to a core, and let it open as many files as it may."""
    os.sched_setaffinity(0, {core})
    _raise_file_limit()


def _raise_file_limit() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def answers(port: int) -> bool:
    """Whether something listens at the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
