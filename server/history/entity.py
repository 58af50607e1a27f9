"""Messages as they travel: field for field what the contract shows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from server.media.entity import Attachment

# Some events bring more fields: what they renamed, say.
SystemEvent = Annotated[
    dict[str, Any],
    Meta(
        extra_json_schema={
            "additionalProperties": True,
            "properties": {
                "event": {"enum": ["created", "joined", "left", "removed", "renamed", "changed"]},
                "actor_id": {"type": "string", "format": "uuid"},
                "user_ids": {"type": "array", "items": {"type": "string", "format": "uuid"}},
            },
            "required": ["event", "actor_id", "user_ids"],
        }
    ),
]


class ReplyTo(Struct, frozen=True):
    """``excerpt`` is made when it is read; None once the original is deleted."""

    seq: int
    author_id: str | None
    excerpt: str | None


class Reaction(Struct, frozen=True):
    """``user_ids``: the first 10. ``me`` is personal: None in a broadcast."""

    emoji: str
    count: int
    user_ids: list[str]
    me: bool | None = None


class Message(Struct, frozen=True, kw_only=True):
    id: str
    room_id: str
    seq: int
    version: int
    kind: Literal["text", "system"]
    author_id: str | None
    client_id: str | None
    text: str
    attachments: list[Attachment]
    reply_to: ReplyTo | None
    mentions: list[str]
    reactions: list[Reaction]
    pinned_at: str | None
    system: SystemEvent | None
    created_at: str
    edited_at: str | None
    deleted_at: str | None
