"""A search for a public class, function, type or constant finds one: no two modules define the same
name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from tests.support.node import ROOT

SOURCES = ("server", "events", "models")
TABLE = "the table is named as the entity that is read from it"
# The names that may stand in two modules, and why.
ALLOWED = {
    "Attachment": TABLE,
    "Invite": TABLE,
    "Message": TABLE,
    "Notification": TABLE,
    "Reaction": TABLE,
    "Room": TABLE,
    "Session": TABLE,
    "User": TABLE,
    "main": "each program begins with one: the server, and the process that decodes pictures",
}


def assigned(node: ast.stmt) -> Iterator[str]:
    """The types and constants that a statement names, such as ``Role = Literal[…]`` and
    ``LIMIT = 1``. A type variable has one letter, and other values begin with a small one."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    for target in targets:
        for each in target.elts if isinstance(target, ast.Tuple) else [target]:
            if isinstance(each, ast.Name) and each.id[0].isupper() and len(each.id) > 1:
                yield each.id


def defined(source: str) -> set[str]:
    """The public names of classes, functions, types and constants that a module defines."""
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        else:
            names.update(assigned(node))
    return {name for name in names if not name.startswith("_")}


def modules_by_name() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for name in defined(path.read_text(encoding="utf-8")):
                found[name].append(str(path.relative_to(ROOT)))
    return found


def test_what_counts_as_a_name() -> None:
    source = (
        "class Seat: ...\nasync def send(): ...\nRole = Literal['owner']\nKind: TypeAlias = str\n"
        "LIMIT = 1\nLOW, HIGH = 1, 2\nclass _Hidden: ...\n_text = str\nT = TypeVar('T')\n"
        "if True:\n    Inner = 1\n"
    )
    assert defined(source) == {"Seat", "send", "Role", "Kind", "LIMIT", "LOW", "HIGH"}


def test_no_name_stands_in_two_modules() -> None:
    found = modules_by_name()
    assert len(found) > 500
    twins = {name: paths for name, paths in found.items() if len(paths) > 1}
    assert {name: paths for name, paths in twins.items() if name not in ALLOWED} == {}
    assert sorted(ALLOWED.keys() - twins.keys()) == []


def test_of_a_table_and_its_entity_there_is_one_each() -> None:
    found = modules_by_name()
    for name, reason in ALLOWED.items():
        tables = [path for path in found[name] if path.startswith("models/")]
        assert len(found[name]) == 2, name
        assert len(tables) == (1 if reason is TABLE else 0), name
