"""Databases that the seed command has filled, and their contents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.seed import Plan, seed
from tests.support.database import query
from tests.support.node import Node

Dump = dict[str, list[tuple[Any, ...]]]
MakeNode = Callable[[str, Path], Node]
# The columns that differ between runs: numbers from the database, and salted hashes.
PASSING = {"reactions": ("id",), "mentions": ("id",), "room_members": ("id",)}
PASSING |= {"user_credentials": ("password_hash",)}
TABLES = ("users", "user_credentials", "user_last_seen", "rooms", "messages", *PASSING)


async def dump_tables(node: Node) -> Dump:
    tables: Dump = {}
    for table in TABLES:
        rows = await query(node, f"SELECT * FROM {table}")
        kept = [{k: v for k, v in row.items() if k not in PASSING.get(table, ())} for row in rows]
        tables[table] = sorted((tuple(row.values()) for row in kept), key=repr)
    return tables


async def count_rows(node: Node, table: str, where: str = "true") -> int:
    return int((await query(node, f"SELECT count(*) AS n FROM {table} WHERE {where}"))[0]["n"])


@dataclass
class SeededNode:
    """A node with the small world, and the output of the seed command."""

    node: Node
    said: str


async def run_seed(node: Node, plan: Plan) -> list[str]:
    """Seed the node's database. Returns the lines of the output."""
    said: list[str] = []
    await seed(node.database_url, plan, said.append)
    return said
