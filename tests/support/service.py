"""The base of the tests' services, PostgreSQL and Redis."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

READY_WITHIN = 30.0


STOPPED_WITHIN = 15.0


# A shell script that waits until its standard input ends, which happens when the test process ends
# in whatever way. Then it kills the server and removes its folder.
GUARD = """
cat >/dev/null
pid=$(cat "$1/pid" 2>/dev/null) && kill -s "$2" "$pid" && kill -s CONT "$pid"
sleep 1
rm -rf "$1"
"""


class Service(ABC):
    """One service: its process and that process's children, its port and its folder.

    ``stop`` and ``kill`` keep the port and the data; ``close`` removes everything.
    """

    name: str
    # The signal that ends the service and its children at once. The guard script uses it, because
    # it cannot wait.
    quit_signal: str

    def __init__(self) -> None:
        self.port = free_port()
        # Not in $TMPDIR, because the path of PostgreSQL's socket file must be short.
        self.folder = Path(tempfile.mkdtemp(prefix=f"chat-{self.name}-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = subprocess.Popen(
            ["sh", "-c", GUARD, "guard", str(self.folder), self.quit_signal],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # In its own session it does not get a Ctrl-C from the terminal.
            start_new_session=True,
        )

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def _prepare(self) -> None:
        """Make the data folder, if it does not exist yet."""

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _probe(self) -> None:
        """Raise an error if the service does not accept connections yet."""

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self) -> None:
        if self.running:
            return
        self._prepare()
        self._process = self._spawn(self._command())
        (self.folder / "pid").write_text(str(self._process.pid))
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop the service in order. If it does not stop in time, it is killed."""
        if self._process is not None and self.running:
            self.resume()
            # For PostgreSQL SIGINT is the fast shutdown: clients are disconnected, nothing is lost.
            self._process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOPPED_WITHIN)
        self.kill()

    def kill(self) -> None:
        """Send SIGKILL to every process of the service, like a crash. The data stays on disk."""
        if self._process is None:
            return
        pids = self._freeze()
        _signal(pids, signal.SIGKILL)
        self._process.wait(STOPPED_WITHIN)
        _wait_until_gone(pids)
        self._process = None
        # Another process may soon get the same id.
        (self.folder / "pid").unlink(missing_ok=True)

    def pause(self) -> None:
        """Let the service hang: the kernel still accepts connections, but nothing answers."""
        self._freeze()

    def resume(self) -> None:
        if self._process is not None:
            _signal([*_children(self._process.pid), self._process.pid], signal.SIGCONT)

    def close(self) -> None:
        self.stop()
        self._guard.kill()
        self._guard.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _spawn(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **options,
            )

    def _freeze(self) -> list[int]:
        """Stop all processes. The parent is stopped first, so that it cannot start more children or
        notice that one is gone."""
        if self._process is None or not self.running:
            return []
        pid = self._process.pid
        _signal([pid], signal.SIGSTOP)
        pids = [pid, *_children(pid)]
        _signal(pids, signal.SIGSTOP)
        return pids

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while True:
            try:
                return self._probe()
            except Exception as error:
                if process.poll() is not None:
                    raise self._failure(f"ended with {process.returncode}") from error
                if time.monotonic() > deadline:
                    raise self._failure(f"was not ready in {READY_WITHIN:.0f} s") from error
            time.sleep(0.05)

    def _failure(self, what: str) -> RuntimeError:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return RuntimeError("\n".join([f"{self.name} {what}; the end of its log:", *lines[-20:]]))


def free_port() -> int:
    # The port is below the range that the kernel gives to clients. So while the service is down, no
    # client gets its port, not even one that keeps trying to reach it.
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port between 20000 and 30000")


def _processes() -> Iterator[tuple[int, int, str]]:
    """The id, the parent's id and the state of every process on this machine."""
    if not Path("/proc/self/stat").exists():
        listing = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid=,state="], text=True)
        for pid, parent, state in (line.split() for line in listing.splitlines()):
            yield int(pid), int(parent), state[0]
        return
    for file in Path("/proc").glob("[0-9]*/stat"):
        # A process may end meanwhile.
        with contextlib.suppress(OSError):
            # The process name before these fields may contain any character, even ")".
            state, parent = file.read_text(errors="replace").rpartition(")")[2].split()[:2]
            yield int(file.parent.name), int(parent), state


def _children(pid: int) -> list[int]:
    return [child for child, parent, _ in _processes() if parent == pid]


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _wait_until_gone(pids: list[int]) -> None:
    # PostgreSQL starts on its old data only once its last child is dead. A zombie counts as dead:
    # in a container there may be no process that reaps it.
    deadline = time.monotonic() + STOPPED_WITHIN
    while any(pid in pids and state != "Z" for pid, _, state in _processes()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"still there after SIGKILL: some of {pids}")
        time.sleep(0.01)
