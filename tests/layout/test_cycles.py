"""No module imports itself by way of others, not even for a type or inside a function.

import-linter compares packages and modules that stand beside each other. This looks at each module
by itself, so it also sees a package that imports one of its modules which imports the package.
"""

from __future__ import annotations

from pathlib import Path

import grimp
import pytest

PACKAGES = ("server", "events", "models")


def in_cycles(graph: grimp.ImportGraph) -> set[str]:
    """The modules that stand in a cycle, or import one that does: those that are left when the ones
    that import nothing of what is left have been taken away, again and again."""
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    while done := {name for name, imported in imports.items() if not imported & imports.keys()}:
        imports = {name: imported for name, imported in imports.items() if name not in done}
    return set(imports)


def test_no_import_cycle() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    assert len(graph.modules) > 200
    assert in_cycles(graph) == set()


@pytest.mark.parametrize(
    "back",
    [
        "from planted.first import First",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from planted.first import First",
        "def later():\n    from planted import first",
    ],
)
def test_a_planted_cycle_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, back: str
) -> None:
    package = tmp_path / "planted"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "first.py").write_text("from planted import second\nclass First: ...\n")
    (package / "second.py").write_text(back + "\n")
    (package / "apart.py").write_text("import json\n")
    monkeypatch.syspath_prepend(tmp_path)
    graph = grimp.build_graph("planted", cache_dir=None)
    assert in_cycles(graph) == {"planted.first", "planted.second"}
