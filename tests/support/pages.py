"""The pages of the documentation, and the files of the repository that they name."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from tests.support.node import ROOT

NOT_OURS = {".git", ".venv", "build", "data", "dist", "node_modules", "__pycache__"}


@cache
def page_text(page: str) -> str:
    """The text of a page, which is given by its path from the root."""
    return (ROOT / page).read_text(encoding="utf-8")


@cache
def files_by_name() -> dict[str, list[Path]]:
    """All files of the repository: a page may name one without its folder."""
    found: dict[str, list[Path]] = {}
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        for name in files:
            found.setdefault(name, []).append(Path(folder, name))
    return found
