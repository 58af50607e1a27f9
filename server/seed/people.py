"""The people of the seeded world. The n-th person is the same in every world."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from server.seed.ids import DAY_MS, END, HOUR_MS, uuid7
from server.seed.texts import sections

# All seeded users have this password, which is not a secret: see the README.
SEEDED_PASSWORD = "correct horse battery staple"

# The first twenty users have their first names as usernames.
NEIGHBOURS = (
    ("maya", "Maya Lindqvist", "Product, cats, cold water 🧊"),
    ("omar", "Omar Haddad", "Backend. Coffee first."),
    ("yuki", "田中 雪", "デザイナー / designer"),
    ("chloe", "Chloé Martin", "Writes the docs nobody reads"),
    ("tomas", "Tomáš Novák", ""),
    ("amara", "Amara Okafor", "Data, mostly. Salsa on Thursdays 💃"),
    ("liam", "Liam O'Brien", "On call more often than I would like"),
    ("sofia", "Sofía Reyes", "Photographs bicycles"),
    ("noah", "Noah Weiss", ""),
    ("priya", "Priya Raman", "Mobile. iOS by day, Android by night"),
    ("jonas", "Jonas Berg", "Bakes bread"),
    ("leila", "Leila Farahani", "لیلا"),
    ("mateo", "Mateo Silva", "Sound engineer"),
    ("hanna", "Hanna Kowalska", "Hikes 🥾"),
    ("kwame", "Kwame Mensah", ""),
    ("elif", "Elif Demir", "Reading: anything"),
    ("ivan", "Іван Шевченко", "Support, and I like it"),
    ("grace", "Grace Liu", "Numbers"),
    ("marek", "Marek Dvořák", ""),
    ("zoe", "Zoë van Dijk", "New here 👋"),
)
STATUSES = {
    1: '{"emoji":"☕","text":"Coffee, back in 10","expires_at":null}',
    5: '{"emoji":"🏠","text":"Working from home","expires_at":null}',
    13: '{"emoji":"🌴","text":"Away until Monday","expires_at":null}',
}


@dataclass(slots=True, kw_only=True)
class Person:
    """``username`` changes if another user in the database has it already."""

    id: str
    username: str
    display_name: str
    bio: str
    status: str | None
    created_at: int
    last_seen_at: int


def person(n: int) -> Person:
    rng = Random(f"person {n}")
    created_at = END - 90 * DAY_MS + rng.randrange(20 * DAY_MS)
    username, display_name, bio = _named(n)
    return Person(
        id=uuid7(created_at, rng),
        username=username,
        display_name=display_name,
        bio=bio,
        status=STATUSES.get(n),
        created_at=created_at,
        # This is later than all of their messages.
        last_seen_at=END + rng.randrange(2 * HOUR_MS, 12 * HOUR_MS),
    )


def _named(n: int) -> tuple[str, str, str]:
    if n < len(NEIGHBOURS):
        return NEIGHBOURS[n]
    names = sections("names.txt")
    firsts, lasts = names["first"], names["last"]
    round_, place = divmod(n - len(NEIGHBOURS), len(firsts) * len(lasts))
    # Each first name is used once before any is used again, each time with other last names.
    first, last = firsts[place % len(firsts)], lasts[(place + place // len(firsts)) % len(lasts)]
    number = str(round_ + 1) if round_ else ""
    return f"{first}.{last}{number}".lower(), f"{first} {last}", ""
