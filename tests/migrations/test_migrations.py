"""The schema goes up, down and up again on both databases."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from server.backends.migrations import MIGRATIONS_FOLDER
from tests.support.database import query
from tests.support.database_schema import schema
from tests.support.migrating import MIGRATIONS, NewNode, going_up
from tests.support.node import ROOT, Node
from tests.support.services import Postgres

# Several commands one after the other in one process, since starting it takes longest. A command
# is its arguments, with settings before them.
COMMANDS = """
import json, os, sys
from pathlib import Path
from server.commands import main
from server.backends import migrations
folder, *commands = json.loads(sys.argv[1])
migrations.MIGRATIONS_FOLDER = Path(folder)
for command in commands:
    words = command.split()
    os.environ.update(word.split("=", 1) for word in words if "=" in word)
    code = main([word for word in words if "=" not in word])
    print(f"-> {code}", flush=True)
"""

# A migration of one statement for each database.
LATER = """
RUN_IN_TRANSACTION = True
BEGIN = {{"sqlite": "BEGIN;", "postgres": ""}}
async def upgrade(db):
    return BEGIN[db.capabilities.dialect] + "{up}"
async def downgrade(db):
    return BEGIN[db.capabilities.dialect] + "{down}"
"""


def going_down(*names: str) -> str:
    return "".join(f"taking back {name}\n" for name in names) + f"{len(names)} taken back\n"


def statuses(word: str, *names: str) -> str:
    return "".join(f"{word}  {name}\n" for name in names)


def run(node: Node, *commands: str, folder: Path = MIGRATIONS_FOLDER) -> tuple[str, str]:
    """What the commands print, after each its exit code; and what they complain of."""
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, json.dumps([str(folder), *commands])],
        cwd=ROOT,
        env=node.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.fixture
def more(tmp_path: Path) -> Path:
    """A folder with two later migrations beside the first."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS_FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for number, name in ((90, "second"), (91, "third")):
        text = LATER.format(up=f"CREATE TABLE {name} (a int);", down=f"DROP TABLE {name};")
        (folder / "models" / f"{number}_20261123000000_{name}.py").write_text(text)
    return folder


async def test_up_down_up(
    new_node: NewNode, kind: str, migrated: Callable[[str], Node], tmp_path: Path
) -> None:
    down, up = (new_node(kind, tmp_path / name) for name in ("down", "up"))
    all_down = f"migrate down {len(MIGRATIONS)}"
    steps = ["migrate up", all_down, "migrate down", "migrate status"]
    back = [f"DATABASE_URL={up.database_url} migrate up", all_down, "migrate up"]
    said, complained = run(down, *steps, *back, "migrate up", "migrate status")
    gone_up, gone_down = going_up(*MIGRATIONS), going_down(*reversed(MIGRATIONS))
    parts = [gone_up, gone_down, "nothing to take back\n", statuses("waiting", *MIGRATIONS)]
    parts += [gone_up, gone_down, gone_up, "nothing to apply\n", statuses("applied", *MIGRATIONS)]
    assert said == "".join(f"{part}-> 0\n" for part in parts)
    assert not complained
    left = await schema(down)
    assert left.tables == {"aerich"} and not left.functions
    assert await schema(up) == await schema(migrated(kind))
    # Another history, with a name of its own.
    names = [await query(one, "SELECT value FROM facts") for one in (up, migrated(kind))]
    assert names[0] != names[1]


async def test_up_n_and_down_n(new_node: NewNode, kind: str, more: Path, tmp_path: Path) -> None:
    one, other = (new_node(kind, tmp_path / name) for name in ("one", "other"))
    steps = [f"migrate up {len(MIGRATIONS) + 1}", "migrate status", "AUTO_MIGRATE=off serve"]
    back = [f"DATABASE_URL={other.database_url} migrate up", "migrate down 2", "migrate status"]
    said, complained = run(one, *steps, *back, folder=more)
    second, third = "90_20261123000000_second", "91_20261123000000_third"
    assert said == (
        f"{going_up(*MIGRATIONS, second)}-> 0\n"
        f"{statuses('applied', *MIGRATIONS, second)}{statuses('waiting', third)}-> 0\n"
        "-> 2\n"
        f"{going_up(*MIGRATIONS, second, third)}-> 0\n"
        f"{going_down(third, second)}-> 0\n"
        f"{statuses('applied', *MIGRATIONS)}{statuses('waiting', second, third)}-> 0\n"
    )
    # The server serves no older schema than its own.
    assert complained == "AUTO_MIGRATE is off and some migrations are pending: run `make migrate`\n"
    tables = [(await schema(node)).tables & {"second", "third", "rooms"} for node in (one, other)]
    assert tables == [{"second", "rooms"}, {"rooms"}]


async def test_a_migration_that_fails_leaves_nothing_behind(node: Node) -> None:
    # The first migration meets this table half way.
    await query(node, "CREATE TABLE sessions (a int)")
    assert node.run("migrate", "up").returncode == 1
    assert (await schema(node)).tables == {"sessions"}


async def test_several_migrators_at_once(
    new_node: NewNode, tmp_path: Path, migrated: Callable[[str], Node]
) -> None:
    node = new_node("postgres", tmp_path)
    processes = [node.begin("migrate", "up") for _ in range(3)]
    ends = [process.communicate(timeout=60)[0].splitlines()[-1] for process in processes]
    assert sorted(ends) == [f"{len(MIGRATIONS)} applied", "nothing to apply", "nothing to apply"]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert await schema(node) == await schema(migrated("postgres"))


def test_nobody_migrates_a_file_under_a_running_server(
    shared_nodes: Callable[[str], list[Node]],
) -> None:
    (node,) = shared_nodes("sqlite")
    done = node.run("migrate", "down")
    assert done.returncode == 2
    assert "another process uses" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_wrong_database_is_one_line(tmp_path: Path, postgres: Postgres) -> None:
    (tmp_path / "text").write_text("no database, " * 100)
    server = postgres.url.rpartition("/")[0]
    reasons = {
        f"sqlite:///{tmp_path}/": "sqlite:///path/of/a/file",
        f"sqlite:///{tmp_path}": "unable to open database file",
        f"sqlite:///{tmp_path}/text": "file is not a database",
        f"{server}/nowhere": "nowhere",
        f"{server.replace('//postgres@', '//nobody@')}/postgres": "nobody",
        "postgres://postgres@127.0.0.1:1/postgres": "refused",
    }
    commands = [f"DATABASE_URL={url} migrate status" for url in reasons]
    said, complained = run(Node(tmp_path / "node"), *commands)
    assert said.splitlines() == ["-> 2", *["-> 1"] * 5]
    for line, reason in zip(complained.splitlines(), reasons.values(), strict=True):
        assert line.startswith("DATABASE_URL") and reason in line
