"""Seats that were taken before the message of an arrival was stored with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.client import new_id
from tests.support.database import query
from tests.support.migrating import MIGRATIONS, NewNode
from tests.support.node import Node

# This migration stores it, and the ones after it.
BACK = len(MIGRATIONS) - MIGRATIONS.index("8_20261130120000_truth")


async def insert(node: Node, table: str, **row: Any) -> None:
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"
    await query(node, sql, *row.values())


async def seat(node: Node, room_id: str, joined_at: int, last_read_seq: int) -> str:
    user_id = new_id()
    row = {"room_id": room_id, "user_id": user_id, "active": True, "role": "member", "version": 1}
    row |= {
        "notify": "all",
        "joined_at": joined_at,
        "last_read_seq": last_read_seq,
        "last_read_ordinal": 0,
    }
    await insert(node, "room_members", **row)
    return user_id


async def arrival(node: Node, room_id: str, seq: int, event: str, user_id: str) -> None:
    system = f'{{"event":"{event}","actor_id":"{new_id()}","user_ids":["{user_id}"]}}'
    row = {"id": new_id(), "room_id": room_id, "seq": seq, "version": seq, "ordinal": 0}
    row |= {"kind": "system", "text": "", "system": system, "created_at": seq}
    await insert(node, "messages", **row)


async def test_seats_from_before(new_node: NewNode, kind: str, tmp_path: Path) -> None:
    node = new_node(kind, tmp_path)
    for words in (("migrate", "up"), ("migrate", "down", str(BACK))):
        done = node.run(*words)
        assert done.returncode == 0, done.stderr
    room_id = new_id()
    for seq in (5, 20):
        row = {"id": new_id(), "room_id": room_id, "seq": seq, "actor_id": new_id()}
        await insert(node, "room_notices", **row, created_at=seq * 100)
    first = await seat(node, room_id, 100, 1)
    reader = await seat(node, room_id, 100, 30)
    between = await seat(node, room_id, 1000, 30)
    late = await seat(node, room_id, 3000, 25)
    await arrival(node, room_id, 1, "created", first)
    await arrival(node, room_id, 25, "joined", late)

    done = node.run("migrate", "up")
    assert done.returncode == 0, done.stderr
    rows = await query(node, "SELECT user_id, joined_seq FROM room_members")
    # The first and the late one have opened nothing: their marks stand where they came. Of the
    # others it is known which messages to everybody were sent before they came.
    expected = {first: 1, reader: 0, between: 5, late: 25}
    assert {row["user_id"]: row["joined_seq"] for row in rows} == expected
