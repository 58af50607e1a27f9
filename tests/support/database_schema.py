"""The schema of a database: its tables, columns, indexes and functions, read from its catalogue."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.support.database import query
from tests.support.node import Node

_COLUMNS = """
    SELECT table_name || '.' || column_name AS name, data_type
        || coalesce('(' || character_maximum_length || ')', '')
        || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END
        || CASE WHEN column_default LIKE 'nextval%' THEN ' counted'
            ELSE coalesce(' default ' || column_default, '') END AS type
    FROM information_schema.columns JOIN pg_class ON pg_class.relname = table_name
    WHERE table_schema = 'public' AND relkind IN ('r', 'p') AND NOT relispartition
"""
_INDEXES = """
    SELECT i.relname AS name, pg_get_indexdef(i.oid) AS sql,
        CASE WHEN x.indisprimary THEN 'primary key ' ELSE '' END AS key
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = 'public' AND NOT t.relispartition
"""
_FUNCTIONS = """
    SELECT proname AS name, pg_get_functiondef(p.oid) AS sql
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
_MASTER = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"


@dataclass
class Schema:
    """The objects of a schema, by name. On SQLite the whole SQL of a table stands for its
    columns."""

    columns: dict[str, str] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)

    @property
    def tables(self) -> set[str]:
        return {name.split(".")[0] for name in self.columns}


async def schema(node: Node) -> Schema:
    if "DATABASE_URL" in node.settings:
        indexes = {
            row["name"]: row["key"] + row["sql"].replace("ON ONLY", "ON")
            for row in await query(node, _INDEXES)
        }
        return Schema(await _pairs(node, _COLUMNS, "type"), indexes, await _pairs(node, _FUNCTIONS))
    found = Schema()
    for row in await query(node, _MASTER):
        if row["sql"]:
            kind = found.columns if row["type"] == "table" else found.indexes
            # SQLite writes different white space around columns that were added later.
            kind[row["name"]] = (
                re.sub(r"\s+", " ", row["sql"]).replace(" ,", ",").replace(" )", ")")
            )
    return found


async def _pairs(node: Node, sql: str, column: str = "sql") -> dict[str, str]:
    return {row["name"]: row[column] for row in await query(node, sql)}
