"""Where the servers of the tests come from: forks of a process that has imported the server, which
is three quarters of a start. ``python -m server`` itself is what ``Node.begin`` runs.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import threading
from collections.abc import Callable
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from server.commands import main

Entry = Callable[[list[str]], int]
"""What serves in the new process; ``main`` is ``python -m server``."""

_context: SpawnContext | ForkServerContext = multiprocessing.get_context("spawn")


def share_imports() -> None:
    """From here on there are forks. Before, and wherever lines are counted, which begins with a
    process, each server is one from scratch: so are those of the benchmarks."""
    global _context
    if not any(name.startswith("COVERAGE_") for name in os.environ):
        _context = multiprocessing.get_context("forkserver")
        _context.set_forkserver_preload([__name__])


def begin(
    environment: dict[str, str],
    log: Path,
    files: tuple[int, int] | None = None,
    entry: Entry = main,
) -> BaseProcess:
    """A server with these variables and no other, which writes to the end of ``log``, and with
    these limits of open files, soft and hard. It does not outlive this process."""
    given = environment, log, files, entry
    process = _context.Process(target=_serve, args=given, daemon=True)
    process.start()
    return process


def _serve(
    environment: dict[str, str], log: Path, files: tuple[int, int] | None, entry: Entry
) -> None:
    if files is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, files)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.exit(entry([]))


def _end_with_parent() -> None:
    """Also where the tests were killed, and could end nothing themselves."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
