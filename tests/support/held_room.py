"""A room as a client holds it, with its whole history and all members."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
EXCERPT = 140


@dataclass
class HeldRoom:
    """A room with its whole history and all members, at ``room["version"]``."""

    room: Json
    messages: dict[int, Json] = field(default_factory=dict)
    members: dict[str, Json] = field(default_factory=dict)
    early: dict[int, tuple[str, Json]] = field(default_factory=dict)

    def put_message(self, message: Json, changed: Iterable[Json] = ()) -> None:
        """Store a message; the copy with the higher version wins. ``changed`` holds changes of the
        user's own reactions."""
        seq = message["seq"]
        old = self.messages.get(seq)
        if old is None or old["version"] < message["version"]:
            mine = {r["emoji"]: r["me"] for r in old["reactions"]} if old else {}
            mine |= {each["emoji"]: each["on"] for each in changed}
            reactions = [
                r | {"me": mine.get(r["emoji"], False)} if r["me"] is None else r
                for r in message["reactions"]
            ]
            self.messages[seq] = message | {"reactions": reactions}
            self.room["last_seq"] = max(seq, self.room["last_seq"])
        self._quote(seq)

    def _quote(self, seq: int) -> None:
        """Update the replies to a message, which show its current state."""
        original = self.messages[seq]
        excerpt = None if original["deleted_at"] else original["text"][:EXCERPT]
        for message in self.messages.values():
            if message["reply_to"] and message["reply_to"]["seq"] == seq:
                message["reply_to"] = message["reply_to"] | {"excerpt": excerpt}

    def put_member(self, member: Json) -> None:
        old = self.members.get(member["user"]["id"])
        if old is None or old["version"] < member["version"]:
            self.members[member["user"]["id"]] = dict(member)

    def drop_member(self, user_id: str, version: int) -> None:
        if user_id in self.members and self.members[user_id]["version"] < version:
            del self.members[user_id]

    def mark(self, user_id: str, seq: int) -> None:
        if user_id in self.members:
            member = self.members[user_id]
            member["last_read_seq"] = max(member["last_read_seq"], seq)

    def unread(self, user_id: str) -> int:
        mark = self.members[user_id]["last_read_seq"]
        return sum(
            message["kind"] == "text"
            and message["author_id"] != user_id
            and message["deleted_at"] is None
            and message["seq"] > mark
            for message in self.messages.values()
        )
