"""Types of the messages service: a send and its outcome, changes, read marks, pages of history."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from server.history.entity import Message
from server.notifications.entity import Withdrawn

# The name in `@all`, which notifies the whole room when an admin or owner writes it.
ALL_MEMBERS = "all"

MessageChange = Literal["edited", "deleted", "reacted", "pinned", "unpinned"]
Direction = Literal["before", "after", "around"]
# Pictures and films; sounds; anything else.
FileKind = Literal["media", "audio", "file"]


class Send(Struct, frozen=True, kw_only=True):
    """A message on its way to the database. ``names`` are the usernames that the text may mention,
    in lower case. ``notice_id`` is the id of the notification to the whole room, if the text
    mentions ``@all``. ``sent_at`` is in milliseconds."""

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

    ``named``: the JSON of the mentioned users by their names in the text. ``attachments``: the JSON
    that is stored with the message. ``notified``: the users who got a
    notification of the message. ``everyone``: the whole room got one. ``read``: by sending, the
    author has read notifications that were unread.
    """

    outcome: Literal[
        "sent", "duplicate", "not_found", "no_original", "no_attachment", "blocked", "forbidden"
    ]
    seq: int | None = None
    version: int | None = None
    mentions: list[str] | None = None
    named: str | None = None
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
    """A message was edited, deleted, pinned, unpinned or reacted to. ``message`` has no personal
    fields, so it can be broadcast."""

    room_id: str
    version: int
    message: Message
    change: MessageChange
    actor_id: str
    reactions_changed: list[ReactionChange]


class Changed(Struct, frozen=True):
    """A stored change. ``noted``: the users for whom a notification of ``cause`` was stored with
    it. ``everyone``: one of the whole room was stored too. ``withdrawn``: the notifications that
    ended with it. ``notice_id``: the notification of the whole room that ended with it."""

    update: MessageUpdated
    cause: str = ""
    noted: list[str] = []
    withdrawn: list[Withdrawn] = []
    notice_id: str | None = None
    everyone: bool = False


class ReadMark(Struct, frozen=True):
    last_read_seq: int
    unread_count: int


class Marked(Struct, frozen=True):
    """The user's read mark as stored now, whether it moved, and the ids of the notifications that
    became read with it."""

    mark: ReadMark
    moved: bool
    read: list[str]


class History(Struct, frozen=True):
    """A page of messages. ``version`` is the room's version, read just before the messages."""

    items: list[Message]
    has_more: bool
    version: int
