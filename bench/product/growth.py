"""Whether a message costs more with many messages stored, or in a room with many members."""

from __future__ import annotations

import asyncio
from functools import partial

import asyncpg

from bench.product.crowd import groups
from bench.product.figures import Figure, Found, Scale, Scenario
from bench.product.load import Load
from bench.product.rooms import FEW, MANY
from bench.product.sites import site
from bench.product.tools import Tools
from server.search.indexing import INDEX_PART
from server.search.postgres_queue import INDEX_DUE

ROOMS = 40
STORED = (1_000, 100_000)
MOST_STORED = 10_000_000
# Of the rooms in which five are connected.
SIZES = (5, 50, 200, 1_000)
SIZED_ROOMS = 20
# More messages than that are written without triggers, so that they cannot be searched.
SEARCHED = 200_000
# Messages of each room in one transaction.
AT_ONCE = 5_000

# Ten words of a vocabulary of 4,096.
WRITE = """
    INSERT INTO messages (id, room_id, seq, version, ordinal, kind, author_id, client_id, text,
        created_at)
    SELECT gen_random_uuid(), r.id, s, s + 1, s, 'text', a.user_id, gen_random_uuid(),
        (SELECT string_agg('word' || (hashint8(s * 32 + k) & 4095), ' ')
            FROM generate_series(1, 14) k),
        r.created_at + s
    FROM generate_series($1::bigint, $2::bigint) s, rooms r, LATERAL (
        SELECT user_id FROM room_members m WHERE m.room_id = r.id ORDER BY m.id LIMIT 1) a
"""
NUMBER = "UPDATE rooms SET last_seq = $1::bigint, version = $1 + 1, ordinal = $1"
READ = "UPDATE room_members SET last_read_seq = $1::bigint, last_read_ordinal = $1"


def store(each: int, rooms: int, url: str) -> None:
    """Write so many messages into each room, all read by all members."""
    asyncio.run(_store(each, rooms, url))


async def _store(each: int, rooms: int, url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        if each * rooms > SEARCHED:
            await connection.execute("SET session_replication_role = replica")
        for start in range(1, each + 1, AT_ONCE):
            await connection.execute(WRITE, start, min(start + AT_ONCE - 1, each))
            if start % (AT_ONCE * 5) == 1 and each > AT_ONCE:
                print(f"\n  {start * rooms:,} messages are stored", end=" ", flush=True)
        for statement in (NUMBER, READ):
            await connection.execute(statement, each)
        # So that the server does not index them while it is measured.
        while await connection.fetchval(INDEX_DUE, INDEX_PART["postgres"]):
            pass
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _cost(stored: int, tools: Tools, scale: Scale) -> Found:
    """CPU microseconds of server and PostgreSQL a message."""
    crowd, each, found = groups(ROOMS, 5), stored // ROOMS, Found()
    with (
        site("ours", tools, crowd, prepare=partial(store, each, ROOMS)) as server,
        Load(server, crowd) as load,
    ):
        load.connect()
        for under_way in (FEW, MANY):
            load.flight(len(crowd.clients), under_way, scale.warm)
            flight = load.flight(len(crowd.clients), under_way, scale.flight)
            found[f"stored_{stored}_{under_way}"] = 1e6 / flight.per_cpu
    return found


def _rise(found: Found, few: int, many: int) -> Found:
    """By how many percent a message costs more."""
    return {
        f"rise_{many}_{under_way}": (
            found[f"stored_{many}_{under_way}"] / found[f"stored_{few}_{under_way}"] - 1
        )
        * 100
        for under_way in (FEW, MANY)
    }


def growth(kind: str, tools: Tools, scale: Scale) -> Found:
    few, many = STORED
    found = _cost(few, tools, scale) | _cost(many, tools, scale)
    return found | _rise(found, few, many)


def growth_10m(kind: str, tools: Tools, scale: Scale) -> Found:
    few = STORED[0]
    found = _cost(few, tools, scale) | _cost(MOST_STORED, tools, scale)
    return {
        f"{key}_again" if f"_{few}_" in key else key: value
        for key, value in (found | _rise(found, few, MOST_STORED)).items()
    }


def members(kind: str, tools: Tools, scale: Scale) -> Found:
    found = {}
    for size in (1, *SIZES):
        crowd = groups(SIZED_ROOMS, size, min(size, SIZES[0]))
        with site("ours", tools, crowd) as server, Load(server, crowd) as load:
            load.connect()
            load.flight(len(crowd.clients), FEW, scale.warm)
            flight = load.flight(len(crowd.clients), FEW, scale.flight)
            found[f"members_{size}"] = 1e6 / flight.per_cpu
    costs = [found[f"members_{size}"] for size in SIZES]
    return found | {"members_rise": (max(costs) / min(costs) - 1) * 100}


_US = "CPU µs / message"


def _stored(few: str, many: int) -> tuple[Figure, ...]:
    figures = []
    for under_way in (FEW, MANY):
        title = f"{many:,} messages stored, {under_way} in flight"
        key = f"{many}_{under_way}"
        figures += [
            Figure(f"rise_{key}", title, "% more", "less", limit=15, digits=1),
            Figure(few.format(under_way), f"… with {STORED[0]:,}", _US, "less"),
            Figure(f"stored_{key}", f"… with {many:,}", _US, "less"),
        ]
    return tuple(figures)


GROWTH_SCENARIOS = {
    "growth": Scenario(
        f"{STORED[0]:,} and {STORED[1]:,} messages stored",
        growth,
        _stored(f"stored_{STORED[0]}_{{}}", STORED[1]),
        ("ours",),
    ),
    "members": Scenario(
        "rooms of 1 to 1,000 members, 5 of them connected",
        members,
        (
            Figure(
                "members_rise",
                "rooms of 5 to 1,000, 5 connected",
                "% apart",
                "less",
                limit=15,
                digits=1,
            ),
            Figure("members_1", "… 1 member, connected", _US, "less"),
            *(Figure(f"members_{size}", f"… {size:,} members", _US, "less") for size in SIZES),
        ),
        ("ours",),
    ),
    "growth10m": Scenario(
        f"{MOST_STORED:,} messages stored",
        growth_10m,
        _stored(f"stored_{STORED[0]}_{{}}_again", MOST_STORED),
        ("ours",),
    ),
}
