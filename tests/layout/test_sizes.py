"""No file that people write has more than 300 lines: a file that grows past is split by meaning."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tests.support.node import ROOT

MOST_LINES = 300
# The kinds of files that hold code. Others are prose, tables and pictures.
CODE = {".py", ".ts", ".tsx", ".js", ".mjs", ".css", ".sql", ".sh", ".c", ".h", ".html"}
# Folders that hold what was installed or built.
NOT_OURS = {".venv", "node_modules", "dist", "build", "data", "__pycache__"}
# The files that programs have made, and what made them.
GENERATED = {
    "migrations/models/0_20261122000000_first.py": "aerich, from the tables of the first release",
    "web/sdk/src/generated/events.ts": "`npm run types -w sdk`, from the server's AsyncAPI",
    "web/sdk/src/generated/http.ts": "`npm run types -w sdk`, from the server's OpenAPI",
}


def code_files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = [
            name for name in folders if name not in NOT_OURS and (name[0] != "." or name == ".ci")
        ]
        for name in names:
            path = Path(folder) / name
            if path.suffix in CODE:
                yield path


def too_long(root: Path) -> dict[str, int]:
    """The files with too many lines, by their path from the root."""
    counts = {str(path.relative_to(root)): _lines_of(path) for path in code_files(root)}
    return {path: lines for path, lines in counts.items() if lines > MOST_LINES}


def _lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_too_long() -> None:
    found = too_long(ROOT)
    assert {path: lines for path, lines in found.items() if path not in GENERATED} == {}
    assert sorted(GENERATED.keys() - found.keys()) == []


def test_all_folders_with_code_are_read() -> None:
    read = {path.relative_to(ROOT).parts[0] for path in code_files(ROOT)}
    assert read >= {"server", "events", "models", "migrations", "tests", "bench", "web", ".ci"}
    assert sum(1 for _ in code_files(ROOT)) > 900


def test_a_planted_file_is_found(tmp_path: Path) -> None:
    for folder in ("server/rooms", "web/src", "web/node_modules/react", ".git"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "server/rooms/long.py").write_text("x = 1\n" * 301)
    (tmp_path / "server/rooms/fits.py").write_text("x = 1\n" * 300)
    (tmp_path / "web/src/long.tsx").write_text("const x = 1;\n" * 400)
    (tmp_path / "web/src/prose.md").write_text("A line.\n" * 400)
    (tmp_path / "web/node_modules/react/long.js").write_text("const x = 1;\n" * 400)
    assert too_long(tmp_path) == {"server/rooms/long.py": 301, "web/src/long.tsx": 400}
