"""Builds the wheel ``realtime-engine``: server/realtime, and what it needs of server/kernel, under
the import name ``realtime_engine``.

    python packaging/engine/build.py [the folder for the wheel]
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NAME = "realtime_engine"
# Where each package of the server goes.
MOVED = {"server.realtime": NAME, "server.kernel": f"{NAME}.kernel"}
# The distribution of each package that is imported.
DISTRIBUTIONS = {
    "aiohttp": "aiohttp",
    "engineio": "python-engineio",
    "msgspec": "msgspec",
    "socketio": "python-socketio",
    "structlog": "structlog",
    "uuid_utils": "uuid-utils",
}
# The first heading of that page which is about the chat server.
LAST = "## What the libraries leave open"
# These come with aiohttp.
WITHIN = {"multidict", "yarl"}


def imported(source: str) -> Iterator[str]:
    """The modules that a module may import: of ``from a import b`` both ``a`` and ``a.b``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def file_of(module: str) -> Path | None:
    path = ROOT / module.replace(".", "/")
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


def needed() -> tuple[dict[str, Path], set[str]]:
    """The modules of the engine with their files, and the packages of others that they import."""
    waiting = [f"server.realtime.{p.stem}" for p in (ROOT / "server/realtime").glob("*.py")]
    found: dict[str, Path] = {}
    others: set[str] = set()
    while waiting:
        module = waiting.pop().removesuffix(".__init__")
        file = file_of(module)
        if file is None or module in found or module == "server":
            continue
        found[module] = file
        for name in imported(file.read_text()):
            if name.startswith("server."):
                waiting += [name, name.rpartition(".")[0]]
            else:
                others.add(name.partition(".")[0])
    return found, others - set(sys.stdlib_module_names) - WITHIN


def moved(text: str) -> str:
    for old, new in MOVED.items():
        text = re.sub(rf"\b{re.escape(old)}\b", new, text)
    return text


def place_of(module: str, file: Path) -> str:
    path = moved(module).replace(".", "/")
    return f"{path}/__init__.py" if file.name == "__init__.py" else f"{path}.py"


def readme() -> str:
    """The page about the engine, without what it says of the chat server."""
    page, _, _ = (ROOT / "docs/engine.md").read_text().partition(LAST)
    return moved(page).replace("server/realtime", NAME)


def write_sources(folder: Path) -> None:
    modules, others = needed()
    for module, file in modules.items():
        target = folder / place_of(module, file)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(moved(file.read_text()))
    (folder / NAME / "py.typed").touch()
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {re.split("[<>=~!]", each, maxsplit=1)[0]: each for each in whole["dependencies"]}
    wanted = sorted(pinned[DISTRIBUTIONS[name]] for name in others)
    project = (HERE / "pyproject.toml").read_text()
    lines = f'version = "{whole["version"]}"\ndependencies = {wanted}'
    (folder / "pyproject.toml").write_text(project.replace("dynamic = []", lines))
    shutil.copy(ROOT / "LICENSE", folder)
    (folder / "README.md").write_text(readme())


def build(target: Path) -> Path:
    """Builds the wheel in a folder, and returns its path. Raises ``CalledProcessError``."""
    target.mkdir(parents=True, exist_ok=True)
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    with tempfile.TemporaryDirectory() as folder:
        write_sources(Path(folder))
        command = [uv, "build", "--quiet", "--wheel", "--out-dir", str(target.resolve()), folder]
        subprocess.run(command, check=True)
    return max(target.glob(f"{NAME}-*.whl"), key=lambda wheel: wheel.stat().st_mtime)


if __name__ == "__main__":
    print(build(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "wheels")))
