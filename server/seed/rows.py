"""The rows that are written to the database: one class for each table, with its fields in the order
of SEEDED_COLUMNS."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from server.history.entity import Reaction
from server.messages.reactions import FIRST_REACTORS

SEEDED_COLUMNS = {
    "users": "id, username, username_key, display_name, display_key, bio, status, created_at",
    "user_credentials": "user_id, email, email_key, password_hash",
    "user_last_seen": "user_id, last_seen_at",
    "rooms": (
        "id, kind, name, name_key, topic, visibility, created_by, direct_key, version, last_seq,"
        " ordinal, member_count, active_at, created_at"
    ),
    "room_members": (
        "room_id, user_id, active, role, joined_at, version, last_read_seq, last_read_ordinal,"
        " notify, joined_seq"
    ),
    "messages": (
        "id, room_id, seq, version, ordinal, kind, author_id, client_id, text, reply_to_seq,"
        " mentions, mention_names, reactions, system, pinned_at, created_at, edited_at, deleted_at"
    ),
    "reactions": "room_id, seq, user_id, emoji, created_at",
    "mentions": "user_id, room_id, seq",
}

# Rows by table.
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(slots=True, kw_only=True)
class SeededSeat:
    user_id: str
    role: str
    joined_at: int
    version: int
    last_read_seq: int
    last_read_ordinal: int
    active: bool = True
    joined_seq: int = field(init=False)

    def __post_init__(self) -> None:
        # The mark begins at the message about the arrival.
        self.joined_seq = self.last_read_seq

    def write(self, room_id: str, rows: Rows) -> None:
        rows["room_members"].append(
            (
                room_id,
                self.user_id,
                self.active,
                self.role,
                self.joined_at,
                self.version,
                self.last_read_seq,
                self.last_read_ordinal,
                "all",
                self.joined_seq,
            )
        )


@dataclass(slots=True, kw_only=True)
class Note:
    """A message that may still be changed. ``reactions`` maps each emoji to the users who reacted,
    with the time, and ``named`` the names in the text to the users whom they mean."""

    id: str
    seq: int
    version: int
    ordinal: int
    author_id: str | None
    client_id: str | None
    text: str
    created_at: int
    reply_to_seq: int | None = None
    named: dict[str, str] = field(default_factory=dict)
    reactions: dict[str, dict[str, int]] = field(default_factory=dict)
    system: dict[str, Any] | None = None
    pinned_at: int | None = None
    edited_at: int | None = None
    deleted_at: int | None = None

    def write(self, room_id: str, rows: Rows) -> None:
        counted = [
            Reaction(emoji, len(by), list(by)[:FIRST_REACTORS])
            for emoji, by in self.reactions.items()
        ]
        rows["messages"].append(
            (
                self.id,
                room_id,
                self.seq,
                self.version,
                self.ordinal,
                "system" if self.system else "text",
                self.author_id,
                self.client_id,
                self.text,
                self.reply_to_seq,
                _json(sorted(self.named.values())),
                _json(self.named),
                _json(counted),
                _json(self.system),
                self.pinned_at,
                self.created_at,
                self.edited_at,
                self.deleted_at,
            )
        )
        for emoji, by in self.reactions.items():
            rows["reactions"] += [(room_id, self.seq, user, emoji, at) for user, at in by.items()]
        rows["mentions"] += [(user, room_id, self.seq) for user in self.named.values()]


def _json(value: Any) -> str | None:
    return msgspec.json.encode(value).decode() if value else None
