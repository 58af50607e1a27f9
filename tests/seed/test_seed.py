"""The seeded world is one that the server itself could have written, and the same every time."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from server.commands import main
from server.seed import PASSWORD, Plan, seed
from server.seed.people import person
from server.seed.speech import VOCABULARY, Words
from tests.support.client import Http, User, new_id
from tests.support.database import query
from tests.support.node import KINDS, Node, clustered
from tests.support.services import Postgres, Redis

Dump = dict[str, list[tuple[Any, ...]]]
MakeNode = Callable[[str, Path], Node]

# What is not the same in every run: numbers that the database gives, and salt.
PASSING = {"reactions": ("id",), "mentions": ("id",), "room_members": ("id",)}
PASSING |= {"user_credentials": ("password_hash",)}
TABLES = ("users", "user_credentials", "user_last_seen", "rooms", "messages", *PASSING)


async def dump(node: Node) -> Dump:
    tables: Dump = {}
    for table in TABLES:
        rows = await query(node, f"SELECT * FROM {table}")
        kept = [{k: v for k, v in row.items() if k not in PASSING.get(table, ())} for row in rows]
        tables[table] = sorted((tuple(row.values()) for row in kept), key=repr)
    return tables


async def count(node: Node, table: str, where: str = "true") -> int:
    return int((await query(node, f"SELECT count(*) AS n FROM {table} WHERE {where}"))[0]["n"])


@pytest.fixture(scope="module")
def make_node(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> MakeNode:
    """A node that is not started, with a database of its own: migrated, and empty."""
    templates: dict[str, Node] = {}

    def make(kind: str, folder: Path) -> Node:
        if kind not in templates:
            templates[kind] = new(kind, tmp_path_factory.mktemp("template"), "template1")
            assert templates[kind].run("migrate", "up", SEED="off").returncode == 0
        node = new(kind, folder, templates[kind].database_url.rpartition("/")[2])
        if kind == "sqlite":
            shutil.copy(templates[kind].folder / "chat.db", folder)
        return node

    def new(kind: str, folder: Path, template: str) -> Node:
        if kind == "sqlite":
            return Node(folder)
        postgres: Postgres = request.getfixturevalue("postgres")
        redis: Redis = request.getfixturevalue("redis")
        return Node(folder, **clustered(postgres.create_database(new_id(), template), redis.url))

    return make


@pytest.fixture
def empty(make_node: MakeNode, kind: str, tmp_path: Path) -> Node:
    return make_node(kind, tmp_path)


@dataclass
class Seeded:
    """A node on the small world, and what the command said."""

    node: Node
    said: str


@pytest.fixture(scope="module")
def worlds(
    make_node: MakeNode, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Seeded]]:
    """The small world of each kind, made when the first test wants it, as one does by hand on the
    one and as docker-compose.yml does on the other. The node is started later, and changed by no
    test but the last ones."""
    made: dict[str, Seeded] = {}

    def of(kind: str) -> Seeded:
        if kind not in made:
            node = make_node(kind, tmp_path_factory.mktemp(f"seed-{kind}"))
            by_compose = {"SEED": "true", "AUTO_MIGRATE": "off"}
            sqlite = kind == "sqlite"
            done = node.run("seed") if sqlite else node.run("migrate", "up", **by_compose)
            assert done.returncode == 0, done.stderr
            made[kind] = Seeded(node, done.stdout)
        return made[kind]

    yield of
    for world in made.values():
        world.node.stop()


@pytest.fixture
def seeded(worlds: Callable[[str], Seeded], kind: str) -> Seeded:
    return worlds(kind)


async def fill(node: Node, plan: Plan) -> list[str]:
    """What was said."""
    said: list[str] = []
    await seed(node.database_url, plan, said.append)
    return said


# The small world, while no server runs on it


async def test_seed_has_the_promised_size(seeded: Seeded) -> None:
    assert await count(seeded.node, "users") == 20
    assert await count(seeded.node, "rooms") == 12
    assert await count(seeded.node, "messages", "kind = 'text'") == 2_000
    kinds = await query(seeded.node, "SELECT DISTINCT kind, visibility FROM rooms")
    assert {(row["kind"], row["visibility"]) for row in kinds} == {
        ("direct", "private"),
        ("group", "private"),
        ("group", "public"),
    }
    assert await count(seeded.node, "room_members", "NOT active") > 0
    assert await count(seeded.node, "room_members", "role = 'admin' AND active") > 3
    for what in ("reply_to_seq", "mentions", "reactions", "edited_at", "deleted_at", "pinned_at"):
        assert await count(seeded.node, "messages", f"{what} IS NOT NULL") >= 5, what


def test_seed_shows_progress(seeded: Seeded) -> None:
    steps = [line for line in seeded.said.splitlines() if line.startswith("messages")]
    assert len(steps) >= 5
    assert steps[-1] == "messages  2,000 of 2,000"
    assert PASSWORD in seeded.said


async def test_seed_again_adds_nothing(seeded: Seeded) -> None:
    before = await dump(seeded.node)
    assert (await fill(seeded.node, Plan()))[-1] == "nothing to add: it is all there"
    assert await dump(seeded.node) == before


async def test_seed_is_the_same_on_both_databases(worlds: Callable[[str], Seeded]) -> None:
    sqlite, postgres = [await dump(worlds(kind).node) for kind in KINDS]
    assert sqlite == postgres


async def test_seeded_counters(seeded: Seeded) -> None:
    rooms = await query(seeded.node, "SELECT * FROM rooms")
    messages = await query(seeded.node, "SELECT * FROM messages ORDER BY room_id, seq")
    seats = await query(seeded.node, "SELECT * FROM room_members")
    for room in rooms:
        said = [m for m in messages if m["room_id"] == room["id"]]
        inside = [seat for seat in seats if seat["room_id"] == room["id"]]
        assert [m["seq"] for m in said] == list(range(1, room["last_seq"] + 1))
        ordinals = {0: 0}
        for m in said:
            ordinals[m["seq"]] = ordinals[m["seq"] - 1] + (m["kind"] == "text")
            assert m["ordinal"] == ordinals[m["seq"]]
        assert room["ordinal"] == ordinals[room["last_seq"]]
        assert room["active_at"] == said[-1]["created_at"]
        assert room["member_count"] == sum(bool(seat["active"]) for seat in inside)
        for seat in inside:
            assert seat["last_read_ordinal"] == ordinals[seat["last_read_seq"]]
        check_versions(room, said, inside)


def check_versions(
    room: dict[str, Any], messages: list[dict[str, Any]], seats: list[dict[str, Any]]
) -> None:
    """Each change took a version of its own; who came or went has that of the message which tells
    of it, and an admin the one of becoming it."""
    versions = {m["version"] for m in messages}
    assert len(versions) == len(messages)
    told = {
        user_id: m["version"]
        for m in messages
        if m["system"]
        for user_id in json.loads(m["system"])["user_ids"]
    }
    for seat in seats:
        # A direct room begins with version 1, and tells nothing.
        since = told.get(seat["user_id"], 1)
        if seat["role"] == "admin" and seat["active"]:
            assert seat["version"] > since and seat["version"] not in versions
        else:
            assert seat["version"] == since
    assert room["version"] == max(*versions, *(seat["version"] for seat in seats))
    times = [m["created_at"] for m in messages]
    assert times == sorted(times)


async def test_seeded_reactions_and_mentions_are_counted(seeded: Seeded) -> None:
    by: dict[tuple[str, int, str], list[str]] = {}
    for row in await query(seeded.node, "SELECT * FROM reactions ORDER BY id"):
        by.setdefault((row["room_id"], row["seq"], row["emoji"]), []).append(row["user_id"])
    mentioned: dict[tuple[str, int], list[str]] = {}
    for row in await query(seeded.node, "SELECT * FROM mentions"):
        mentioned.setdefault((row["room_id"], row["seq"]), []).append(row["user_id"])

    shown = 0
    for row in await query(seeded.node, "SELECT room_id, seq, reactions, mentions FROM messages"):
        at = (row["room_id"], row["seq"])
        for reaction in json.loads(row["reactions"] or "[]"):
            users = by.pop((*at, reaction["emoji"]))
            assert (reaction["count"], reaction["user_ids"]) == (len(users), users[:10])
            shown += 1
        assert json.loads(row["mentions"] or "[]") == sorted(mentioned.pop(at, []))
    assert shown > 100
    assert not by and not mentioned
    left = "text <> '' OR coalesce(mentions, reactions) IS NOT NULL OR pinned_at IS NOT NULL"
    assert await count(seeded.node, "messages", f"deleted_at IS NOT NULL AND ({left})") == 0


# Other sizes, and what goes wrong


@pytest.mark.parametrize(
    "plan", [Plan(2, 7, 101), Plan(5, 30, 50), Plan(40, 3, 0)], ids=lambda plan: plan.name
)
async def test_seed_of_any_size(empty: Node, plan: Plan) -> None:
    await fill(empty, plan)
    found = [await count(empty, table) for table in ("users", "rooms")]
    texts = await count(empty, "messages", "kind = 'text'")
    assert (*found, texts) == (plan.users, plan.rooms, plan.messages)
    pairs = await query(empty, "SELECT direct_key FROM rooms WHERE kind = 'direct'")
    possible = plan.users * (plan.users - 1) // 2
    assert len(pairs) == min(sum(n % 5 in (2, 4) for n in range(plan.rooms)), possible)


async def test_seed_goes_on_where_it_was_interrupted(
    empty: Node, make_node: MakeNode, tmp_path: Path
) -> None:
    plan, whole = Plan(30, 40, 8_000), make_node("sqlite", tmp_path / "whole")
    await fill(whole, plan)

    process = empty.begin("seed", "--users", "30", "--rooms", "40", "--messages", "8000")
    assert process.stdout is not None
    # After the first of ten steps or more.
    while not (line := process.stdout.readline()).startswith("messages"):
        assert line, "it ended too early"
    process.kill()
    process.communicate()
    left = await count(empty, "messages", "kind = 'text'")
    assert 0 < left < 8_000
    await fill(empty, plan)
    assert await dump(empty) == await dump(whole)


async def test_two_seeds_at_once(
    make_node: MakeNode, worlds: Callable[[str], Seeded], tmp_path: Path
) -> None:
    node = make_node("postgres", tmp_path)
    process = node.begin("seed")
    assert process.stdout is not None
    # Its first line: it is at work now, and holds the lock.
    assert process.stdout.readline().startswith("people")
    assert (await fill(node, Plan()))[-1].startswith("nothing")
    assert process.communicate()[0].splitlines()[-1].startswith("sign in")
    assert await dump(node) == await dump(worlds("sqlite").node)


async def test_seed_leaves_the_names_of_others_alone(empty: Node) -> None:
    await query(
        empty,
        "INSERT INTO users (id, username, username_key, display_name, display_key, bio, created_at)"
        f" VALUES ('{new_id()}', 'Maya', 'maya', 'Another', 'another', '', 0)",
    )
    await query(
        empty,
        "INSERT INTO user_credentials (user_id, email, email_key, password_hash)"
        f" VALUES ('{new_id()}', 'Omar@example.com', 'omar@example.com', '-')",
    )
    await fill(empty, Plan())
    assert await count(empty, "users") == 21
    names = {row["username"] for row in await query(empty, "SELECT username FROM users")}
    assert {"Maya", "yuki"} < names and "omar" not in names
    renamed = [name for name in names if name.startswith(("maya_", "omar_"))]
    assert len(renamed) == 2
    # Who is mentioned is mentioned by the name that they have.
    texts = await query(empty, "SELECT text FROM messages WHERE text LIKE '@maya%'")
    assert texts
    assert {row["text"].split()[0][1:] for row in texts} <= set(renamed)
    before = await dump(empty)
    assert (await fill(empty, Plan()))[-1].startswith("nothing")
    assert await dump(empty) == before


async def test_seed_leaves_the_direct_rooms_of_others_alone(empty: Node) -> None:
    maya, omar = person(0), person(1)
    key = ":".join(sorted((maya.id, omar.id)))
    await query(
        empty,
        "INSERT INTO rooms (id, kind, visibility, created_by, direct_key, version, last_seq,"
        " ordinal, member_count, active_at, created_at)"
        f" VALUES ('{new_id()}', 'direct', 'private', '{maya.id}', '{key}', 1, 0, 0, 2, 0, 0)",
    )
    await fill(empty, Plan())
    assert await count(empty, "rooms") == 12
    rooms = await query(empty, f"SELECT last_seq FROM rooms WHERE direct_key = '{key}'")
    assert rooms == [{"last_seq": 0}]


@pytest.mark.parametrize("given", ["--users=1", "--rooms=0", "--messages=-1", "--users=many"])
def test_seed_refuses_a_wrong_number(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["seed", given])
    assert end.value.code == 2
    assert f"argument {given.split('=')[0]}" in capsys.readouterr().err


def test_migrate_up_refuses_a_seed_that_is_neither_on_nor_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SEED", "perhaps")
    assert main(["migrate", "up"]) == 2
    assert capsys.readouterr().err == "SEED must be on or off\n"
    assert not list(tmp_path.iterdir())


def test_words_are_as_frequent_as_in_real_text() -> None:
    rng, words = Random(1), Words()
    said = [words.say(rng, "work") for _ in range(20_000)]
    counted = Counter(word for text in said for word in text.lower().strip(".?!").split())
    ranked = [n for _, n in counted.most_common()]
    # Zipf: the word of rank r comes about 1 / r times as often as the first.
    for rank in (10, 100, 1_000):
        expected = (1 + 2.7) / (rank + 2.7)
        assert ranked[rank - 1] / ranked[0] == pytest.approx(expected, rel=0.25)
    assert VOCABULARY / 2 < len(ranked) <= VOCABULARY
    assert len(set(said)) > 0.9 * len(said)


# The small world, through a server


@pytest.fixture
async def maya(seeded: Seeded) -> AsyncIterator[User]:
    user = await signed_in(seeded, "maya")
    yield user
    await user.close()


async def signed_in(seeded: Seeded, name: str) -> User:
    if not seeded.node.port:
        seeded.node.start()
    http = Http(seeded.node)
    session = await http("POST", "/auth/signin", {"login": name, "password": PASSWORD})
    await http.close()
    return User(seeded.node, session)


async def history(user: User, room_id: str) -> list[dict[str, Any]]:
    """All of it, oldest first."""
    found: list[dict[str, Any]] = []
    more = True
    while more:
        after = found[-1]["seq"] if found else 0
        path = f"/rooms/{room_id}/messages?limit=100&after_seq={after}"
        page = await user.http("GET", path)
        found, more = found + page["items"], page["has_more"]
    return found


async def test_seeded_unread_counts(seeded: Seeded) -> None:
    histories: dict[str, list[dict[str, Any]]] = {}
    unread_rooms = 0
    for name in ("maya", "omar", "zoe", "ivan"):
        user = await signed_in(seeded, name)
        rooms = (await user.http("GET", "/rooms"))["items"]
        expected, mentions = {}, 0
        for room in rooms:
            if room["id"] not in histories:
                histories[room["id"]] = await history(user, room["id"])
            messages = histories[room["id"]]
            assert [m["seq"] for m in messages] == list(range(1, room["last_seq"] + 1))
            assert room["last_message"]["id"] == messages[-1]["id"]
            later = [m for m in messages if m["seq"] > room["me"]["last_read_seq"]]
            alive = [m for m in later if m["kind"] == "text" and not m["deleted_at"]]
            others = [m for m in alive if m["author_id"] != user.id]
            # Who has written has read up to there.
            assert others == alive
            assert room["me"]["unread_count"] == len(others)
            mentions += sum(user.id in m["mentions"] for m in later)
            if others:
                expected[room["id"]] = len(others)
        summary = {"total": sum(expected.values()), "mentions": mentions, "rooms": expected}
        assert await user.http("GET", "/unread") == summary
        unread_rooms += len(expected)
        await user.close()
    assert unread_rooms > 5


async def test_sync_of_a_seeded_room(maya: User) -> None:
    await maya.connect()
    rooms = (await maya.http("GET", "/rooms"))["items"]
    heads = (await maya.call("sync", rooms={}))["rooms"]
    assert {h["room"]["id"]: h["room"]["version"] for h in heads} == {
        room["id"]: room["version"] for room in rooms
    }
    held = {room["id"]: max(room["version"] - 40, 0) for room in rooms}
    answer = await maya.call("sync", rooms=held, scope="listed")
    assert len(answer["rooms"]) == len(rooms) and not answer["left"]
    for entry in answer["rooms"]:
        room_id = entry["room"]["id"]
        newer = [m for m in await history(maya, room_id) if m["version"] > held[room_id]]
        assert entry["complete"]
        assert entry["messages"] == newer
        assert entry["room"]["version"] - held[room_id] == 40


async def test_a_seeded_room_goes_on(maya: User) -> None:
    await maya.connect()
    room = (await maya.http("GET", "/rooms"))["items"][0]
    message = await maya.send(room["id"], "and on it goes")
    assert (message["seq"], message["version"]) == (room["last_seq"] + 1, room["version"] + 1)
    seen = await maya.http("GET", f"/rooms/{room['id']}")
    assert seen["me"]["unread_count"] == 0 and seen["me"]["last_read_seq"] == message["seq"]

    messages = await history(maya, room["id"])
    old, reaction = next((m, r) for m in reversed(messages) for r in m["reactions"] if not r["me"])
    payload = {"room_id": room["id"], "seq": old["seq"], "emoji": reaction["emoji"], "on": True}
    changed = (await maya.call("react", **payload))["message"]
    counted = next(r for r in changed["reactions"] if r["emoji"] == reaction["emoji"])
    assert (counted["count"], counted["me"]) == (reaction["count"] + 1, True)
    assert changed["version"] == message["version"] + 1


async def test_seed_is_refused_while_a_server_uses_the_file(
    worlds: Callable[[str], Seeded],
) -> None:
    seeded = worlds("sqlite")
    await (await signed_in(seeded, "maya")).close()
    done = seeded.node.run("seed")
    assert done.returncode == 2
    assert "another process uses" in done.stderr and "Traceback" not in done.stderr


async def test_new_epoch(seeded: Seeded, maya: User, kind: str) -> None:
    first = (await (await maya.connect()).call("sync", rooms={}))["epoch"]
    assert (await maya.call("sync", rooms={}))["epoch"] == first
    await maya.socket.close()
    # A file that a server uses is changed by nobody else; on PostgreSQL the server may go on.
    if kind == "sqlite":
        seeded.node.stop()
    done = seeded.node.run("new-epoch")
    assert done.returncode == 0, done.stderr
    if kind == "sqlite":
        seeded.node.start()
    later = (await (await maya.connect()).call("sync", rooms={}))["epoch"]
    assert later != first
    assert later.startswith(done.stdout.split("the epoch is ")[1].split(":")[0])
