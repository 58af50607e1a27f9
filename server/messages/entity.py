"""What a send carries, what became of it, a read mark, and a page of history."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from server.history.entity import Message

MessageChange = Literal["edited", "deleted", "reacted", "pinned", "unpinned"]
Direction = Literal["before", "after", "around"]


class Send(Struct, frozen=True, kw_only=True):
    """A message on its way to the database. ``names``: whom the text may mention, lower case;
    ``notice_id``: the id of the notification to all, if the text is to all."""

    id: str
    room_id: str
    author_id: str
    client_id: str
    text: str
    reply_to_seq: int | None
    names: list[str]
    sent_at: int
    attachment_ids: list[str] = []
    notice_id: str | None = None


class SendOutcome(Struct, frozen=True, kw_only=True):
    """What the database answered to one send.

    ``attachments``: JSON, as the message keeps them; ``notified``: who has a notification of it;
    ``everyone``: all in the room have one; ``read``: the author has read some by sending.
    """

    outcome: Literal[
        "sent", "duplicate", "not_found", "no_original", "no_attachment", "blocked", "forbidden"
    ]
    seq: int | None = None
    version: int | None = None
    mentions: list[str] | None = None
    reply_author: str | None = None
    reply_text: str | None = None
    reply_deleted: bool | None = None
    attachments: str | None = None
    notified: list[str] = []
    everyone: bool = False
    read: bool = False


class ReactionChange(Struct, frozen=True):
    user_id: str
    emoji: str
    on: bool


class MessageUpdated(Struct, frozen=True, kw_only=True):
    """A message was edited, deleted, pinned, unpinned or reacted to; ``message`` as everybody sees
    it."""

    room_id: str
    version: int
    message: Message
    change: MessageChange
    actor_id: str
    reactions_changed: list[ReactionChange]


class Changed(Struct, frozen=True):
    """``noted``: for whom a notification of ``cause`` was stored with the change; ``withdrawn``:
    those of the message's author that are no more, and were not read."""

    update: MessageUpdated
    cause: str = ""
    noted: list[str] = []
    withdrawn: list[str] = []


class ReadMark(Struct, frozen=True):
    last_read_seq: int
    unread_count: int


class Marked(Struct, frozen=True):
    """A read mark as it is now, whether it moved, and the notifications that it has read."""

    mark: ReadMark
    moved: bool
    read: list[str]


class History(Struct, frozen=True):
    """``version`` is the room's from just before the messages were read."""

    items: list[Message]
    has_more: bool
    version: int
