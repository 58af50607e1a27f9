"""The schema goes up, down and up again on both databases, and is what the models say."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aerich import Command
from tortoise import Tortoise

from server.backends.database import tortoise_config
from server.backends.migrations import FOLDER
from tests.support.client import new_id
from tests.support.database import query
from tests.support.database_schema import Schema, schema
from tests.support.node import ROOT, Node
from tests.support.services import Postgres

NAMES = sorted(
    (path.stem for path in (FOLDER / "models").glob("[0-9]*.py")),
    key=lambda name: int(name.split("_")[0]),
)
# Several commands one after the other in one process, since starting it takes longest. A command
# is its arguments, with settings before them.
COMMANDS = """
import json, os, sys
from pathlib import Path
from server.commands import main
from server.backends import migrations
folder, *commands = json.loads(sys.argv[1])
migrations.FOLDER = Path(folder)
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
# What only the migrations can say (see there); the tables of search among it.
BEYOND_TABLES = "search_"
BEYOND_MODELS = {
    "sqlite": {
        "idx_messages_deleted",
        "idx_messages_pinned",
        "idx_rooms_made",
        "idx_rooms_unpurged",
        "idx_search_messages_place",
        "search_message_added",
        "search_message_filled",
        "search_message_edited",
        "search_message_deleted",
        "search_message_removed",
    },
    "postgres": {
        "idx_search_messages_words",
        "search_messages_pkey",
        "idx_messages_deleted",
        "idx_messages_pinned",
        "idx_rooms_made",
        "idx_rooms_unpurged",
        "idx_users_username_prefix",
        "idx_users_display_prefix",
    },
}
# Where the extension can be had; tests/search/test_search.py looks at that.
IF_TRIGRAMS = {"idx_search_messages_letters"}

NewNode = Callable[[str, Path], Node]


def going_up(*names: str) -> str:
    """What is printed."""
    return "".join(f"applying {name}\n" for name in names) + f"{len(names)} applied\n"


def going_down(*names: str) -> str:
    return "".join(f"taking back {name}\n" for name in names) + f"{len(names)} taken back\n"


def statuses(word: str, *names: str) -> str:
    return "".join(f"{word}  {name}\n" for name in names)


@pytest.fixture(scope="module")
def new_node(request: pytest.FixtureRequest) -> NewNode:
    """A node that is not started, with a database in which nothing is yet."""

    def new(kind: str, folder: Path) -> Node:
        if kind == "sqlite":
            return Node(folder)
        postgres: Postgres = request.getfixturevalue("postgres")
        return Node(folder, DATABASE_URL=postgres.create_database(new_id()))

    return new


@pytest.fixture
def node(new_node: NewNode, kind: str, tmp_path: Path) -> Node:
    return new_node(kind, tmp_path)


@pytest.fixture(scope="module")
def migrated(
    new_node: NewNode, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Node]]:
    """A node of each kind whose database went up, once."""
    made: dict[str, Node] = {}

    def of(kind: str) -> Node:
        if kind not in made:
            made[kind] = new_node(kind, tmp_path_factory.mktemp(kind))
            done = made[kind].run("migrate", "up")
            assert (done.returncode, done.stdout) == (0, going_up(*NAMES))
        return made[kind]

    yield of


def run(node: Node, *commands: str, folder: Path = FOLDER) -> tuple[str, str]:
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
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for number, name in ((9, "second"), (10, "third")):
        text = LATER.format(up=f"CREATE TABLE {name} (a int);", down=f"DROP TABLE {name};")
        (folder / "models" / f"{number}_20261123000000_{name}.py").write_text(text)
    return folder


async def test_up_down_up(
    new_node: NewNode, kind: str, migrated: Callable[[str], Node], tmp_path: Path
) -> None:
    down, up = (new_node(kind, tmp_path / name) for name in ("down", "up"))
    all_down = f"migrate down {len(NAMES)}"
    steps = ["migrate up", all_down, "migrate down", "migrate status"]
    back = [f"DATABASE_URL={up.database_url} migrate up", all_down, "migrate up"]
    said, complained = run(down, *steps, *back, "migrate up", "migrate status")
    gone_up, gone_down = going_up(*NAMES), going_down(*reversed(NAMES))
    parts = [gone_up, gone_down, "nothing to take back\n", statuses("waiting", *NAMES)]
    parts += [gone_up, gone_down, gone_up, "nothing to apply\n", statuses("applied", *NAMES)]
    assert said == "".join(f"{part}-> 0\n" for part in parts)
    assert not complained
    left = await schema(down)
    assert left.tables == {"aerich"} and not left.functions
    assert await schema(up) == await schema(migrated(kind))
    # Another history, with a name of its own.
    names = [await query(one, "SELECT value FROM facts") for one in (up, migrated(kind))]
    assert names[0] != names[1]


