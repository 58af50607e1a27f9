"""Messages as clients receive them: the fields are those of the contract."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from server.media.entity import Attachment

# Some events have more fields, such as the new name after a renaming.
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
    """``excerpt`` is made from the original each time it is read; None once that is deleted.
    ``content_type`` is that of the original's first file, if it has files and no text."""

    seq: int
    author_id: str | None
    excerpt: str | None
    content_type: str | None = None


class Reaction(Struct, frozen=True):
    """``user_ids`` are the first 10 users who reacted. ``me`` is personal, so it is None in a
    broadcast."""

    emoji: str
    count: int
    user_ids: list[str]
    me: bool | None = None


class Message(Struct, frozen=True, kw_only=True):
    """``mention_names`` has the mentioned users by their names in the text, in lower case, and an @
    stands before each in the text. A user may have another name by now. It is empty in messages
    that were sent before names were stored."""

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
    # Nodes of an older version leave this field out of their signals.
    mention_names: dict[str, str] = {}
    reactions: list[Reaction]
    pinned_at: str | None
    system: SystemEvent | None
    created_at: str
    edited_at: str | None
    deleted_at: str | None
