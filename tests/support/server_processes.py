"""Starts the tests' servers by forking a process that has imported the server already; importing
takes three quarters of a start. ``Node.begin`` runs ``python -m server`` itself.
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
from typing import Any

from server.commands import main

Entry = Callable[[list[str]], int]
"""What serves in the new process; ``main`` is ``python -m server``."""

_context: SpawnContext | ForkServerContext = multiprocessing.get_context("spawn")


def share_imports() -> None:
    """Start servers as forks from now on. Without this call each server is a new process. This is
    so in the benchmarks, and when coverage is measured, because that starts with a process."""
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
    """Start a server with exactly this environment. It appends to ``log`` and has these limits of
    open files (soft, hard). It ends when this process ends."""
    process = new_process(_serve, environment, log, files, entry)
    process.start()
    return process


def new_process(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """A process that will run ``target`` when it is started, and that has the imports."""
    return _context.Process(target=target, args=arguments, daemon=True)


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
    """End this process when its parent ends, even if the parent was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
