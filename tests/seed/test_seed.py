"""The seeded world is one that the server itself could have written, and the same every time."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from server.seed import SEEDED_PASSWORD, Plan
from tests.support.client import Http, User
from tests.support.database import query
from tests.support.node import KINDS
from tests.support.seeded import (
    SeededNode,
    count_rows,
    dump_tables,
    run_seed,
)

# The small world, while no server runs on it


async def test_seed_has_the_promised_size(seeded: SeededNode) -> None:
    assert await count_rows(seeded.node, "users") == 20
    assert await count_rows(seeded.node, "rooms") == 12
    assert await count_rows(seeded.node, "messages", "kind = 'text'") == 2_000
    kinds = await query(seeded.node, "SELECT DISTINCT kind, visibility FROM rooms")
    assert {(row["kind"], row["visibility"]) for row in kinds} == {
        ("direct", "private"),
        ("group", "private"),
        ("group", "public"),
    }
    assert await count_rows(seeded.node, "room_members", "NOT active") > 0
    assert await count_rows(seeded.node, "room_members", "role = 'admin' AND active") > 3
    for what in ("reply_to_seq", "mentions", "reactions", "edited_at", "deleted_at", "pinned_at"):
        assert await count_rows(seeded.node, "messages", f"{what} IS NOT NULL") >= 5, what


def test_seed_shows_progress(seeded: SeededNode) -> None:
    steps = [line for line in seeded.said.splitlines() if line.startswith("messages")]
    assert len(steps) >= 5
    assert steps[-1] == "messages  2,000 of 2,000"
    assert SEEDED_PASSWORD in seeded.said


async def test_seed_again_adds_nothing(seeded: SeededNode) -> None:
    before = await dump_tables(seeded.node)
    assert (await run_seed(seeded.node, Plan()))[-1] == "nothing to add: it is all there"
    assert await dump_tables(seeded.node) == before


async def test_seed_is_the_same_on_both_databases(worlds: Callable[[str], SeededNode]) -> None:
    sqlite, postgres = [await dump_tables(worlds(kind).node) for kind in KINDS]
    assert sqlite == postgres


async def test_seeded_counters(seeded: SeededNode) -> None:
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


async def test_seeded_reactions_and_mentions_are_counted(seeded: SeededNode) -> None:
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
    assert await count_rows(seeded.node, "messages", f"deleted_at IS NOT NULL AND ({left})") == 0


# The small world, through a server


@pytest.fixture
async def maya(seeded: SeededNode) -> AsyncIterator[User]:
    user = await signed_in(seeded, "maya")
    yield user
    await user.close()


async def signed_in(seeded: SeededNode, name: str) -> User:
    if not seeded.node.port:
        seeded.node.start()
    http = Http(seeded.node)
    session = await http("POST", "/auth/signin", {"login": name, "password": SEEDED_PASSWORD})
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


async def test_seeded_unread_counts(seeded: SeededNode) -> None:
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
    worlds: Callable[[str], SeededNode],
) -> None:
    seeded = worlds("sqlite")
    await (await signed_in(seeded, "maya")).close()
    done = seeded.node.run("seed")
    assert done.returncode == 2
    assert "another process uses" in done.stderr and "Traceback" not in done.stderr


async def test_new_epoch(seeded: SeededNode, maya: User, kind: str) -> None:
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
