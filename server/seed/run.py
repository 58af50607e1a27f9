"""Fills a database: first people, then rooms, a few at a time. Existing rows are not changed, so
the command may be repeated, and continues where it was interrupted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from server.auth.passwords import Passwords
from server.auth.rules import display_key, email_key, username_key
from server.backends.bulk import Bulk, open_bulk
from server.seed.people import SEEDED_PASSWORD, Person, person
from server.seed.plan import Plan, RoomPlan
from server.seed.rows import SEEDED_COLUMNS, Rows
from server.seed.speech import Sentences, Words
from server.seed.story import Story

# The number of people, and of messages if there are many, in one transaction.
PEOPLE_AT_ONCE = 5_000
MOST_MESSAGES_AT_ONCE, FEWEST_MESSAGES_AT_ONCE = 20_000, 100
# With fewer messages, the work is divided into this many steps.
SEED_STEPS = 10

SeedReport = Callable[[str], None]


def show(line: str) -> None:
    # The line is flushed, so that it appears at once even in a pipe.
    print(line, flush=True)


async def seed(url: str, plan: Plan, report: SeedReport = show) -> None:
    """Fills the database, whose schema must exist. On SQLite, the caller must hold the lock of the
    file."""
    async with open_bulk(url) as bulk:
        people = await _people(bulk, plan.users, report)
        added = await _rooms(bulk, plan, people, report)
        if added:
            await bulk.analyze()
            report(f'sign in as {people[0].username} (or another) with "{SEEDED_PASSWORD}"')
        else:
            report("nothing to add: it is all there")


async def _people(bulk: Bulk, count: int, report: SeedReport) -> list[Person]:
    password_hash = await _hash(SEEDED_PASSWORD)
    people = [person(n) for n in range(count)]
    for start in range(0, count, PEOPLE_AT_ONCE):
        chunk = people[start : start + PEOPLE_AT_ONCE]
        async with bulk.transaction():
            await _admit(bulk, chunk, password_hash)
        report(f"people    {start + len(chunk):,} of {count:,}")
    return people


async def _hash(password: str) -> str:
    passwords = Passwords()
    try:
        return await passwords.hash_password(password)
    finally:
        passwords.close()


async def _admit(bulk: Bulk, people: list[Person], password_hash: str) -> None:
    """Writes the people who are new. After that, all have the username that is in the database."""
    ids = [each.id for each in people]
    here = "FROM users WHERE id = ANY($1::uuid[]) ORDER BY id"
    names = await bulk.column(f"SELECT username {here}", ids)
    known = dict(zip(await bulk.column(f"SELECT id::text {here}", ids), names, strict=True))
    new = [each for each in people if each.id not in known]
    taken = await _taken(bulk, new)
    rows: Rows = {table: [] for table in SEEDED_COLUMNS}
    for each in people:
        if each.id in known:
            each.username = known[each.id]
            continue
        if username_key(each.username) in taken:
            each.username = f"{each.username}_{each.id[-6:]}"
        _write_person(each, password_hash, rows)
    await _insert(bulk, rows)


async def _taken(bulk: Bulk, people: list[Person]) -> set[str]:
    """The usernames that other users have, or whose email address other users have."""
    names = {username_key(each.username): email_key(_email(each)) for each in people}
    by_name = await bulk.column(
        "SELECT username_key FROM users WHERE username_key = ANY($1::text[])", list(names)
    )
    by_email = await bulk.column(
        "SELECT email_key FROM user_credentials WHERE email_key = ANY($1::text[])",
        list(names.values()),
    )
    return {name for name, email in names.items() if name in by_name or email in by_email}


def _email(person: Person) -> str:
    return f"{person.username}@example.com"


def _write_person(person: Person, password_hash: str, rows: Rows) -> None:
    email = _email(person)
    rows["users"].append(
        (
            person.id,
            person.username,
            username_key(person.username),
            person.display_name,
            display_key(person.display_name),
            person.bio,
            person.status,
            person.created_at,
        )
    )
    rows["user_credentials"].append((person.id, email, email_key(email), password_hash))
    rows["user_last_seen"].append((person.id, person.last_seen_at))


async def _rooms(bulk: Bulk, plan: Plan, people: list[Person], report: SeedReport) -> int:
    """Writes the rooms. Returns how many of them are new."""
    speech = Sentences() if plan.is_small_world else Words()
    at_once = min(max(plan.messages // SEED_STEPS, FEWEST_MESSAGES_AT_ONCE), MOST_MESSAGES_AT_ONCE)
    added = done = 0
    for batch in _batches(plan.room_plans(people), at_once):
        async with bulk.transaction():
            fresh = await _fresh(bulk, batch)
            rows: Rows = {table: [] for table in SEEDED_COLUMNS}
            for room in fresh:
                for _ in Story(room, speech).write(rows, at_once):
                    await _insert(bulk, rows)
            await _insert(bulk, rows)
        added += len(fresh)
        done += sum(room.messages for room in batch)
        report(f"messages  {done:,} of {plan.messages:,}")
    return added


def _batches(rooms: Iterable[RoomPlan], messages: int) -> Iterator[list[RoomPlan]]:
    """Groups rooms that together have about ``messages`` messages."""
    batch: list[RoomPlan] = []
    weight = 0
    for room in rooms:
        batch.append(room)
        weight += 1 + room.messages
        if weight >= messages:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


async def _fresh(bulk: Bulk, rooms: list[RoomPlan]) -> list[RoomPlan]:
    """The rooms that do not exist yet. A pair of people with a direct room gets no second one."""
    ids = await bulk.column(
        "SELECT id::text FROM rooms WHERE id = ANY($1::uuid[])", [room.id for room in rooms]
    )
    keys = await bulk.column(
        "SELECT direct_key FROM rooms WHERE direct_key = ANY($1::text[])",
        [room.direct_key for room in rooms if room.direct_key],
    )
    return [room for room in rooms if room.id not in ids and room.direct_key not in keys]


async def _insert(bulk: Bulk, rows: Rows) -> None:
    for table, some in rows.items():
        if some:
            await bulk.insert(table, SEEDED_COLUMNS[table], some)
            some.clear()
