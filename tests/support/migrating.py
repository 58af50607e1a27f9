"""The names of the migrations, and the output of the migrate command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from server.backends.migrations import MIGRATIONS_FOLDER
from tests.support.node import Node

MIGRATIONS = sorted(
    (path.stem for path in (MIGRATIONS_FOLDER / "models").glob("[0-9]*.py")),
    key=lambda name: int(name.split("_")[0]),
)
NewNode = Callable[[str, Path], Node]


def going_up(*names: str) -> str:
    """The output of applying these migrations."""
    return "".join(f"applying {name}\n" for name in names) + f"{len(names)} applied\n"
