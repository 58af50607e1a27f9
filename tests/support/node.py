"""Real server processes for the tests, on loopback, each with its own settings."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Self

from tests.support import server_processes

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret for tests only, with more than 32 bytes"
START_TIMEOUT = 30.0
STOP_TIMEOUT = 15.0

# The kinds of deployment that a test runs on by default.
KINDS = ("sqlite", "postgres")


def clustered(database_url: str, redis_url: str) -> dict[str, str]:
    """The settings of a node among several."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": SECRET,
        "AUTO_MIGRATE": "on",
    }


class Node:
    """``python -m server`` on a free port. ``settings`` are environment variables."""

    # The checkout whose code the node runs.
    tree = ROOT

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.log = folder / "node.log"
        self.settings = {
            "DATA_DIR": str(folder),
            "HOST": "127.0.0.1",
            "PORT": "0",
            "LOG_FORMAT": "json",
            "RATE_LIMITS": "off",
            # The host of the tests' push service.
            "PUSH_PRIVATE_HOSTS": "127.0.0.1",
            **settings,
        }
        # Its limits of open files (soft, hard). None: those of the test process.
        self.files: tuple[int, int] | None = None
        # The function that it runs. Tests may replace ``python -m server``'s with a modified one.
        self.entry: server_processes.Entry = server_processes.main
        self.port = 0
        self._process: BaseProcess | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        return f"{self.url}/api/v1"

    @property
    def pid(self) -> int:
        assert self._process is not None and self._process.pid is not None
        return self._process.pid

    def start(self) -> Self:
        """Start the server and wait until it is ready. A restarted node keeps its port."""
        self.log.touch()
        seen = self.log.stat().st_size
        environment = self.environment | self._same_port()
        self._process = server_processes.begin(environment, self.log, self.files, self.entry)
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self._process.is_alive():
            self.port = self.port or self._announced_port(seen)
            if self.port and self._ready():
                return self
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the node did not start:\n{self.log_text()[-3000:]}")

    def _same_port(self) -> dict[str, str]:
        return {"PORT": str(self.port)} if self.port else {}

    def _announced_port(self, seen: int) -> int:
        for line in self.log.read_bytes()[seen:].decode().splitlines():
            if '"serving"' in line:
                return int(json.loads(line)["port"])
        return 0

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """Stop the server with SIGTERM, so that it shuts down in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: int) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
        self._process.join(STOP_TIMEOUT)
        late, process, self._process = self._process.is_alive(), self._process, None
        process.kill()
        if late:
            raise RuntimeError(f"the node did not stop:\n{self.log_text()[-3000:]}")

    @property
    def database_url(self) -> str:
        return self.settings.get("DATABASE_URL", f"sqlite:///{self.folder}/chat.db")

    @property
    def environment(self) -> dict[str, str]:
        return _environment() | self.settings

    def begin(self, *command: str, **settings: str) -> subprocess.Popen[str]:
        """Start ``python -m server`` with a command, on this node's database."""
        return subprocess.Popen(
            [sys.executable, "-m", "server", *command],
            cwd=ROOT,
            env=self.environment | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Do what ``begin`` does, and wait for the command to end."""
        process = self.begin(*command, **settings)
        try:
            out, err = process.communicate(timeout=2 * START_TIMEOUT)
        finally:
            process.kill()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def log_text(self) -> str:
        return self.log.read_text()

    def log_lines(self, since: int = 0) -> list[dict[str, Any]]:
        """The whole lines of the log after byte ``since``, parsed as JSON (see ``_read_line`` for
        other lines)."""
        raw = self.log.read_bytes()[since:].decode().splitlines()
        return [_read_line(line) for line in raw]

    def errors(self, since: int = 0) -> list[dict[str, Any]]:
        """The log lines that report an error of the server: of level error, or with a traceback."""
        return [
            line
            for line in self.log_lines(since)
            if line.get("level") in (None, "error", "critical") or "exception" in line
        ]


def _read_line(line: str) -> dict[str, Any]:
    try:
        read: dict[str, Any] = json.loads(line)
    except ValueError:
        return {"no JSON": line}
    return read


def _environment() -> dict[str, str]:
    """The environment of the test process, without variables that would change the settings."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    coverage = {k: v for k, v in os.environ.items() if k.startswith("COVERAGE_")}
    return {k: os.environ[k] for k in kept if k in os.environ} | coverage
