"""Functions that PostgreSQL runs stand in files, one a version: what is installed is the newest."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from migrations.files import (
    ATTACHMENT_KIND,
    SEARCH_FOLD,
    SEARCH_INDEX_DUE,
    SEARCH_MESSAGE_CHANGED,
    SEARCH_TRIGGERS,
    SEND_MESSAGES,
    SERVER,
    function,
)
from server.backends.migrations import MIGRATIONS_FOLDER
from server.messages.send import sqlite
from tests.support.image import copied
from tests.support.node import ROOT, Node
from tests.support.services import Postgres

README = (SERVER / "messages/send/README.md").read_text()
# A row of the steps: number, refusals, method, beginning in the function's text.
STEP = re.compile(r"^\| (\d+)\. .+ \| (.*) \| `(\w+)` \| `(.+)` \|$", re.MULTILINE)
FUNCTION = re.compile(r"^CREATE (?:OR REPLACE )?FUNCTION (\w+)\(", re.MULTILINE)
_DEFINITION = "SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.oid = $1::regproc"


def versions(name: str) -> list[int]:
    files = (SERVER / name).parent.glob(f"{Path(name).name}_*.sql")
    return sorted(int(file.stem.rpartition("_")[2]) for file in files)


def newest(name: str) -> str:
    return function(name, versions(name)[-1])


@pytest.fixture(scope="module")
def url(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a database that all migrations have been applied to."""
    made = postgres.create_database("functions")
    done = Node(tmp_path_factory.mktemp("functions"), DATABASE_URL=made).run("migrate", "up")
    assert done.returncode == 0, done.stderr
    yield made


@pytest.mark.parametrize(
    "name", [SEND_MESSAGES, SEARCH_INDEX_DUE, SEARCH_MESSAGE_CHANGED, ATTACHMENT_KIND]
)
async def test_what_is_installed_is_the_newest_file(url: str, name: str) -> None:
    text = newest(name)
    connection = await asyncpg.connect(url)
    try:
        names = FUNCTION.findall(text)
        installed = [await connection.fetchval(_DEFINITION, f"public.{one}") for one in names]
        # The file's functions are made beside the other ones, and asked for in the same way.
        await connection.execute("CREATE SCHEMA beside; SET search_path = beside, public")
        await connection.execute(text)
        expected = [await connection.fetchval(_DEFINITION, f"beside.{one}") for one in names]
        await connection.execute("DROP SCHEMA beside CASCADE")
    finally:
        await connection.close()
    assert names
    assert [one.replace("FUNCTION public.", "") for one in installed] == [
        one.replace("FUNCTION beside.", "") for one in expected
    ]


@pytest.mark.parametrize(
    "name",
    [
        *(SEND_MESSAGES, SEARCH_FOLD, SEARCH_INDEX_DUE, SEARCH_MESSAGE_CHANGED),
        *(SEARCH_TRIGGERS, ATTACHMENT_KIND),
    ],
)
def test_versions_have_no_gap(name: str) -> None:
    found = versions(name)
    assert found == list(range(1, len(found) + 1))


def test_each_file_is_loaded_by_a_migration_and_is_in_the_image() -> None:
    loaded = "".join(path.read_text() for path in (MIGRATIONS_FOLDER / "models").glob("*.py"))
    for constant, name in (
        ("SEND_MESSAGES", SEND_MESSAGES),
        ("SEARCH_MESSAGE_CHANGED", SEARCH_MESSAGE_CHANGED),
        ("SEARCH_TRIGGERS", SEARCH_TRIGGERS),
        ("SEARCH_FOLD", SEARCH_FOLD),
        ("ATTACHMENT_KIND", ATTACHMENT_KIND),
        ("SEARCH_INDEX_DUE", SEARCH_INDEX_DUE),
    ):
        for version in versions(name):
            assert f"function({constant}, {version})" in loaded
    folders = {(ROOT / source).resolve() for source in copied()}
    assert SERVER in folders and MIGRATIONS_FOLDER in folders
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert not [line for line in ignored if "sql" in line or "**/*" in line]


def test_no_migration_cuts_a_statement_out_of_another() -> None:
    """What aerich keeps of the models is the only thing that one takes from another."""
    for path in (MIGRATIONS_FOLDER / "models").glob("[0-9]*.py"):
        tree = ast.parse(path.read_text())
        taken = [
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Call)
            and getattr(node.value.func, "id", "") == "import_module"
        ]
        calls = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module"
        ]
        assert taken == ["MODELS_STATE"] * len(calls), path.name


def test_the_steps_are_where_the_page_says_and_in_that_order() -> None:
    steps = STEP.findall(README)
    assert [int(number) for number, *_ in steps] == list(range(1, len(steps) + 1))
    run = inspect.getsource(sqlite._Sending.run)
    text = newest(SEND_MESSAGES)
    methods = [run.index(f"self.{method}(") for _, _, method, _ in steps]
    assert methods == sorted(methods)
    # PostgreSQL writes some of it for the whole group, after the last of its sends.
    assert not [begin for *_, begin in steps if begin.replace("\\", "") not in text]
    refusals = [word for _, words, *_ in steps for word in re.findall(r"`(\w+)`", words)]
    assert sorted(refusals) == sorted(re.findall(r"outcome := '(?!sent)(\w+)'", text))
    own = re.findall(r'_Refused\(SendOutcome\(outcome="(\w+)"', inspect.getsource(sqlite))
    assert own == refusals
