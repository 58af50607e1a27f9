"""Invents what happened in one room, from its creation to the last message.

The numbers are those that the server would have given: every change takes the next ``version``,
every message the next ``seq``, and read marks move as they do when people read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from random import Random
from typing import Any

from server.seed.ids import DAY_MS, END, HOUR_MS, MINUTE_MS, uuid7
from server.seed.plan import RoomPlan
from server.seed.rows import Note, Rows, SeededSeat
from server.seed.speech import Speech

EMOJI = ("👍", "❤️", "😂", "🎉", "😮", "🙏", "👀", "✅", "🔥", "😢")
AFTERTHOUGHTS = ("!", " 🙂", " (edit: typo)", ", or so I heard", "…")

# The average number of messages in a conversation, and the most time between two of them (ms).
LINES = 8
STORY_PAUSE = 40_000
# Only the last messages are changed; older ones have scrolled out of sight.
IN_SIGHT = 30

# How often a message is a reply, mentions a user, and is read at once by a silent member.
REPLY, MENTION, READING = 0.12, 0.06, 0.6
# How often a message is followed by a reaction, an edit, a deletion or a pin of a message in sight.
REACTION, EDIT, DELETION, PIN = 0.12, 0.03, 0.01, 0.004
# How often a member becomes admin, and a member leaves, before a conversation.
PROMOTION, DEPARTURE = 0.05, 0.01


class Story:
    def __init__(self, plan: RoomPlan, speech: Speech) -> None:
        self._plan = plan
        self._speech = speech
        self._rng = Random(f"{plan.id} story")
        self._names = {member.id: member.username for member in plan.members}
        ids = list(self._names)
        self._present, self._coming = ids[: len(ids) - plan.late], ids[len(ids) - plan.late :]
        self._cast: list[str] = []
        self._notes: deque[Note] = deque()
        self._now = self._active_at = plan.created_at
        self._version = self._seq = self._ordinal = 0
        self._seats: dict[str, SeededSeat] = {}

    def write(self, rows: Rows, most: int) -> Iterator[None]:
        """Adds the room to ``rows``. Yields each time there are ``most`` messages in them."""
        self._create()
        for n in range(self._plan.messages):
            if n == 0 or self._rng.random() < 1 / LINES:
                self._meet(n)
            self._line()
            while len(self._notes) > IN_SIGHT:
                self._notes.popleft().write(self._plan.id, rows)
            if len(rows["messages"]) >= most:
                yield
        for note in self._notes:
            note.write(self._plan.id, rows)
        for seat in self._seats.values():
            seat.write(self._plan.id, rows)
        rows["rooms"].append(self._room())

    def _create(self) -> None:
        creator = self._present[0]
        # A direct room has no roles and no system messages. Its creation is the first change.
        direct = self._plan.kind == "direct"
        for user_id in self._present:
            role = "owner" if user_id == creator and not direct else "member"
            self._seats[user_id] = SeededSeat(
                user_id=user_id,
                role=role,
                joined_at=self._now,
                version=1,
                last_read_seq=0 if direct else 1,
                last_read_ordinal=0,
            )
        if direct:
            self._version = 1
        else:
            self._tell("created", creator, list(self._present), name=self._plan.name)

    def _meet(self, n: int) -> None:
        """Begins a conversation before the n-th message."""
        self._now = max(self._now, self._appointed(n))
        if self._plan.kind == "group":
            while self._coming and n > self._plan.messages * self._met():
                self._join(self._coming.pop(0))
            if self._rng.random() < PROMOTION:
                self._promote()
            if self._rng.random() < DEPARTURE:
                self._leave()
        self._cast = self._rng.sample(self._present, min(len(self._present), 3))

    def _met(self) -> float:
        """The part of the story after which the next late member joins."""
        return 1 - len(self._coming) / (self._plan.late + 1)

    def _appointed(self, n: int) -> int:
        """The time of a conversation. They are spread over the days until END, outside the
        nights."""
        first_day = (self._plan.created_at // DAY_MS + 1) * DAY_MS
        day, hour = divmod(n / self._plan.messages * ((END - first_day) / DAY_MS), 1)
        return first_day + int(
            day * DAY_MS + (7 + 14 * hour) * HOUR_MS + self._rng.random() * HOUR_MS
        )

    def _line(self) -> None:
        rng = self._rng
        pause = min(STORY_PAUSE, (END - self._plan.created_at) // (2 * self._plan.messages))
        self._now += 1 + int(rng.random() * pause)
        author = rng.choice(self._cast)
        text = self._speech.say(rng, self._plan.tone)
        named = {}
        if rng.random() < MENTION and self._plan.kind == "group":
            mentioned = rng.choice(self._present)
            name = self._names[mentioned]
            named[name.lower()] = mentioned
            text = f"@{name} {text}"
        reply_to = self._pick() if rng.random() < REPLY and self._notes else None
        self._ordinal += 1
        original = reply_to.seq if reply_to else None
        note = self._add(author, uuid7(self._now, rng), text, original, named)
        self._read(author, note)
        if rng.random() < READING:
            self._read(rng.choice(self._present), note)
        self._react_to_it(rng.random())

    def _add(
        self,
        author_id: str | None,
        client_id: str | None,
        text: str,
        reply_to_seq: int | None = None,
        named: dict[str, str] | None = None,
        system: dict[str, Any] | None = None,
    ) -> Note:
        self._version += 1
        self._seq += 1
        self._active_at = self._now
        note = Note(
            id=uuid7(self._now, self._rng),
            seq=self._seq,
            version=self._version,
            ordinal=self._ordinal,
            author_id=author_id,
            client_id=client_id,
            text=text,
            created_at=self._now,
            reply_to_seq=reply_to_seq,
            named=named or {},
            system=system,
        )
        self._notes.append(note)
        return note

    def _tell(self, event: str, actor_id: str, user_ids: list[str], **more: Any) -> Note:
        system = {"event": event, "actor_id": actor_id, "user_ids": user_ids, **more}
        return self._add(None, None, "", system=system)

    def _read(self, user_id: str, note: Note) -> None:
        seat = self._seats[user_id]
        seat.last_read_seq, seat.last_read_ordinal = note.seq, note.ordinal

    def _pick(self) -> Note:
        """Picks a message in sight, usually one of the last."""
        return self._notes[-1 - int(self._rng.random() ** 2 * len(self._notes))]

    def _react_to_it(self, roll: float) -> None:
        for chance, change in (
            (REACTION, self._react),
            (EDIT, self._edit),
            (DELETION, self._delete),
            (PIN, self._pin),
        ):
            roll -= chance
            if roll < 0:
                note = self._pick()
                if note.system is None and note.deleted_at is None:
                    change(note)
                return

    def _changed(self, note: Note) -> int:
        """Gives the note the room's next version. Returns the time of the change."""
        self._version += 1
        note.version = self._version
        return self._now + self._rng.randrange(MINUTE_MS)

    def _react(self, note: Note) -> None:
        # The first emoji are chosen more often.
        emoji = EMOJI[int(self._rng.random() ** 2 * len(EMOJI))]
        by = note.reactions.setdefault(emoji, {})
        for user_id in self._rng.sample(self._present, min(len(self._present), 1 + note.seq % 3)):
            if user_id not in by:
                by[user_id] = self._changed(note)

    def _edit(self, note: Note) -> None:
        note.text += self._rng.choice(AFTERTHOUGHTS)
        note.edited_at = self._changed(note)

    def _delete(self, note: Note) -> None:
        note.text, note.named, note.reactions, note.pinned_at = "", {}, {}, None
        note.deleted_at = self._changed(note)

    def _pin(self, note: Note) -> None:
        if note.pinned_at is None:
            note.pinned_at = self._changed(note)

    def _join(self, user_id: str) -> None:
        public = self._plan.visibility == "public"
        note = self._tell("joined", user_id if public else self._present[0], [user_id])
        self._present.append(user_id)
        self._seats[user_id] = SeededSeat(
            user_id=user_id,
            role="member",
            joined_at=self._now,
            version=note.version,
            last_read_seq=note.seq,
            last_read_ordinal=note.ordinal,
        )

    def _promote(self) -> None:
        seat = self._seats[self._rng.choice(self._present)]
        if seat.role == "member":
            self._version += 1
            seat.role, seat.version = "admin", self._version

    def _leave(self) -> None:
        # The owner stays, and a group keeps at least three members.
        if len(self._present) > 3:
            user_id = self._present.pop(self._rng.randrange(1, len(self._present)))
            seat = self._seats[user_id]
            seat.active, seat.version = False, self._tell("left", user_id, [user_id]).version

    def _room(self) -> tuple[Any, ...]:
        plan = self._plan
        return (
            plan.id,
            plan.kind,
            plan.name,
            plan.name.lower() if plan.name else None,
            plan.topic,
            plan.visibility,
            plan.members[0].id,
            plan.direct_key,
            self._version,
            self._seq,
            self._ordinal,
            len(self._present),
            self._active_at,
            plan.created_at,
        )
