"""What the pages name exists: files, folders, other pages, and the words of the glossary."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.support.node import ROOT
from tests.support.pages import files_by_name, page_text

PAGES = (
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")),
    *("README.md", "CONTRIBUTING.md", "web/README.md", "web/sdk/README.md"),
    "server/messages/send/README.md",
)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
# A class, or a method of one.
NAME = re.compile(r"^(?P<kind>[A-Z][a-z]+(?:[A-Z][a-z]+)*)(?:\.(?P<method>\w+))?$")
# The beginning of the lines that list what is where, in a block of the architecture page.
LISTED = re.compile(r"^((?:[\w.]+/)*[\w.]+(?:/|\.py))\s", re.MULTILINE)
# A file is known by its ending, because `a.b` may also be a name in Python.
FILE = re.compile(r"^[\w./-]+\.(?:py|ts|tsx|js|json|sql|css|md|toml|txt|sh|yml|yaml|webp|svg)$")
FOLDERS = tuple(
    f"{name}/"
    for name in ("server", "events", "models", "migrations", "tests", "web", "bench", "docs", ".ci")
)

# Files of the web client are named from its `src`, and tests from `tests`.
BASES = ("web", "web/src", "tests")
# Paths that the pages name and the repository does not have.
MADE = {
    "chat.py": "saved by the reader of the README",
    "web/dist": "made by the build",
    "/sw.js": "made by the build",
}
WORDS = (
    *("room", "seat", "ordinal", "version", "seq", "epoch", "cause", "notice", "lease", "lane"),
    *("mark", "signal", "feed", "door", "gate"),
)


def is_path(word: str) -> bool:
    """A word in backquotes that names a file or a folder of the repository."""
    return bool(FILE.match(word)) or (
        word.startswith(FOLDERS) and bool(re.match(r"^[\w./-]+$", word))
    )


def stands(page: str, word: str) -> bool:
    """A path may be given from the root, from the page's folder, or from a folder in ``BASES``; a
    name alone may stand anywhere."""
    near = ROOT / page
    if word in MADE or (ROOT / word).exists() or (near.parent / word).exists():
        return True
    if any((ROOT / base / word).exists() for base in BASES):
        return True
    return "/" not in word and word in files_by_name()


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_exists(page: str) -> None:
    words = [word.split("::")[0] for word in CODE.findall(page_text(page))]
    missing = [word for word in words if is_path(word) and not stands(page, word)]
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_every_page_that_a_page_links_to_exists(page: str) -> None:
    targets = [
        target for target in LINK.findall(page_text(page)) if not target.startswith(("http", "#"))
    ]
    missing = [
        target
        for target in targets
        if not (ROOT / page).parent.joinpath(target.split("#")[0]).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_every_heading_that_a_page_links_to_exists(page: str) -> None:
    missing = []
    for target in LINK.findall(page_text(page)):
        file, _, heading = target.partition("#")
        if not heading or file.startswith("http"):
            continue
        path = (ROOT / page).parent / file if file else ROOT / page
        if heading not in headings(path):
            missing.append(target)
    assert missing == []


@cache
def headings(path: Path) -> frozenset[str]:
    lines = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return frozenset(re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines)


@cache
def defined_tests() -> frozenset[str]:
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        found.update(re.findall(r"def (test_\w+)\(", path.read_text(encoding="utf-8")))
    return frozenset(found)


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_exists(page: str) -> None:
    named = re.findall(r"`(?:…::)?(test_\w+)`", page_text(page))
    assert [
        name
        for name in named
        if name not in defined_tests() and f"{name}.py" not in files_by_name()
    ] == []


@cache
def members() -> dict[str, set[str]]:
    """The classes of the server and of the events, each with the names of its methods."""
    found: dict[str, set[str]] = {}
    for folder in ("server", "events"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
                    names = {each.name for each in node.body if isinstance(each, functions)}
                    found.setdefault(node.name, set()).update(names)
    return found


@pytest.mark.parametrize("page", ["docs/architecture.md", "server/messages/send/README.md"])
def test_every_class_and_method_that_a_page_names_exists(page: str) -> None:
    named = [NAME.match(word) for word in CODE.findall(page_text(page))]
    names = [(found["kind"], found["method"]) for found in named if found]
    assert names
    missing = [
        (kind, method)
        for kind, method in names
        if kind not in members() or (method and method not in members()[kind])
    ]
    assert missing == []


def test_what_counts_as_missing() -> None:
    assert is_path("server/rooms/rules.py") and is_path("events/") and is_path("may.ts")
    assert not is_path("UNREAD") and not is_path("Door.handle_event") and not is_path("/readyz")
    assert stands("docs/api.md", "server/rooms/rules.py") and stands("docs/api.md", "security.md")
    assert not stands("docs/api.md", "server/rooms/edge.py")
    assert not stands("docs/api.md", "nobody_has_this.py")


def test_the_list_of_what_is_where_names_what_exists() -> None:
    block = page_text("docs/architecture.md").split("```")[1]
    listed = LISTED.findall(block)
    assert len(listed) > 10
    assert [name for name in listed if not (ROOT / name).exists()] == []
    inside = re.findall(r"\b([a-z_]+\.py)\b", block)
    assert [name for name in inside if name not in files_by_name()] == []


def test_the_glossary_has_each_word_once_and_says_where_it_lives() -> None:
    rows = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", page_text("docs/glossary.md"), re.MULTILINE
    )
    rows = [row for row in rows if row[0] not in ("word", "---")]
    words = [word for row in rows for word in row[0].split(", ")]
    assert sorted(words) == sorted(set(words))
    assert set(WORDS) <= set(words)
    for word, _, where in rows:
        paths = CODE.findall(where)
        assert paths, word
        assert [path for path in paths if not (ROOT / path).is_file()] == [], word


def test_the_glossary_is_linked_from_the_architecture_page() -> None:
    assert "](glossary.md)" in page_text("docs/architecture.md")
    assert "](docs/architecture.md)" in page_text("README.md")
    assert "](CONTRIBUTING.md)" in page_text("README.md")
