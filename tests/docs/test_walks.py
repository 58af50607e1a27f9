"""The pages that follow one message through the code are true: each function that they name is in
the file that they name with it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.support.node import ROOT
from tests.support.pages import files_by_name, page_text

WALKS = {
    "docs/architecture.md": "One message, end to end",
    "web/README.md": "One message, from key to line",
}
FILE = r"[\w./-]+\.(?:py|tsx|ts)"
NAME = r"(?!\w+\.(?:py|tsx|ts)`)\w+(?:\.\w+)?"
# `function` (`file`), `Class.method` in `file`, `function` of `file`.
PLACED = re.compile(rf"`({NAME})`\s(?:\(|in\s|of\s)`({FILE})`")
METHOD = re.compile(r"`([A-Z]\w+\.\w+)`")

DEFINED = re.compile(r"\b(?:function|const|class|interface|type) (\w+)")
CLASS = re.compile(r"^(?:export )?(?:abstract )?class (\w+).*?^\}", re.MULTILINE | re.DOTALL)
MEMBER = re.compile(
    r"^  (?:(?:private|protected|readonly|static|async|override|abstract|get) )*(\w+)",
    re.MULTILINE,
)


def walk(page: str) -> str:
    return page_text(page).split(f"## {WALKS[page]}\n")[1].split("\n## ")[0]


def found_file(page: str, word: str) -> Path:
    """A file that a walk names: by its path from the root or from the page, or by its name if no
    other file has it."""
    if "/" not in word:
        (only,) = files_by_name()[word]
        return only
    near, here = (ROOT / page).parent / word, ROOT / word
    return here if here.exists() else near


@cache
def definitions(path: Path) -> frozenset[str]:
    """The functions and classes of a file, and its methods, as ``name`` and ``Class.name``."""
    source = path.read_text(encoding="utf-8")
    return frozenset(python_names(source) if path.suffix == ".py" else script_names(source))


def python_names(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            functions = (ast.FunctionDef, ast.AsyncFunctionDef)
            found.update(f"{node.name}.{e.name}" for e in node.body if isinstance(e, functions))
    return found


def script_names(source: str) -> set[str]:
    found = set(DEFINED.findall(source))
    for body in CLASS.finditer(source):
        members = MEMBER.findall(body[0])
        found.update(members, (f"{body[1]}.{member}" for member in members))
    return found


@pytest.mark.parametrize("page", WALKS)
def test_each_file_of_a_walk_can_be_only_one(page: str) -> None:
    named = set(re.findall(rf"`({FILE})`", walk(page)))
    alone = [word for word in named if "/" not in word]
    assert {word: files_by_name()[word] for word in alone if len(files_by_name()[word]) != 1} == {}
    assert len(named) > 10


@pytest.mark.parametrize("page", WALKS)
def test_each_function_of_a_walk_is_in_its_file(page: str) -> None:
    placed = PLACED.findall(walk(page))
    assert len(placed) > 15
    wrong = [
        (name, word) for name, word in placed if name not in definitions(found_file(page, word))
    ]
    assert wrong == []


@pytest.mark.parametrize("page", WALKS)
def test_each_method_of_a_walk_is_in_one_of_its_files(page: str) -> None:
    files = {found_file(page, word) for word in re.findall(rf"`({FILE})`", walk(page))}
    known = frozenset[str]().union(*map(definitions, files))
    named = METHOD.findall(walk(page))
    assert named
    assert [name for name in named if name not in known] == []


def test_what_a_file_defines() -> None:
    script = "export class Box {\n  private async open(): void {\n    shut();\n  }\n}\n"
    assert script_names(script) == {"Box", "open", "Box.open"}
    assert script_names("function keys() {\n  send();\n}") == {"keys"}
    assert python_names("class Box:\n    def open(self): shut()") == {"Box", "open", "Box.open"}
