"""A server process of the tests with its children, its port and its folder."""

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


# Lives until its standard input ends, which is when the test process does, however that happens.
GUARD = """
cat >/dev/null
pid=$(cat "$1/pid" 2>/dev/null) && kill -s "$2" "$pid" && kill -s CONT "$pid"
sleep 1
rm -rf "$1"
"""


class Service(ABC):
    """One server process with its children, its port and its folder.

    ``stop`` and ``kill`` keep the port and the data; ``close`` removes everything.
    """

    name: str
    # Ends the server at once, its children too: for the guard, who can wait for nobody.
    quit_signal: str

    def __init__(self) -> None:
        self.port = free_port()
        # Not $TMPDIR: the path of PostgreSQL's socket file must be short.
        self.folder = Path(tempfile.mkdtemp(prefix=f"chat-{self.name}-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = subprocess.Popen(
            ["sh", "-c", GUARD, "guard", str(self.folder), self.quit_signal],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl-C in the terminal is not meant for it.
            start_new_session=True,
        )

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def _prepare(self) -> None:
        """Makes the data folder, once."""

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _probe(self) -> None:
        """Raises while the server takes no connection."""

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
        """Ends the server in order; one that does not end is killed."""
        if self._process is not None and self.running:
            self.resume()
            # To PostgreSQL this is the fast shutdown: clients are cut off, nothing is lost.
            self._process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOPPED_WITHIN)
        self.kill()

    def kill(self) -> None:
        """SIGKILL to every process of the server: a crash. The data stays as it is on disk."""
        if self._process is None:
            return
        pids = self._freeze()
        _signal(pids, signal.SIGKILL)
        self._process.wait(STOPPED_WITHIN)
        _wait_until_gone(pids)
        self._process = None
        # The number may soon be another's.
        (self.folder / "pid").unlink(missing_ok=True)

    def pause(self) -> None:
        """A hang: connections are still taken by the kernel, and nobody answers."""
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
        """Stops the parent first, so that it can make no more children, nor miss one."""
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
    # Below the ports that the kernel gives to clients: while the server is down, none of them,
    # not even one that tries again and again to reach it, can end up as the owner of its port.
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port between 20000 and 30000")


def _processes() -> Iterator[tuple[int, int, str]]:
    """The id, the parent's id and the state of every process here."""
    if not Path("/proc/self/stat").exists():
        listing = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid=,state="], text=True)
        for pid, parent, state in (line.split() for line in listing.splitlines()):
            yield int(pid), int(parent), state[0]
        return
    for file in Path("/proc").glob("[0-9]*/stat"):
        # Processes come and go meanwhile.
        with contextlib.suppress(OSError):
            # The name before these may hold anything, even ")".
            state, parent = file.read_text(errors="replace").rpartition(")")[2].split()[:2]
            yield int(file.parent.name), int(parent), state


def _children(pid: int) -> list[int]:
    return [child for child, parent, _ in _processes() if parent == pid]


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _wait_until_gone(pids: list[int]) -> None:
    # PostgreSQL starts on its old data only once the last child of before is dead. A zombie is:
    # in a container there may be nobody to bury it.
    deadline = time.monotonic() + STOPPED_WITHIN
    while any(pid in pids and state != "Z" for pid, _, state in _processes()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"still there after SIGKILL: some of {pids}")
        time.sleep(0.01)