async def by_models(node: Node) -> Schema:
    """The schema that Tortoise makes of the models."""
    await Tortoise.init(config=tortoise_config(node.database_url))
    try:
        await Tortoise.generate_schemas(safe=False)
    finally:
        await Tortoise.close_connections()
    return await schema(node)


async def test_the_schema_is_what_the_models_say(
    node: Node, kind: str, migrated: Callable[[str], Node]
) -> None:
    wanted, found = await by_models(node), await schema(migrated(kind))
    if kind == "postgres":
        # By design: a partitioned table's key begins with what it is partitioned by.
        assert wanted.indexes.pop("messages_pkey").endswith("(id)")
        assert wanted.indexes.pop("uid_messages_room_id_8df77b").endswith("(room_id, seq)")
        key = found.indexes.pop("messages_pkey")
        assert key.startswith("primary key CREATE UNIQUE") and key.endswith("(room_id, seq)")
    modelled = {name: found.columns[name] for name in found.columns if not _is_beyond(name)}
    assert modelled == wanted.columns
    assert found.indexes.keys() - wanted.indexes.keys() - IF_TRIGRAMS == BEYOND_MODELS[kind]
    assert {name: found.indexes.get(name) for name in wanted.indexes} == wanted.indexes


def _is_beyond(name: str) -> bool:
    return name.startswith(BEYOND_TABLES)


async def test_aerich_finds_no_change_that_waits(
    kind: str, migrated: Callable[[str], Node], tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = sorted(folder.rglob("*.py"))
    config = tortoise_config(migrated(kind).database_url)
    await Tortoise.init(config=config)
    try:
        command = Command(config, app="models", location=str(folder))
        await command.init()
        assert await command.migrate("change") == ""
    finally:
        await Tortoise.close_connections()
    assert sorted(folder.rglob("*.py")) == before


async def test_messages_are_spread_over_partitions(migrated: Callable[[str], Node]) -> None:
    node = migrated("postgres")
    key = await query(node, "SELECT pg_get_partkeydef('messages'::regclass) AS key")
    assert key == [{"key": "HASH (room_id)"}]
    rooms = [new_id() for _ in range(100)]
    rows = ", ".join(
        f"('{new_id()}', '{room}', {seq}, 1, 1, 'text', '', 0)" for room in rooms for seq in (1, 2)
    )
    columns = "id, room_id, seq, version, ordinal, kind, text, created_at"
    await query(node, f"INSERT INTO messages ({columns}) VALUES {rows}")
    counted = await query(
        node,
        "SELECT count(DISTINCT tableoid) AS used, max(parts) AS parts, (SELECT count(*)"
        " FROM pg_inherits WHERE inhparent = 'messages'::regclass) AS partitions"
        " FROM (SELECT tableoid, count(*) OVER (PARTITION BY room_id) AS parts FROM messages) m",
    )
    assert counted[0]["partitions"] == 16
    assert counted[0]["used"] > 10
    apart = await query(
        node, "SELECT room_id FROM messages GROUP BY room_id HAVING count(DISTINCT tableoid) > 1"
    )
    assert not apart


async def test_what_is_secret_or_cold_stands_apart(
    kind: str, migrated: Callable[[str], Node]
) -> None:
    columns = {}
    for table in ("users", "user_credentials", "user_preferences"):
        rows = await query(
            migrated(kind), f"SELECT * FROM (SELECT 1 AS one) o LEFT JOIN {table} t ON false"
        )
        columns[table] = set(rows[0])
    apart = {"email", "email_key", "password_hash", "preferences"}
    assert not columns["users"] & apart
    assert {"email", "email_key", "password_hash"} < columns["user_credentials"]
    assert "preferences" in columns["user_preferences"]


async def test_up_n_and_down_n(new_node: NewNode, kind: str, more: Path, tmp_path: Path) -> None:
    one, other = (new_node(kind, tmp_path / name) for name in ("one", "other"))
    steps = [f"migrate up {len(NAMES) + 1}", "migrate status", "AUTO_MIGRATE=off serve"]
    back = [f"DATABASE_URL={other.database_url} migrate up", "migrate down 2", "migrate status"]
    said, complained = run(one, *steps, *back, folder=more)
    second, third = "9_20261123000000_second", "10_20261123000000_third"
    assert said == (
        f"{going_up(*NAMES, second)}-> 0\n"
        f"{statuses('applied', *NAMES, second)}{statuses('waiting', third)}-> 0\n"
        "-> 2\n"
        f"{going_up(*NAMES, second, third)}-> 0\n"
        f"{going_down(third, second)}-> 0\n"
        f"{statuses('applied', *NAMES)}{statuses('waiting', second, third)}-> 0\n"
    )
    # The server serves no older schema than its own.
    assert complained == "AUTO_MIGRATE is off and migrations are waiting: run `make migrate`\n"
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
    assert sorted(ends) == [f"{len(NAMES)} applied", "nothing to apply", "nothing to apply"]
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
