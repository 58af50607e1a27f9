"""The size of the seeded world, and the members of its rooms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from server.seed.ids import DAY_MS, END, uuid7
from server.seed.people import Person
from server.seed.speech import Tone

# How unequal the rooms are: the k-th room has 1 / k ** SKEW as many messages as the first one.
SKEW = 0.7
MOST_MEMBERS = 1_000

# The groups of the small world: name, topic, tone, public.
GROUPS: tuple[tuple[str, str | None, Tone, bool], ...] = (
    ("General", "Everybody, everything", "work", True),
    ("Product", "What we build next", "work", False),
    ("Weekend plans", "Ideas wanted", "life", True),
    ("Design review", None, "work", False),
    ("Recipes 🍲", "Cook it, then post it", "life", True),
    ("Release 2.4", "Checklist is pinned", "work", False),
    ("Running club", None, "life", True),
    ("Support", "Who is on call?", "work", False),
)
# The pairs with direct rooms in the small world, as places in the list of people.
PAIRS = ((0, 1), (0, 2), (1, 3), (0, 5))
# Of each five rooms, those at these places are groups.
GROUP_PLACES = (0, 1, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPlan:
    """``members`` begins with the creator; the last ``late`` members join later."""

    id: str
    kind: Literal["direct", "group"]
    name: str | None
    topic: str | None
    tone: Tone
    visibility: Literal["private", "public"]
    members: tuple[Person, ...]
    late: int
    created_at: int
    messages: int

    @property
    def direct_key(self) -> str | None:
        ids = sorted(member.id for member in self.members)
        return ":".join(ids) if self.kind == "direct" else None


@dataclass(frozen=True, slots=True)
class Plan:
    users: int = 20
    rooms: int = 12
    messages: int = 2_000

    @property
    def name(self) -> str:
        return f"{self.users} {self.rooms} {self.messages}"

    @property
    def is_small_world(self) -> bool:
        return self == Plan()

    def room_plans(self, people: list[Person]) -> Iterator[RoomPlan]:
        """Yields the plan of each room, which does not depend on the other rooms."""
        shares = _shares(self.messages, self.rooms)
        directs = 0
        for n, share in enumerate(shares):
            rng = Random(f"{self.name} room {n}")
            pair = None if n % 5 in GROUP_PLACES else self._pair(directs)
            if pair:
                directs += 1
                yield _direct(rng, (people[pair[0]], people[pair[1]]), share)
            else:
                yield self._group(rng, n - directs, people, share)

    def _pair(self, n: int) -> tuple[int, int] | None:
        """The n-th pair of people; None after all pairs."""
        if self.is_small_world and n < len(PAIRS):
            return PAIRS[n]
        step, first = 1 + n // self.users, n % self.users
        # Halfway round the circle, the pairs begin to repeat.
        if 2 * step > self.users or (2 * step == self.users and first >= step):
            return None
        return first, (first + step) % self.users

    def _group(self, rng: Random, n: int, people: list[Person], messages: int) -> RoomPlan:
        name, topic, tone, public = self._described(rng, n)
        # Most groups are small and a few are large; the first one has all people.
        size = len(people) if n == 0 else 3 + int(2 / (1.001 - rng.random()) ** 0.9)
        members = rng.sample(people, min(size, len(people), MOST_MEMBERS))
        if self.is_small_world and n % 4 and people[0] not in members:
            # A person who tries the server as the first user should have something to see.
            members[-1] = people[0]
        return RoomPlan(
            kind="group",
            name=name,
            topic=topic,
            tone=tone,
            visibility="public" if public else "private",
            members=tuple(members),
            late=rng.randrange(len(members) // 3 + 1),
            messages=messages,
            **_beginning(rng),
        )

    def _described(self, rng: Random, n: int) -> tuple[str, str | None, Tone, bool]:
        if self.is_small_world and n < len(GROUPS):
            return GROUPS[n]
        tone: Tone = rng.choice(("work", "life"))
        return f"Group {n + 1}", None, tone, rng.random() < 0.3


def _direct(rng: Random, pair: tuple[Person, Person], messages: int) -> RoomPlan:
    return RoomPlan(
        kind="direct",
        name=None,
        topic=None,
        tone=rng.choice(("work", "life")),
        visibility="private",
        members=pair,
        late=0,
        messages=messages,
        **_beginning(rng),
    )


def _beginning(rng: Random) -> dict[str, Any]:
    # By this time all users have signed up.
    created_at = END - 70 * DAY_MS + rng.randrange(20 * DAY_MS)
    return {"id": uuid7(created_at, rng), "created_at": created_at}


def _shares(messages: int, rooms: int) -> list[int]:
    """The number of messages of each room; their sum is exactly ``messages``."""
    weights = [1 / n**SKEW for n in range(1, rooms + 1)]
    total = sum(weights)
    shares = [int(messages * weight / total) for weight in weights]
    for n in range(messages - sum(shares)):
        shares[n] += 1
    return shares
