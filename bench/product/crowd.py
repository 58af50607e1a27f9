"""Who is in which room, in the database of the server under test. Nobody has to sign up: users,
rooms and sessions are written as rows, and the sessions' tokens are computed as the server does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random

import asyncpg

from server.auth.rules import display_key, email_key, username_key
from server.auth.tokens import AccessTokens, RefreshTokens
from server.backends.bulk import Bulk, open_bulk
from server.kernel.clock import now_ms
from server.seed.ids import DAY_MS, uuid7
from server.seed.rows import SEEDED_COLUMNS, Rows, SeededSeat
from tests.support.node import SECRET

SCHEMA = Path(__file__).parent / "node" / "schema.sql"
# In seconds. No run takes that long.
TOKEN_TTL = 3600
SESSIONS = "id, user_id, token_hash, generation, rotated_at, created_at, last_seen_at, expires_at"
REFRESH_TTL = 30 * 24 * 3600


@dataclass(frozen=True)
class Crowd:
    """``seats`` are pairs of a room and a user, ``clients`` pairs of a user who connects and the
    room in which they send; -1 for one who does not. All are numbers from 0 on."""

    users: int
    rooms: int
    seats: list[tuple[int, int]]
    clients: list[tuple[int, int]]

    @cached_property
    def now(self) -> int:
        return now_ms()

    def _ids(self, what: str, count: int) -> list[str]:
        rng = Random(what)
        return [uuid7(self.now, rng) for _ in range(count)]

    @cached_property
    def user_ids(self) -> list[str]:
        return self._ids("users", self.users)

    @cached_property
    def room_ids(self) -> list[str]:
        return self._ids("rooms", self.rooms)

    @cached_property
    def session_ids(self) -> list[str]:
        return self._ids("sessions", self.users)


def groups(rooms: int, members: int, connected: int | None = None) -> Crowd:
    """Rooms with the same number of members, each in one room, of whom so many connect. Clients
    are in the order of their rooms: the first ones are in different rooms."""
    seats = [(n % rooms, n) for n in range(rooms * members)]
    clients = [(user, room) for room, user in seats[: rooms * (connected or members)]]
    return Crowd(rooms * members, rooms, seats, clients)


def woven(users: int, each: int) -> Crowd:
    """Users who are in ``each`` rooms, which have as many members. No two of a user's rooms have
    the same members. All connect, and nobody sends."""
    seats = [(room, (room + k * k) % users) for room in range(users) for k in range(each)]
    return Crowd(users, users, seats, [(user, -1) for user in range(users)])


def access_tokens(crowd: Crowd) -> list[str]:
    """The access token of each user."""
    tokens = AccessTokens(SECRET.encode(), TOKEN_TTL)
    named = zip(crowd.user_ids, crowd.session_ids, strict=True)
    return [tokens.issue(user, session, 0, crowd.now) for user, session in named]


async def fill_ours(url: str, crowd: Crowd) -> list[str]:
    """Write the crowd to a database that has the schema. Returns a refresh token of each user."""
    refresh = RefreshTokens(SECRET.encode(), REFRESH_TTL)
    first = [refresh.first(session) for session in crowd.session_ids]
    async with open_bulk(url) as bulk:
        async with bulk.transaction():
            await _write(bulk, crowd)
            ends = crowd.now + 30 * DAY_MS
            named = zip(crowd.session_ids, crowd.user_ids, first, strict=True)
            sessions = [
                (session, user, refresh.fingerprint(token), 0, *[crowd.now] * 3, ends)
                for session, user, token in named
            ]
            await bulk.insert("sessions", SESSIONS, sessions)
        await bulk.analyze()
    return [refresh.text(token) for token in first]


async def _write(bulk: Bulk, crowd: Crowd) -> None:
    rows: Rows = {table: [] for table in SEEDED_COLUMNS}
    for n, user in enumerate(crowd.user_ids):
        name, email = f"load_{n}", f"load_{n}@example.com"
        keys = username_key(name), name, display_key(name)
        rows["users"].append((user, name, *keys, "", None, crowd.now))
        rows["user_credentials"].append((user, email, email_key(email), "none"))
        rows["user_last_seen"].append((user, crowd.now))
    counts = [0] * crowd.rooms
    for place, n in crowd.seats:
        counts[place] += 1
        seat = SeededSeat(
            user_id=crowd.user_ids[n],
            role="owner" if counts[place] == 1 else "member",
            joined_at=crowd.now,
            version=1,
            last_read_seq=0,
            last_read_ordinal=0,
        )
        seat.write(crowd.room_ids[place], rows)
    for n, room in enumerate(crowd.room_ids):
        name, at, owner = f"room {n}", crowd.now, crowd.user_ids[0]
        named = (room, "group", name, name, None, "private", owner, None)
        rows["rooms"].append((*named, 1, 0, 0, counts[n], at, at))
    for table, some in rows.items():
        if some:
            await bulk.insert(table, SEEDED_COLUMNS[table], some)


async def fill_node(url: str, crowd: Crowd) -> None:
    """Make the peer's tables and write the crowd to them. A user's token is the id of the session
    that they would have in our database."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(SCHEMA.read_text())
        users = zip(crowd.user_ids, crowd.session_ids, strict=True)
        seats = [(crowd.room_ids[room], crowd.user_ids[user]) for room, user in crowd.seats]
        await connection.copy_records_to_table("users", records=users)
        await connection.copy_records_to_table("rooms", records=[(r, 0) for r in crowd.room_ids])
        await connection.copy_records_to_table("members", records=seats)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
